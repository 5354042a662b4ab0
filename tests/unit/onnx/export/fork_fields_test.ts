import assert from "node:assert/strict";
import type { Net } from "../../../../net/net.ts";
import { expectSameInOnnx, gaussian, type JudgeOptions } from "../judge.ts";

/** A net of one layer over an input of this shape. */
const layerNet = (dims: readonly number[], type: string, param: string, tops = `top: "y"`) =>
  `layer { name: "in" type: "Input" top: "x" input_param { shape { ${
    dims.map((dim) => `dim: ${dim}`).join(" ")
  } } } }
  layer { name: "layer" type: "${type}" bottom: "x" ${tops} ${param} }`;

async function expectAll(
  type: string,
  configs: readonly (readonly [dims: readonly number[], param: string])[],
  options: JudgeOptions = {},
): Promise<void> {
  for (const [dims, param] of configs) {
    try {
      await expectSameInOnnx(layerNet(dims, type, param), options);
    } catch (cause) {
      throw new Error(`${type} ${param}: ${(cause as Error).message}`, { cause });
    }
  }
}

Deno.test("a Pooling with the rounding and the padding of forks is the same in ONNX", async () => {
  await expectAll(
    "Pooling",
    [
      "pool: MAX kernel_size: 3 stride: 2 round_mode: FLOOR",
      "pool: AVE kernel_size: 3 stride: 2 pad: 1 round_mode: FLOOR",
      "pool: AVE kernel_size: 3 stride: 2 ceil_mode: false",
      "pool: MAX kernel_size: 3 stride: 2 pad_type: 1",
      "pool: AVE kernel_size: 2 stride: 3 pad_type: 1",
      "pool: AVE kernel_size: 3 stride: 2 pad_l: 1 pad_b: 2",
      "pool: MAX kernel_size: 2 stride: 2 pad_t: 1 pad_r: 2",
      "pool: MAX kernel_size: 2 stride: 1 pad_t: 3 pad_r: 2",
      "pool: AVE kernel_size: 2 stride: 1 pad_t: 1 pad_r: 3",
      "pool: AVE_EXC_PAD kernel_size: 3 stride: 2 pad: 1",
      "pool: AVE_EXC_PAD kernel_size: 4 stride: 3",
      "pool: AVE_EXC_PAD kernel_size: 2 stride: 3 round_mode: FLOOR",
      "pool: AVE_TF kernel_size: 3 stride: 2 pad_type: 1",
    ].flatMap((param) => [[2, 3, 8, 9], [1, 2, 7, 6]].map((dims) => [dims, `pooling_param { ${param} }`])),
  );
});

Deno.test("a Pooling with windows beyond the image is the same in ONNX", async () => {
  // Rounded up, the last of the windows at 0, 3 and 6 lies outside an image of 5.
  await expectAll("Pooling", [
    [[1, 2, 5, 5], "pooling_param { pool: MAX kernel_size: 1 stride: 3 }"],
    [[1, 2, 5, 5], "pooling_param { pool: AVE kernel_size: 1 stride: 3 }"],
    [[1, 2, 3, 4], "pooling_param { pool: MAX kernel_size: 5 stride: 3 }"],
    [[1, 2, 3, 4], "pooling_param { pool: AVE kernel_size: 5 stride: 3 pad: 1 }"],
  ]);
});

Deno.test("the mask of a Pooling is refused where ONNX's indices are of a padded image", async () => {
  const net = layerNet(
    [1, 2, 5, 5],
    "Pooling",
    "pooling_param { kernel_size: 1 stride: 3 }",
    `top: "y" top: "mask"`,
  );
  await assert.rejects(
    expectSameInOnnx(net),
    /layer 'layer': Expected a mask of windows that each reach into/,
  );
});

Deno.test("a Pooling that is STOCHASTIC gives for inference what the net gives", async () => {
  const normal = gaussian(3);
  await expectAll(
    "Pooling",
    [
      [[2, 3, 6, 6], "pooling_param { pool: STOCHASTIC kernel_size: 2 stride: 2 }"],
      [[1, 2, 7, 8], "pooling_param { pool: STOCHASTIC kernel_size: 3 stride: 2 }"],
      [[1, 2, 5, 5], "pooling_param { pool: STOCHASTIC global_pooling: true }"],
      [[1, 2, 9, 5], "pooling_param { pool: STOCHASTIC kernel_h: 3 kernel_w: 2 stride_h: 3 stride_w: 1 }"],
    ],
    // Above 0, as after a ReLU: some windows have zeros alone.
    { values: (name, shape) => normal(name, shape).map((value) => Math.max(0, value - 0.5)) },
  );
});

