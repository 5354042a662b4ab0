/**
 * Shapes and parameters at which libcaffe ends its process. The tests run in this process, so that a check
 * that the shim misses ends them as well.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import type { CremaError } from "../../../../base/error.ts";
import { Net } from "../../../../net/net.ts";
import { input } from "../test_net.ts";
import { libcaffeTest } from "./built.ts";

/** Bottoms "a", "b", … of these shapes, and a layer 'bad' over all of them. */
function over(shapes: readonly (readonly number[])[], layer: string, tops = ["top"]): string {
  const names = shapes.map((_, i) => "abcdef"[i]!);
  const inputs = shapes.map((shape, i) =>
    `layer { name: "in_${names[i]}" type: "Input" top: "${names[i]}"
       input_param { shape { ${shape.map((dim) => `dim: ${dim}`).join(" ")} } } }`
  );
  const ends = [...names.map((name) => `bottom: "${name}"`), ...tops.map((top) => `top: "${top}"`)];
  return `${inputs.join("\n")}\nlayer { name: "bad" ${layer} ${ends.join(" ")} }`;
}

const IMAGE = [2, 4, 6, 6], FIVE = [2, 3, 1, 1, 1];

const REFUSED: [what: string, text: string, says: RegExp][] = [
  // More axes than libcaffe's older layers can name.
  ["EuclideanLoss of 5 axes", over([FIVE, FIVE], 'type: "EuclideanLoss"'), /at most 4 axes/],
  ["HingeLoss of 5 axes", over([FIVE, [2]], 'type: "HingeLoss"'), /at most 4 axes/],
  [
    "MultinomialLogisticLoss of 5 axes",
    over([FIVE, [2]], 'type: "MultinomialLogisticLoss"'),
    /at most 4 axes/,
  ],
  ["ContrastiveLoss of 5 axes", over([FIVE, FIVE, [2]], 'type: "ContrastiveLoss"'), /at most 4 axes/],
  ["MVN of 5 axes", over([FIVE], 'type: "MVN"'), /at most 4 axes/],
  ["PReLU of 5 axes", over([FIVE], 'type: "PReLU"'), /2 to 4 axes/],
  ["PReLU of 1 axis", over([[3]], 'type: "PReLU"'), /2 to 4 axes/],
  ["Pooling of 3 axes", over([[2, 3, 4]], 'type: "Pooling" pooling_param { kernel_size: 2 }'), /4 axes/],
  ["LRN of 2 axes", over([[2, 3]], 'type: "LRN"'), /4 axes/],
  ["SPP of 3 axes", over([[2, 3, 4]], 'type: "SPP" spp_param { pyramid_height: 2 }'), /4 axes/],
  ["SPP without room", over([[1, 1, 3, 3]], 'type: "SPP" spp_param { pyramid_height: 4 }'), /has room for/],
  ["BatchNorm of 1 axis", over([[3]], 'type: "BatchNorm"'), /2 or more axes/],
  // No values.
  ["Accuracy of nothing", over([[0, 3], [0]], 'type: "Accuracy"'), /bottom 0 to have values/],
  ["BatchNorm of nothing", over([[0, 3]], 'type: "BatchNorm"'), /bottom 0 to have values/],
  [
    "InnerProduct of nothing",
    over([[0, 3]], 'type: "InnerProduct" inner_product_param { num_output: 2 }'),
    /bottom 0 to have values/,
  ],
  [
    "DummyData of nothing",
    'layer { name: "bad" type: "DummyData" top: "x" dummy_data_param { shape { dim: 0 } } }',
    /blob with values/,
  ],
  // Axes.
  ["Softmax", over([[2, 3]], 'type: "Softmax" softmax_param { axis: 2 }'), /\(2, 3\), but found 2/],
  ["Reduction", over([[2, 3]], 'type: "Reduction" reduction_param { axis: -3 }'), /but found -3/],
  ["ArgMax", over([[2, 3]], 'type: "ArgMax" argmax_param { axis: 5 }'), /but found 5/],
  ["ArgMax top_k", over([[2, 3]], 'type: "ArgMax" argmax_param { top_k: 4 }'), /top_k of at most 3/],
  ["Tile", over([[2, 3]], 'type: "Tile" tile_param { axis: 2 tiles: 2 }'), /but found 2/],
  ["Flatten", over([[2, 3]], 'type: "Flatten" flatten_param { end_axis: 2 }'), /end_axis/],
  ["Concat", over([[2, 3], [2, 3]], 'type: "Concat" concat_param { concat_dim: 2 }'), /concat_dim/],
  ["Slice", over([[2, 3]], 'type: "Slice" slice_param { slice_dim: 4 }', ["x", "y"]), /slice_dim/],
  // Bottoms that do not go together.
  ["Concat sizes", over([[2, 3], [3, 3]], 'type: "Concat"'), /apart from axis 1/],
  ["Concat axes", over([[2, 3], [2, 3, 1]], 'type: "Concat"'), /as many axes/],
  [
    "Slice points",
    over([[2, 3]], 'type: "Slice" slice_param { slice_point: 3 }', ["x", "y"]),
    /within axis 1 .*found 3/,
  ],
  ["Crop", over([[2, 3, 4, 4], [2, 3, 5, 4]], 'type: "Crop"'), /within axis 2/],
  [
    "Crop offset",
    over([[2, 3, 4, 4], [2, 3, 2, 2]], 'type: "Crop" crop_param { offset: 3 }'),
    /2 from 3 on/,
  ],
  ["Crop axes", over([[2, 3, 4, 4], [2, 3]], 'type: "Crop"'), /the 4 axes of the first/],
  ["Scale of two", over([[2, 3], [4]], 'type: "Scale"'), /from axis 1 on but found \(4\)/],
  ["Bias of two", over([[2, 3], [3, 1]], 'type: "Bias"'), /found \(3, 1\)/],
  [
    "Scale num_axes",
    over([[2, 3]], 'type: "Scale" scale_param { num_axes: 2 }'),
    /num_axes of at most 1/,
  ],
  ["Bias axis", over([[2, 3]], 'type: "Bias" bias_param { axis: 2 }'), /but found 2/],
  ["EuclideanLoss", over([[2, 3], [2, 4]], 'type: "EuclideanLoss"'), /as many values/],
  ["EuclideanLoss items", over([[2, 3], [3, 2]], 'type: "EuclideanLoss"'), /as many items/],
  ["SigmoidCrossEntropyLoss", over([[2, 3], [2]], 'type: "SigmoidCrossEntropyLoss"'), /target for each/],
  ["Accuracy labels", over([[2, 3], [3]], 'type: "Accuracy"'), /Expected 2 labels/],
  [
    "Accuracy top_k",
    over([[2, 3], [2]], 'type: "Accuracy" accuracy_param { top_k: 5 }'),
    /top_k of at most 3/,
  ],
  ["InfogainLoss matrix", over([[2, 3], [2], [3, 4]], 'type: "InfogainLoss"'), /3 × 3/],
  ["InfogainLoss without a matrix", over([[2, 3], [2]], 'type: "InfogainLoss"'), /found neither/],
  [
    "InfogainLoss without a file",
    over([[2, 3], [2]], 'type: "InfogainLoss" infogain_loss_param { source: "/no/such" }'),
    /'\/no\/such' but could not read/,
  ],
  ["ContrastiveLoss", over([[2, 3], [2, 3], [2, 2]], 'type: "ContrastiveLoss"'), /one value per item/],
  [
    "ContrastiveLoss of an image",
    over([IMAGE, IMAGE, [2]], 'type: "ContrastiveLoss"'),
    /row of values/,
  ],
  ["ContrastiveLoss labels", over([[2, 3], [2, 3], [1]], 'type: "ContrastiveLoss"'), /one per item/],
  ["BatchReindex", over([[2, 3], [2, 1]], 'type: "BatchReindex"'), /1 axes/],
  ["Filter", over([[2, 3], [3]], 'type: "Filter"'), /as many items/],
  ["Filter selector", over([[2, 3], [2, 2]], 'type: "Filter"'), /one value per item/],
  ["Filter tops", over([[2, 3], [2]], 'type: "Filter"', ["x", "y"]), /A top for each|a top for each/],
  [
    "Reshape of -1",
    over([[2, 3]], 'type: "Reshape" reshape_param { shape { dim: 4 dim: -1 } }'),
    /\(4, -1\)/,
  ],
  [
    "Reshape copies",
    over([[2, 3]], 'type: "Reshape" reshape_param { shape { dim: 2 dim: 3 dim: 0 } }'),
    /to copy but found none/,
  ],
  ["Reshape axis", over([[2, 3]], 'type: "Reshape" reshape_param { axis: 3 }'), /but found 3/],
  [
    "Reshape num_axes",
    over([[2, 3]], 'type: "Reshape" reshape_param { axis: 1 num_axes: 2 }'),
    /num_axes of -1 to 1/,
  ],
  // Windows.
  [
    "Convolution stride",
    over(
      [IMAGE],
      'type: "Convolution" convolution_param { num_output: 2 kernel_size: 1 stride: 1 stride: 1 stride: 1 }',
    ),
    /stride once, or once for each of 2/,
  ],
  [
    "Convolution kernel_h",
    over([[2, 4, 6]], 'type: "Convolution" convolution_param { num_output: 2 kernel_h: 1 kernel_w: 1 }'),
    /2 spatial axes/,
  ],
  [
    "Convolution of two shapes",
    over([IMAGE, [2, 4, 5, 6]], 'type: "Convolution" convolution_param { num_output: 2 kernel_size: 1 }', [
      "x",
      "y",
    ]),
    /bottoms of one shape/,
  ],
  [
    "Deconvolution pad",
    over([[1, 1, 1, 1]], 'type: "Deconvolution" convolution_param { num_output: 1 kernel_size: 2 pad: 1 }'),
    /a kernel that fits/,
  ],
  ["Im2col", over([IMAGE], 'type: "Im2col" convolution_param { kernel_size: 8 }'), /a kernel that fits/],
  ["Im2col stride", over([IMAGE], 'type: "Im2col" convolution_param { kernel_size: 1 stride: 0 }'), /stride/],
  ["Pooling", over([IMAGE], 'type: "Pooling" pooling_param { kernel_size: 20 }'), /fits the height/],
  [
    "Pooling of all with a pad",
    over([IMAGE], 'type: "Pooling" pooling_param { global_pooling: true pad: 1 }'),
    /no pad and a stride of 1/,
  ],
  // Recurrent layers.
  ["LSTM", over([[2, 3, 4], [3, 2]], 'type: "LSTM" recurrent_param { num_output: 2 }'), /shape \(2, 3\)/],
  [
    "RNN",
    over([[2], [2]], 'type: "RNN" recurrent_param { num_output: 2 }'),
    /time steps, streams and inputs/,
  ],
  [
    "LSTM static",
    over([[2, 3, 4], [2, 3], [2, 5]], 'type: "LSTM" recurrent_param { num_output: 2 }'),
    /3 streams/,
  ],
  ["LSTMUnit", over([[1, 2, 3], [1, 2, 6], [1, 2]], 'type: "LSTMUnit"', ["x", "y"]), /\(1, 2, 12\)/],
  // Fillers.
  [
    "a bilinear filler of 2 axes",
    over(
      [[2, 3]],
      'type: "InnerProduct" inner_product_param { num_output: 2 weight_filler { type: "bilinear" } }',
    ),
    /square blob of 4 axes/,
  ],
  [
    "xavier for a scalar",
    over([[2, 3]], 'type: "Scale" scale_param { num_axes: 0 filler { type: "xavier" } }'),
    /parameter with axes/,
  ],
  [
    "more sparse than outputs",
    over(
      [[2, 3]],
      'type: "InnerProduct" inner_product_param { num_output: 2 weight_filler { type: "gaussian" sparse: 3 } }',
    ),
    /sparse of at most 2/,
  ],
  // Parameters.
  [
    "more param than parameters",
    over([[2, 3]], 'type: "InnerProduct" inner_product_param { num_output: 2 } param {} param {} param {}'),
    /at most 2 param entries/,
  ],
  [
    "learned statistics",
    over([IMAGE], 'type: "BatchNorm" param { lr_mult: 1 }'),
    /lr_mult of 0 for the statistics/,
  ],
  [
    "Parameter of nothing",
    'layer { name: "bad" type: "Parameter" top: "x" parameter_param { shape { dim: 0 } } }',
    /parameter with values/,
  ],
  [
    "a filler of DummyData",
    `layer { name: "bad" type: "DummyData" top: "x"
      dummy_data_param { shape { dim: 2 dim: 3 } data_filler { type: "bilinear" } } }`,
    /square blob of 4 axes/,
  ],
  [
    "a filler of DummyData that there is no room for",
    `layer { name: "bad" type: "DummyData" top: "x"
      dummy_data_param { shape { dim: 2 } data_filler { type: "gaussian" sparse: 3 } } }`,
    /sparse of at most 2/,
  ],
  [
    "param of DummyData",
    'layer { name: "bad" type: "DummyData" top: "x" param {} dummy_data_param { shape { dim: 2 } } }',
    /at most 0 param entries/,
  ],
  [
    "param of Parameter",
    `layer { name: "bad" type: "Parameter" top: "x" param {} param {}
      parameter_param { shape { dim: 2 } } }`,
    /at most 1 param entries/,
  ],
  [
    "a blob twice, in place",
    `${input([2, 3], "x")} layer { name: "bad" type: "Scale" bottom: "x" bottom: "x" top: "x" }`,
    /each bottom once but found 'x' more than once/,
  ],
  [
    "LSTM of 2 axes",
    over([[2, 3], [2, 3]], 'type: "LSTM" recurrent_param { num_output: 2 }'),
    /time steps, streams and inputs/,
  ],
  [
    "Scale by a scalar, with a bias and an axis that is not there",
    over([[2, 3], []], 'type: "Scale" scale_param { axis: 4 bias_term: true }'),
    /axis to be an axis of the bottom, .* but found 4/,
  ],
  [
    "Scale of a scalar, with a bias",
    over([[], []], 'type: "Scale" scale_param { bias_term: true }'),
    /axis to be an axis of the bottom/,
  ],
  ["Im2col axis", over([IMAGE], 'type: "Im2col" convolution_param { kernel_size: 1 axis: 4 }'), /found 4/],
  ["param without parameters", over([[2, 3]], 'type: "ReLU" param {}'), /at most 0 param entries/],
];

