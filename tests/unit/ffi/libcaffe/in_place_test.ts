/**
 * Layers that work in place, all pairs of types: the engine "libcaffe" gives the gradients that it gives when
 * every layer has a top of its own, or refuses the net.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Net } from "../../../../net/net.ts";
import { assertClose } from "../assert_close.ts";
import { libcaffeTest } from "./built.ts";
import { input } from "../test_net.ts";

/** Layers over one bottom of (2, 4, 3, 3), by a short name. */
const LAYERS: Record<string, string> = {
  absval: 'type: "AbsVal"',
  batch_norm: 'type: "BatchNorm"',
  bias: 'type: "Bias" bias_param { filler { type: "constant" value: -1 } }',
  bnll: 'type: "BNLL"',
  clip: 'type: "Clip" clip_param { min: -0.5 max: 0.5 }',
  concat: 'type: "Concat"',
  dropout: 'type: "Dropout" dropout_param { dropout_ratio: 0.4 }',
  elu: 'type: "ELU" elu_param { alpha: 0.7 }',
  elu_of_minus: 'type: "ELU" elu_param { alpha: -0.7 }',
  exp: 'type: "Exp" exp_param { base: 2 }',
  leaky: 'type: "ReLU" relu_param { negative_slope: 0.1 }',
  leaky_of_minus: 'type: "ReLU" relu_param { negative_slope: -0.1 }',
  log: 'type: "Log" log_param { shift: 9 }',
  lrn: 'type: "LRN" lrn_param { local_size: 3 alpha: 1 }',
  lrn_within: 'type: "LRN" lrn_param { local_size: 3 alpha: 1 norm_region: WITHIN_CHANNEL }',
  mvn: 'type: "MVN"',
  mvn_mean: 'type: "MVN" mvn_param { normalize_variance: false }',
  pool: 'type: "Pooling" pooling_param { kernel_size: 3 stride: 1 pad: 1 }',
  power: 'type: "Power" power_param { power: 3 shift: 9 }',
  power_of_2: 'type: "Power" power_param { power: 2 shift: 1 }',
  power_of_1: 'type: "Power" power_param { scale: 8 shift: 1 }',
  prelu: 'type: "PReLU"',
  relu: 'type: "ReLU"',
  scale: 'type: "Scale" scale_param { filler { type: "constant" value: -1.7 } bias_term: true }',
  sigmoid: 'type: "Sigmoid"',
  softmax: 'type: "Softmax"',
  swish: 'type: "Swish"',
  tanh: 'type: "TanH"',
};

const SHAPE = [2, 4, 3, 3];
const values = (count: number, seed: number) =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(i * 1.7 + seed) * 1.5);

/** A convolution, the layers, and a loss. `tops` are those of the layers. */
const net = (layers: readonly string[], tops: readonly string[]): string =>
  `${input(SHAPE, "x", "target")}
  layer { name: "conv" type: "Convolution" bottom: "x" top: "conv"
    convolution_param { num_output: 4 kernel_size: 1 } }
  ${
    layers.map((layer, i) =>
      `layer { name: "${i}" bottom: "${["conv", ...tops][i]}" top: "${tops[i]}" ${layer} }`
    ).join("\n")
  }
  layer { name: "loss" type: "EuclideanLoss" bottom: "${tops.at(-1)}" bottom: "target" top: "loss" }`;

/** The loss and the gradient of the convolution; undefined when the net is refused. */
async function run(text: string): Promise<number[] | undefined> {
  let made: Net;
  try {
    made = await Net.fromText(text, { engine: "libcaffe", phase: "TRAIN", seed: 3 });
  } catch (error) {
    assert.match((error as Error).message, /layer '\d': Expected (a top of its own|values that)/, text);
    return undefined;
  }
  using trained = made;
  const [weights, biases] = trained.layer("conv").blobs;
  weights!.data.set(values(16, 5));
  biases!.data.set(values(4, 2));
  trained.forward({ inputs: { x: values(72, 0), target: values(72, 1) } });
  trained.backward();
  return [trained.loss, ...weights!.diff, ...biases!.diff];
}

