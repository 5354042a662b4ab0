import assert from "node:assert/strict";
import { planGroupRows, planGroups } from "../../../bench/plan_groups.ts";
import { Net } from "../../../net/mod.ts";

async function residual(): Promise<Net> {
  const norm = (name: string, blob: string) =>
    `layer { name: "${name}_bn" type: "BatchNorm" bottom: "${blob}" top: "${name}_bn" }
     layer { name: "${name}_scale" type: "Scale" bottom: "${name}_bn" top: "${name}_bn" scale_param { bias_term: true } }
     layer { name: "${name}_relu" type: "ReLU" bottom: "${name}_bn" top: "${name}_bn" }`;
  const net = await Net.fromText(
    `layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 dim: 8 dim: 6 dim: 6 } } }
     layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 2 } } }
     layer { name: "conv" type: "Convolution" bottom: "x" top: "conv"
       convolution_param { num_output: 8 kernel_size: 1 } }
     ${norm("conv", "conv")}
     layer { name: "sum" type: "Eltwise" bottom: "conv_bn" bottom: "conv_bn" top: "sum" }
     layer { name: "flat" type: "Flatten" bottom: "sum" top: "flat" }
     layer { name: "loss" type: "SoftmaxWithLoss" bottom: "flat" bottom: "label" top: "loss" }`,
    { phase: "TRAIN", seed: 1 },
  );
  net.forward();
  net.backward();
  return net;
}

Deno.test("the groups of a plan cover the net's layers in their order", async () => {
  using net = await residual();
  const groups = planGroups(net);
  assert.deepEqual(
    groups.flatMap(({ layers }) => layers),
    net.handle.layers.map(({ name }) => name),
  );
  for (const { first, last, layers } of groups) {
    assert.deepEqual(layers, net.handle.layers.slice(first, last + 1).map(({ name }) => name));
  }
});

Deno.test("a group moves its bottoms from outside and its tops once, whatever is in between", async () => {
  using net = await residual();
  const groups = planGroups(net);
  const of = (layer: string) => groups.find(({ layers }) => layers.includes(layer))!;
  const blob = 4 * 2 * 8 * 6 * 6;

  const norm = of("conv_bn");
  assert.deepEqual(norm.layers, ["conv_bn", "conv_scale", "conv_relu"]);
  assert.notEqual(norm.fusion, null);
  assert.deepEqual(norm.bytes, { forward: 2 * blob, backward: 2 * blob });
  assert.deepEqual(of("sum").bytes, { forward: 3 * blob, backward: 3 * blob });
  // What shares memory moves nothing; of a split only the sum of the gradients is left.
  assert.deepEqual(of("flat").bytes, { forward: 0, backward: 0 });
  const split = groups.find(({ layers }) => layers[0]!.includes("_split"))!;
  assert.deepEqual(split.bytes, { forward: 0, backward: 3 * blob });

  assert.equal(of("conv").flops.forward, 2 * 2 * 36 * 64);
  assert.deepEqual(norm.flops, { forward: 0, backward: 0 });
});

Deno.test("the rows of groups have the times of both passes", async () => {
  using net = await residual();
  const groups = planGroups(net);
  const rows = planGroupRows("residual", "embedded", net, groups, { rounds: 1, warmUpMs: 0 });
  assert.deepEqual(rows.map(({ layers }) => layers), groups.map(({ layers }) => layers));
  for (const { forward_ms, backward_ms } of rows) assert.ok(forward_ms >= 0 && backward_ms >= 0);
  assert.deepEqual(planGroupRows("residual", "libcaffe", net, [], { rounds: 1, warmUpMs: 0 }), []);
});