const shared = (first: string, second: string, outputs = 3) =>
  `${over([[2, 3]], 'type: "ReLU"').replace("bad", "relu")}
  layer { name: "one" type: "InnerProduct" bottom: "top" top: "x" param { name: "w" ${first} }
    inner_product_param { num_output: 3 bias_term: false } }
  layer { name: "bad" type: "InnerProduct" bottom: "x" top: "y" param { name: "w" ${second} }
    inner_product_param { num_output: ${outputs} bias_term: false } }`;

REFUSED.push(
  [
    "shared shapes",
    shared("", "", 4),
    /shape that its owner, layer 'one', gave it, \(3, 3\), but found \(4, 3\)/,
  ],
  ["shared counts", shared("", "share_mode: PERMISSIVE", 4), /that its owner/],
  ["shared lr_mult", shared("lr_mult: 1", "lr_mult: 2"), /one lr_mult but found 1 and 2/],
  ["shared decay_mult", shared("decay_mult: 1", "decay_mult: 0"), /one decay_mult but found 1 and 0/],
  [
    "in place after another use",
    `${over([[2, 3]], 'type: "InnerProduct" inner_product_param { num_output: 2 }').replace("bad", "ip")}
     layer { name: "first" type: "Power" bottom: "top" top: "x" }
     layer { name: "bad" type: "ReLU" bottom: "top" top: "top" }`,
    /no use before .* found it used by layer 'first'/,
  ],
  [
    "in place on a loss",
    `${over([[2, 3]], 'type: "Power" loss_weight: 1').replace("bad", "power")}
     layer { name: "bad" type: "ReLU" bottom: "top" top: "top" }`,
    /used by the loss/,
  ],
);

