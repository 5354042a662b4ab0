import assert from "node:assert/strict";
import { netFromText } from "../../../../proto/nets/read_net.ts";
import {
  compareEngines,
  distance,
  furthest,
  relative,
  withoutChance,
} from "../../../../tools/corpus/compare_engines.ts";
import { withMadeUpData } from "../../../../tools/corpus/made_up_data.ts";
import { libcaffeTest } from "../../ffi/libcaffe/built.ts";

const TRAIN = { phase: "TRAIN", stage: [] } as const;

async function compared(text: string, layers: string[] = []) {
  return await compareEngines(await withMadeUpData(netFromText(text), TRAIN, { layers }), TRAIN, layers);
}

libcaffeTest("the engines compute the same for a net with dropout and random data", async () => {
  const { loss, outputs, gradients = 0 } = await compared(`
    layer { name: "d" type: "Data" top: "data" top: "label" data_param { source: "mnist" batch_size: 64 } }
    layer { name: "n" type: "DummyData" top: "noise" dummy_data_param { data_filler { type: "gaussian" } shape { dim: [2, 1, 28, 28] } } }
    layer { name: "e" type: "Eltwise" bottom: "data" bottom: "noise" top: "e" }
    layer { name: "c" type: "Convolution" bottom: "e" top: "c" convolution_param { num_output: 2 kernel_size: 5 weight_filler { type: "xavier" } } }
    layer { name: "o" type: "Dropout" bottom: "c" top: "c" }
    layer { name: "i" type: "InnerProduct" bottom: "c" top: "i" inner_product_param { num_output: 3 weight_filler { type: "xavier" } } }
    layer { name: "l" type: "SoftmaxWithLoss" bottom: "i" bottom: "label" top: "l" }`);
  assert.ok(loss <= 1e-5 && outputs <= 1e-5, `${loss} ${outputs}`);
  assert.ok(gradients > 0 && gradients <= 1e-4, `${gradients}`);
});

libcaffeTest(
  "a net with kinks is compared with smooth layers as well, and one without a loss is not",
  async () => {
    const net = `
    layer { name: "d" type: "Input" top: "x" top: "y" input_param { shape { dim: [2, 1, 6, 6] } shape { dim: [2, 3] } } }
    layer { name: "c" type: "Convolution" bottom: "x" top: "c" convolution_param { num_output: 2 kernel_size: 3 } }
    layer { name: "r" type: "ReLU" bottom: "c" top: "c" }
    layer { name: "p" type: "Pooling" bottom: "c" top: "p" pooling_param { kernel_size: 2 stride: 2 } }
    layer { name: "i" type: "InnerProduct" bottom: "p" top: "i" inner_product_param { num_output: 3 } }`;
    const { gradients = 0, smoothGradients = 0 } = await compared(
      `${net} layer { name: "l" type: "EuclideanLoss" bottom: "i" bottom: "y" top: "l" }`,
    );
    assert.ok(
      gradients > 0 && smoothGradients > 0 && smoothGradients < 1e-4,
      `${gradients} ${smoothGradients}`,
    );
    const { gradients: none, smoothGradients: noneEither } = await compared(net);
    assert.deepEqual([none, noneEither], [undefined, undefined]);
  },
);

libcaffeTest("a deep net with BatchNorms that have seen nothing stays finite in testing", async () => {
  const state = { phase: "TEST", stage: [] } as const;
  const norms = Array.from(
    { length: 20 },
    (_, i) => `layer { name: "b${i}" type: "BatchNorm" bottom: "x" top: "x" }`,
  );
  const net = netFromText(`
    layer { name: "d" type: "Input" top: "x" top: "y" input_param { shape { dim: [2, 3] } } }
    ${norms.join("\n")}
    layer { name: "l" type: "EuclideanLoss" bottom: "x" bottom: "y" top: "l" }`);
  const { outputs } = await compareEngines(await withMadeUpData(net, state), state, []);
  assert.ok(outputs <= 1e-5, `${outputs}`);
});

libcaffeTest("an input that a layer in place changes is the same for both engines", async () => {
  const { loss } = await compared(`
    layer { name: "d" type: "Input" top: "x" top: "y" input_param { shape { dim: [2, 3] } shape { dim: [2, 3] } } }
    layer { name: "p" type: "Scale" bottom: "x" top: "x" scale_param { filler { type: "constant" value: 3 } } }
    layer { name: "l" type: "EuclideanLoss" bottom: "x" bottom: "y" top: "l" }`);
  assert.ok(loss <= 1e-5, `${loss}`);
});

libcaffeTest("gradients differ by no more than a thousandth, but by more in a net with kinks", async () => {
  const layers = [new URL("compare_engines_layers.ts", import.meta.url).href];
  const net = (type: string) => `
    layer { name: "d" type: "Input" top: "x" input_param { shape { dim: [2, 3] } } }
    layer { name: "i" type: "InnerProduct" bottom: "x" top: "i" inner_product_param { num_output: 3 } }
    layer { name: "n" type: "${type}" bottom: "i" top: "n" loss_weight: 1 }`;
  const { gradients = 0, smoothGradients } = await compared(net("HasKinks"), layers);
  assert.ok(gradients > 0.004 && gradients < 0.006, `${gradients}`);
  assert.equal(smoothGradients, undefined);
  await assert.rejects(
    compared(net("Normalize"), layers),
    /^EnginesDiffer: Expected the gradient of parameter [01] of layer 'i' to be as libcaffe's but found a relative difference of [45]/,
  );
});

libcaffeTest("a loss that the engines disagree about is an error", async () => {
  const layers = new URL("compare_engines_layers.ts", import.meta.url).href;
  const text = `
    layer { name: "d" type: "Input" top: "x" input_param { shape { dim: [2, 3] } } }
    layer { name: "a" type: "CountsItself" bottom: "x" top: "y" loss_weight: 1 }`;
  await assert.rejects(
    compared(text, [layers]),
    /^EnginesDiffer: Expected the loss to be as libcaffe's but found a relative/,
  );
});

Deno.test("a net that is compared has no chance in it", () => {
  const { layer = [] } = withoutChance({ layer: [{ type: "Dropout" }, { type: "ReLU" }] });
  assert.deepEqual(layer, [{ type: "Dropout", phase: "TEST" }, { type: "ReLU" }]);
  const pooling = { type: "Pooling", pooling_param: { pool: "STOCHASTIC" as const } };
  assert.throws(() => withoutChance({ layer: [pooling] }), /found stochastic pooling/);
});

Deno.test("differences are relative to the size of what is compared", () => {
  assert.equal(relative(2, 1), 0.5);
  assert.equal(relative(0, 0), 0);
  assert.ok(Number.isNaN(relative(NaN, 1)));
  const [a, b] = [Float32Array.of(3, 4), Float32Array.of(3, 5)];
  assert.equal(furthest(a, b), 1 / Math.sqrt(17));
  assert.equal(distance(a, b), Math.sqrt(0.5) / Math.sqrt(17));
  assert.equal(distance(a, b, 10), Math.sqrt(0.5) / 10);
  assert.equal(furthest(a, a), 0);
  assert.ok(Number.isNaN(furthest(Float32Array.of(NaN, 1), Float32Array.of(0, 1))));
});
