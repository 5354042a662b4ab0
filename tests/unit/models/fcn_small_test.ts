import { deepEqual, notDeepEqual, ok } from "node:assert/strict";
import { join } from "node:path";
import { Net } from "../../../net/mod.ts";
import { root } from "../../../tools/root.ts";

const module = join(root, "models/fcn_small/shape_masks.ts");

const data = (param: object) => `
  layer { name: "shapes" type: "Script" top: "data" top: "label"
    script_param { module: "${module}" layer: "ShapeMasksLayer" param_str: '${JSON.stringify(param)}' } }`;

function batch(net: Net): number[][] {
  net.forward();
  return [[...net.blob("data").data], [...net.blob("label").data]];
}

Deno.test("ShapeMasksLayer makes images and labels that follow from the seed and the phase", async () => {
  const param = { batch_size: 2, side: 32 };
  using train = await Net.fromText(data(param), { phase: "TRAIN", seed: 4 });
  using again = await Net.fromText(data(param), { phase: "TRAIN", seed: 4 });
  using test = await Net.fromText(data({ ...param, examples: 4 }), { phase: "TEST", seed: 4 });
  deepEqual(train.blob("data").shape, [2, 3, 32, 32]);
  deepEqual(train.blob("label").shape, [2, 1, 32, 32]);
  const first = batch(train);
  deepEqual(batch(again), first);
  ok(new Set(first[1]).has(0) && new Set(first[1]).size > 1);
  notDeepEqual(batch(train), first);

  const tested = [batch(test), batch(test), batch(test)];
  notDeepEqual(tested[0], first);
  notDeepEqual(tested[1], tested[0]);
  deepEqual(tested[2], tested[0]); // after four images
});