for (const [what, text, says] of REFUSED) {
  libcaffeTest(`refused before libcaffe sees it: ${what}`, async () => {
    await assert.rejects(Net.fromText(text, { engine: "libcaffe", phase: "TRAIN", seed: 1 }), (error) => {
      const { message, layer } = error as CremaError;
      assert.match(message, says);
      assert.equal(layer, "bad");
      return true;
    });
  });
}

/** Nets that can be made, and a shape of "a" that their layer 'bad' can't run on. */
const RESHAPED: [what: string, text: string, shape: number[], says: RegExp][] = [
  [
    "InnerProduct",
    over([[2, 3]], 'type: "InnerProduct" inner_product_param { num_output: 2 }'),
    [2, 4],
    /Expected 3 inputs an item/,
  ],
  [
    "Convolution",
    over([IMAGE], 'type: "Convolution" convolution_param { num_output: 2 kernel_size: 1 }'),
    [2, 3, 6, 6],
    /parameter 0 to have shape \(2, 3, 1, 1\)/,
  ],
  ["Scale", over([[2, 3]], 'type: "Scale" scale_param { bias_term: true }'), [2, 4], /the scale to have/],
  ["Bias", over([[2, 3]], 'type: "Bias"'), [2, 4], /the bias to have/],
  ["BatchNorm", over([IMAGE], 'type: "BatchNorm"'), [2, 5, 6, 6], /parameter 0 to have shape \(5\)/],
  ["BatchNorm of nothing", over([IMAGE], 'type: "BatchNorm"'), [0, 4, 6, 6], /bottom 0 to have values/],
  ["Accuracy of nothing", over([[2, 3], [2]], 'type: "Accuracy"'), [0, 3], /bottom 0 to have values/],
  ["PReLU", over([[2, 3]], 'type: "PReLU"'), [2, 4], /Expected 4 slopes but found 3/],
  [
    "LSTM",
    over([[2, 3, 4], [2, 3]], 'type: "LSTM" recurrent_param { num_output: 2 }'),
    [2, 3, 5],
    /parameter 0 to have shape \(8, 5\)/,
  ],
  ["SoftmaxWithLoss", over([[2, 3], [2]], 'type: "SoftmaxWithLoss"'), [2, 3, 4], /Expected 8 labels/],
  [
    "Im2col",
    over([IMAGE], 'type: "Im2col" convolution_param { kernel_size: 3 }'),
    [4, 6, 6],
    /layer 'bad'.*a bottom of 4 axes, as when the net was made, but found 3/,
  ],
  [
    "Pooling",
    over([IMAGE], 'type: "Pooling" pooling_param { kernel_size: 5 }'),
    [2, 4, 2, 6],
    /fits the height/,
  ],
];

