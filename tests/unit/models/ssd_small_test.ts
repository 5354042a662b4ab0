import { deepEqual, equal, notDeepEqual, ok } from "node:assert/strict";
import { join } from "node:path";
import sharp from "sharp";
import { drawDetections } from "../../../models/ssd_small/draw.ts";
import { Net } from "../../../net/mod.ts";
import { filterNet, readNet } from "../../../proto/mod.ts";
import { Solver } from "../../../train/mod.ts";
import { root } from "../../../tools/root.ts";

const folder = join(root, "models/ssd_small");

const data = (param: object) => `
  layer { name: "shapes" type: "Script" top: "data" top: "label" script_param {
    module: "${join(folder, "shape_boxes.ts")}" layer: "ShapeBoxesLayer" param_str: '${
  JSON.stringify(param)
}' } }`;

function batch(net: Net): { images: number[]; objects: number[][] } {
  net.forward();
  const values = [...net.blob("label").data];
  const objects = Array.from({ length: values.length / 8 }, (_, i) => values.slice(8 * i, 8 * i + 8));
  return { images: [...net.blob("data").data], objects };
}

Deno.test("ShapeBoxesLayer makes images and objects that follow from the seed and the phase", async () => {
  const param = { batch_size: 4, side: 32 };
  using train = await Net.fromText(data(param), { phase: "TRAIN", seed: 4 });
  using again = await Net.fromText(data(param), { phase: "TRAIN", seed: 4 });
  using test = await Net.fromText(data({ ...param, examples: 8 }), { phase: "TEST", seed: 4 });
  deepEqual(train.blob("data").shape, [4, 3, 32, 32]);
  const first = batch(train);
  deepEqual(batch(again), first);
  notDeepEqual(batch(train), first);

  const tested = [batch(test), batch(test), batch(test)];
  notDeepEqual(tested[0], first);
  notDeepEqual(tested[1], tested[0]);
  deepEqual(tested[2], tested[0]); // after eight images
});

Deno.test("ShapeBoxesLayer gives each item's objects in parts of the image, around what it draws", async () => {
  const side = 32;
  using net = await Net.fromText(data({ batch_size: 8, side }), { phase: "TRAIN", seed: 1 });
  const { images, objects } = batch(net);
  deepEqual([...new Set(objects.map(([item]) => item))], [0, 1, 2, 3, 4, 5, 6, 7]);
  for (const [item = 0, label = 0, instance = 0, x1 = 0, y1 = 0, x2 = 0, y2 = 0, difficult] of objects) {
    ok([1, 2, 3].includes(label) && instance < 4 && difficult === 0);
    ok(0 <= x1 && x1 < x2 && x2 <= 1 && 0 <= y1 && y1 < y2 && y2 <= 1);
    ok(Math.abs(x2 - x1 - (y2 - y1)) < 1e-6 && x2 - x1 >= 0.2 - 1e-6 && x2 - x1 <= 0.6 + 1e-6);
    // The middle of each shape has another colour than its upper left corner, where only a square has any.
    if (label === 2) continue;
    const at = (x: number, y: number) =>
      (3 * item * side + Math.floor(y * side)) * side + Math.floor(x * side);
    const middle = images[at((x1 + x2) / 2, (y1 + y2) / 2)]!,
      corner = images[at(x1 + 0.5 / side, y1 + 0.5 / side)]!;
    ok(Math.abs(middle - corner) > 0.04, `${label}: ${middle} and ${corner}`);
  }
});

Deno.test("models/ssd_small learns: its loss falls within a few iterations", async () => {
  using solver = await Solver.fromFile(join(folder, "solver.prototxt"), { threads: 1 });
  const losses = Array.from({ length: 8 }, () => solver.step());
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value) / values.length;
  ok(mean(losses.slice(-3)) < 0.7 * losses[0]!, losses.join(" "));
});

Deno.test("models/ssd_small/deploy.prototxt has the layers that are tested, and their weights", async () => {
  const layersOf = async (file: string) =>
    (filterNet(await readNet(join(folder, file)), { phase: "TEST" }).layer ?? [])
      .map(({ name, type, bottom, top }) => `${type} ${name}: ${bottom} -> ${top}`)
      .filter((layer) => !/^(Script|Input|DetectionEvaluate) /.test(layer)).sort();
  deepEqual(await layersOf("deploy.prototxt"), await layersOf("net.prototxt"));

  using trained = await Net.fromFile(join(folder, "net.prototxt"), { phase: "TRAIN", seed: 1 });
  using deployed = await Net.fromFile(join(folder, "deploy.prototxt"), { phase: "TEST" });
  const shapes = (net: Net) =>
    Array.from(net.params, ([name, blobs]) => [name, blobs.map(({ shape }) => shape)]);
  deepEqual(shapes(deployed).sort(), shapes(trained).sort());
});

Deno.test("models/ssd_small/draw.ts draws a sheet of images with objects and detections", async () => {
  using net = await Net.fromFile(join(folder, "deploy.prototxt"), { phase: "TEST", seed: 1 });
  const [few, many] = [await drawDetections(net, 1.5), await drawDetections(net, 0.2)];
  const { format, width, height } = await sharp(few).metadata();
  deepEqual([format, width, height], ["png", 1064, 536]);
  const pixels = async (png: Uint8Array) => await sharp(png).removeAlpha().raw().toBuffer();
  notDeepEqual(await pixels(many), await pixels(few));
  equal((await pixels(few)).length, 3 * 1064 * 536);
});