Deno.test("a convolution with the padding of forks, or a kernel beyond its padding, is the same in ONNX", async () => {
  const fillers = `weight_filler { type: "xavier" } bias_filler { type: "gaussian" }`;
  await expectAll(
    "Convolution",
    [
      "kernel_size: 3 stride: 2 pad_type: 1",
      "kernel_size: 3 stride: 2 pad_type: 1 dilation: 2",
      "kernel_size: 2 stride: 3 pad_type: 1",
      "kernel_size: 3 pad_l: 1 pad_b: 2",
      "kernel_size: 3 stride: 2 pad_t: 1 pad_r: 1",
      "kernel_size: 9 stride: 3 pad: 0",
      "kernel_size: 3 pad: 1 force_nd_im2col: true",
    ].map((param) => [[2, 3, 8, 7], `convolution_param { num_output: 4 ${fillers} ${param} }`]),
  );
  await expectAll(
    "Deconvolution",
    [
      "kernel_size: 3 stride: 2 pad_l: 1 pad_b: 2",
      "kernel_size: 4 stride: 3 pad_t: 1 pad_r: 1 dilation: 2",
    ].map((param) => [[2, 3, 5, 4], `convolution_param { num_output: 4 ${fillers} ${param} }`]),
  );
});

Deno.test("fields that forks added to Caffe's layers are the same in ONNX", async () => {
  await expectAll("ReLU", [
    [[3, 50], "relu_param { relu6: true }"],
    [[3, 50], "relu_param { relu6: true negative_slope: 0.1 }"],
  ], { values: (name, shape) => gaussian()(name, shape).map((value) => 5 * value) });
  await expectAll("Dropout", [
    [[3, 5], "dropout_param { scale_train: false }"],
    [[3, 5], "dropout_param { scale_train: false dropout_ratio: 0.2 }"],
  ]);
  await expectAll("Reshape", [
    [[2, 8, 3, 2], "reshape_param { pixelshuffler: 2 }"],
    [[2, 9, 1, 2], "reshape_param { pixelshuffler: 3 }"],
  ]);
  await expectAll("InnerProduct", [[
    [2, 3, 4],
    `inner_product_param { num_output: 5 normalize: true weight_filler { type: "gaussian" } }`,
  ]]);
});

Deno.test("a BatchNorm with statistics of the batch, or eps beside the root, is the same in ONNX", async () => {
  const prepare = (net: Net) => {
    const [mean, variance, weight] = net.layer("layer").blobs;
    mean!.write(Float32Array.from(mean!.data, (_, i) => i - 1));
    variance!.write(Float32Array.from(variance!.data, (_, i) => 2 + i));
    weight!.write(Float32Array.of(2.5));
  };
  await expectAll("BatchNorm", [
    [[3, 4, 2, 3], "batch_norm_param { use_global_stats: false }"],
    [[3, 4, 2, 3], "batch_norm_param { use_global_stats: false add_eps_before_sqrt: false eps: 0.1 }"],
    [[3, 4, 2, 3], "batch_norm_param { add_eps_before_sqrt: false eps: 0.1 }"],
    [[3, 4], "batch_norm_param { eps: 0.01 }"],
    [[3, 4, 5], ""],
    [[5], "batch_norm_param { add_eps_before_sqrt: false eps: 0.1 }"],
    [[5], "batch_norm_param { eps: 0.1 }"],
  ], { prepare });
});

Deno.test("factors and terms from a second bottom, and a crop of the channels, are the same in ONNX", async () => {
  const two = (layer: string, ...shapes: string[]) =>
    shapes.map((shape, i) =>
      `layer { name: "in${i}" type: "Input" top: "x${i}" input_param { shape { ${
        shape.split(" ").map((dim) => `dim: ${dim}`).join(" ")
      } } } }`
    ).join("\n") + `layer { name: "layer" bottom: "x0" bottom: "x1" top: "y" ${layer} }`;
  for (
    const net of [
      two(`type: "Scale" scale_param { axis: 0 }`, "2 3 4 5", "2 3"),
      two(`type: "Scale" scale_param { axis: 0 }`, "2 3 4 5", "2 3 4 5"),
      two(`type: "Scale" scale_param { axis: -4 }`, "2 3 4 5", "2"),
      two(`type: "Bias" bias_param { axis: 0 }`, "2 3 4 5", "2 3"),
      two(`type: "Bias" bias_param { axis: 0 }`, "2 3", "2 3"),
      two(`type: "Crop" crop_param { axis: 1 offset: 1 offset: 2 offset: 0 }`, "2 5 6 7", "2 3 4 7"),
      two(`type: "Crop" crop_param { axis: -1 offset: 3 }`, "2 3 6 7", "2 9 9 2"),
    ]
  ) await expectSameInOnnx(net);
});