/** Pairs that libcaffe computes right, of which some net in the world is made. */
const RIGHT = [
  ["relu", "dropout"],
  ["prelu", "dropout"],
  ["elu", "relu"],
  ["lrn", "relu"],
  ["tanh", "relu"],
  ["pool", "relu"],
  ["pool", "dropout"],
  ["batch_norm", "scale"],
  ["batch_norm", "relu"],
  ["scale", "relu"],
  ["relu", "tanh"],
];

for (const first of Object.keys(LAYERS)) {
  libcaffeTest(`in place above ${first}: every other layer is right or refused`, async () => {
    for (const second of Object.keys(LAYERS)) {
      const pair = [LAYERS[first]!, LAYERS[second]!];
      const right = await run(net(pair, ["a", "b"]));
      assert.ok(right !== undefined, `${first}, ${second}`);
      for (const tops of [["a", "a"], ["conv", "conv"]]) {
        const found = await run(net(pair, tops));
        if (found !== undefined) assertClose(found, right, 1e-4, `${first}, ${second} to ${tops}`);
        else if (tops[0] === "a") {
          assert.ok(!RIGHT.some(([a, b]) => a === first && b === second), `${first}, ${second} refused`);
        }
      }
    }
  });
}

const REFUSED: [what: string, layers: string, says: RegExp][] = [
  [
    "an in-place layer over a shape that shares the memory of another blob",
    `layer { name: "r" type: "Reshape" bottom: "y" top: "r" reshape_param { shape { dim: 2 dim: -1 } } }
     layer { name: "relu" type: "ReLU" bottom: "r" top: "r" }
     layer { name: "late" type: "Power" bottom: "y" top: "late" }`,
    /layer 'late': Expected values that nothing changed in place but found that layer 'relu' \(ReLU\)/,
  ],
  [
    "an in-place layer over what another layer's weights need",
    `layer { name: "late" type: "InnerProduct" bottom: "y" top: "late" inner_product_param { num_output: 2 } }
     layer { name: "late_loss" type: "Reduction" bottom: "late" top: "late_loss" loss_weight: 1 }
     layer { name: "f" type: "Flatten" bottom: "y" top: "f" }
     layer { name: "relu" type: "ReLU" bottom: "f" top: "f" }
     layer { name: "f_loss" type: "Reduction" bottom: "f" top: "f_loss" loss_weight: 1 }`,
    /layer 'late': Expected values that the gradient needs .* found layer 'relu'/,
  ],
  [
    "Flatten above Reshape",
    `layer { name: "r" type: "Reshape" bottom: "y" top: "r" reshape_param { shape { dim: 2 dim: 2 dim: -1 } } }
     layer { name: "f" type: "Flatten" bottom: "r" top: "f" }
     layer { name: "f_loss" type: "Reduction" bottom: "f" top: "f_loss" loss_weight: 1 }`,
    /layer 'r': Expected no Flatten above this layer but found layer 'f'/,
  ],
  [
    "Concat in place",
    'layer { name: "c" type: "Concat" bottom: "y" bottom: "z" top: "y" }',
    /layer 'c': Expected a top of its own for a layer of type Concat/,
  ],
  [
    "Eltwise in place",
    'layer { name: "c" type: "Eltwise" bottom: "y" bottom: "z" top: "y" }',
    /layer 'c': Expected a top of its own for a layer of type Eltwise/,
  ],
];

const TWO = `${input([2, 3, 2, 2], "x")}
  layer { name: "scale" type: "Scale" bottom: "x" top: "y" }
  layer { name: "other" type: "DummyData" top: "z" dummy_data_param { shape { dim: 2 dim: 3 dim: 2 dim: 2 } } }`;

for (const [what, layers, says] of REFUSED) {
  libcaffeTest(`refused: ${what}`, async () => {
    await assert.rejects(Net.fromText(`${TWO} ${layers}`, { engine: "libcaffe", phase: "TRAIN" }), says);
  });
}

libcaffeTest(
  "a net for testing may overwrite what only a gradient would need, and says so backward",
  async () => {
    const text = net([LAYERS["sigmoid"]!, LAYERS["scale"]!], ["a", "a"]);
    using made = await Net.fromText(text, { engine: "libcaffe", phase: "TEST", seed: 1 });
    made.forward();
    assert.throws(() => made.backward(), /layer '0': Expected values that the gradient needs to stay/);
    made.forward();
  },
);