for (const [what, text, shape, says] of RESHAPED) {
  libcaffeTest(`refused when its bottom has another shape: ${what}`, async () => {
    using net = await Net.fromText(text, { engine: "libcaffe", phase: "TRAIN", seed: 1 });
    const before = net.blob("a").shape;
    net.forward();
    net.blob("a").reshape(...shape);
    assert.throws(() => net.forward(), says);
    assert.throws(() => net.reshape(), says);
    net.blob("a").reshape(...before);
    net.forward();
  });
}

/** Layers above a script layer that finds no region, with what they need beside its top. */
const OVER_NOTHING: Record<string, string> = {
  InnerProduct: "inner_product_param { num_output: 2 }",
  SoftmaxWithLoss: 'bottom: "label"',
  Accuracy: 'bottom: "label"',
  Softmax: "",
  Scale: "",
  BatchNorm: "",
  ReLU: "",
  EuclideanLoss: 'bottom: "rois"',
  Reduction: "",
  ArgMax: "",
  Eltwise: 'bottom: "rois"',
  LRN: "",
};

const FINDER = `import { Layer } from "${new URL("../../../../mod.ts", import.meta.url)}";
export class FinderLayer extends Layer {
  #calls = 0;
  setup(_, [rois, label]) { rois.reshape(2, 3, 1, 1); label.reshape(2); }
  reshape() {}
  forward(_, [rois, label]) {
    const found = this.#calls++ === 1 ? 0 : 2;
    rois.reshape(found, 3, 1, 1);
    label.reshape(found);
    rois.data.fill(1);
  }
  backward() {}
}`;

