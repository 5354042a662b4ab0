import assert from "node:assert/strict";
import { Engine } from "../../../../ffi/engine.ts";
import { LIBRARY_TYPES } from "../../../../layers/library_types.ts";
import { netFromText } from "../../../../proto/nets/read_net.ts";
import { isSmooth, SMOOTH_TYPES, withSmoothLayers } from "../../../../tools/corpus/smooth_layers.ts";

const layer = (type: string, more = "", tops = 'top: "y"') =>
  netFromText(`layer { name: "a" type: "${type}" bottom: "x" ${tops} ${more} }`);

Deno.test("every smooth type is one of the embedded engine or of the library", () => {
  const known = [...Engine.open("embedded").layerTypes, ...Object.keys(LIBRARY_TYPES)];
  assert.deepEqual([...SMOOTH_TYPES].filter((type) => !known.includes(type)), []);
});

Deno.test("a net is smooth if no gradient of it jumps", () => {
  assert.ok(isSmooth(layer("Convolution")));
  assert.ok(isSmooth(layer("Pooling", "pooling_param { pool: AVE }")));
  assert.ok(isSmooth(layer("ELU")));
  assert.ok(isSmooth(layer("Eltwise")));
  assert.ok(!isSmooth(layer("Pooling", "pooling_param { kernel_size: 2 }")));
  assert.ok(!isSmooth(layer("ELU", "elu_param { alpha: 0.5 }")));
  assert.ok(!isSmooth(layer("Eltwise", "eltwise_param { operation: MAX }")));
  assert.ok(!isSmooth(layer("Reduction", "reduction_param { operation: ASUM }")));
  assert.ok(!isSmooth(layer("ReLU")));
  assert.ok(!isSmooth(layer("SomebodysOwn")));
});

Deno.test("smooth layers take the place of activations and maxima, with what is said about their tops", () => {
  const smooth = (net: ReturnType<typeof layer>) => withSmoothLayers(net)?.layer?.[0];
  assert.deepEqual(smooth(layer("PReLU", "param { lr_mult: 2 } loss_weight: 3")), {
    name: "a",
    type: "ELU",
    bottom: ["x"],
    top: ["y"],
    loss_weight: [3],
    propagate_down: [],
  });
  const { pooling_param } = smooth(layer("Pooling", "pooling_param { kernel_size: 3 pad: 1 }"))!;
  assert.equal(pooling_param?.pool, "AVE");
  assert.deepEqual(pooling_param?.kernel_size, 3);
  assert.equal(smooth(layer("Eltwise", "eltwise_param { operation: MAX }"))?.eltwise_param?.operation, "SUM");
});

Deno.test("a net keeps what nothing smooth can replace", () => {
  assert.equal(withSmoothLayers(layer("HingeLoss")), undefined);
  assert.equal(withSmoothLayers(layer("Pooling", "", 'top: "y" top: "places"')), undefined);
});