libcaffeTest(
  "no region at all, found in forward: an error that names the layer, or nothing, but no crash",
  async () => {
    const folder = await Deno.makeTempDir();
    try {
      await Deno.writeTextFile(join(folder, "finder.ts"), FINDER);
      const refused: string[] = [];
      for (const [type, more] of Object.entries(OVER_NOTHING)) {
        const text = `force_backward: true ${input([1], "x")}
        layer { name: "finder" type: "Script" bottom: "x" top: "rois" top: "label"
          script_param { module: "./finder.ts" layer: "FinderLayer" } }
        layer { name: "bad" type: "${type}" bottom: "rois" ${more} top: "y" }`;
        const file = join(folder, "net.prototxt");
        using net = await Net.fromText(text, { engine: "libcaffe", phase: "TRAIN", seed: 1, file });
        net.forward();
        try {
          net.forward();
          assert.equal(net.blob("rois").count, 0);
        } catch (error) {
          const { message, layer } = error as CremaError;
          assert.match(message, /Expected bottom 0 to have values, since libcaffe can't run a/);
          assert.equal(layer, "bad");
          refused.push(type);
        }
        net.forward(); // The net goes on.
        assert.equal(net.blob("rois").count, 6);
      }
      for (const type of ["SoftmaxWithLoss", "Accuracy", "Softmax", "Scale", "BatchNorm"]) {
        assert.ok(refused.includes(type), type);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

libcaffeTest("an LSTM over another number of time steps is refused", async () => {
  const text = over([[2, 3, 4], [2, 3]], 'type: "LSTM" recurrent_param { num_output: 2 }');
  using net = await Net.fromText(text, { engine: "libcaffe", seed: 1 });
  net.blob("a").reshape(3, 3, 4);
  net.blob("b").reshape(3, 3);
  assert.throws(() => net.forward(), /layer 'bad': Expected 2 time steps/);
});

const LABELS: [type: string, shapes: number[][], asked: number][] = [
  ["SoftmaxWithLoss", [[2, 3], [2, 1]], 1],
  ["HingeLoss", [[2, 3], [2, 1]], 1],
  ["SigmoidCrossEntropyLoss", [[2, 3], [2, 3]], 1],
  ["MultinomialLogisticLoss", [[2, 3], [2, 1]], 1],
];

for (const [type, shapes, asked] of LABELS) {
  libcaffeTest(`a gradient for labels is refused: ${type}`, async () => {
    const text = over(shapes, `type: "${type}"`).replace(
      'layer { name: "bad"',
      'layer { name: "learns" type: "Scale" bottom: "b" top: "l" }\nlayer { name: "bad"',
    );
    const at = text.lastIndexOf('bottom: "b"');
    const labelled = text.slice(0, at) + 'bottom: "l"' + text.slice(at + 'bottom: "b"'.length);
    using net = await Net.fromText(labelled, { engine: "libcaffe", phase: "TRAIN", seed: 1 });
    net.forward();
    assert.throws(
      () => net.backward(),
      new RegExp(`layer 'bad': Expected no gradient for bottom ${asked} of a ${type} layer`),
    );
    net.forward();
  });
}

libcaffeTest("a gradient through ArgMax or Accuracy is refused", async () => {
  for (
    const layer of [
      over([[2, 3]], 'type: "ArgMax"'),
      over([[2, 3]], 'type: "Threshold"'),
      over([[2, 3], [2]], 'type: "Accuracy"'),
    ]
  ) {
    using net = await Net.fromText(`force_backward: true ${layer}`, { engine: "libcaffe", phase: "TRAIN" });
    net.forward();
    assert.throws(() => net.handle.backward(), /layer 'bad': Expected .*gradient/);
  }
});
