import assert from "node:assert/strict";
import { exportOnnx } from "../../../../net/export/export_onnx.ts";
import { netFromText } from "../../../../proto/mod.ts";
import { expectLayerInOnnx } from "./one_layer.ts";

Deno.test("Axpy in ONNX", async () => {
  await expectLayerInOnnx("Axpy", [
    { bottoms: [[2, 3], [2, 3, 4, 5], [2, 3, 4, 5]] },
    { bottoms: [[2, 3, 1, 1], [2, 3, 4, 5], [2, 3, 4, 5]] },
    { bottoms: [[2, 3], [2, 3], [2, 3]] },
    { bottoms: [[2, 3, 1], [2, 3, 7], [2, 3, 7]] },
    { bottoms: [[2, 1, 1, 1], [2, 1, 3, 2], [2, 1, 3, 2]] },
  ]);
});

Deno.test("BN of SegNet and of PSPNet in ONNX", async () => {
  const fill = (
    net: { layer(name: string): { blobs: readonly { count: number; write(v: Float32Array): void }[] } },
  ) => {
    for (const [i, blob] of net.layer("layer").blobs.entries()) {
      blob.write(Float32Array.from({ length: blob.count }, (_, c) => 0.5 + 0.3 * c + 0.1 * i));
    }
  };
  const segnet = 'scale_filler { type: "constant" value: 2 } shift_filler { type: "constant" value: -1 }';
  await expectLayerInOnnx("BN", [
    { bottoms: [[2, 3, 4, 5]], prepare: fill },
    { bottoms: [[2, 3, 4, 5]], prepare: fill, fields: "bn_param { eps: 0.1 frozen: true }", inPlace: true },
    { bottoms: [[2, 3]], prepare: fill },
    { bottoms: [[2, 3, 4, 5]], prepare: fill, fields: `bn_param { ${segnet} }`, inPlace: true },
    { bottoms: [[2, 3, 4, 5]], prepare: fill, fields: `bn_param { ${segnet} }`, tops: 3 },
    { bottoms: [[2, 3, 4, 5]], prepare: fill, fields: "bn_param { bn_mode: INFERENCE }" },
  ]);
});

Deno.test("DepthwiseConvolution and ConvolutionDepthwise in ONNX", async () => {
  const fillers = 'weight_filler { type: "xavier" } bias_filler { type: "gaussian" }';
  for (const type of ["DepthwiseConvolution", "ConvolutionDepthwise"]) {
    await expectLayerInOnnx(type, [
      {
        bottoms: [[2, 4, 6, 7]],
        fields: `convolution_param { num_output: 4 kernel_size: 3 pad: 1 ${fillers} }`,
      },
      {
        bottoms: [[2, 4, 6, 7]],
        fields: `convolution_param { num_output: 4 kernel_size: 3 stride: 2 ${fillers} }`,
      },
      {
        bottoms: [[2, 4, 6, 7]],
        fields: `convolution_param { num_output: 4 kernel_size: 2 bias_term: false ${fillers} }`,
      },
      {
        bottoms: [[2, 4, 6, 7]],
        fields: `convolution_param { num_output: 8 group: 4 kernel_size: 3 dilation: 2 pad: 2 ${fillers} }`,
      },
      {
        bottoms: [[2, 4, 6, 7]],
        fields: `convolution_param { num_output: 4 kernel_h: 1 kernel_w: 3 pad_h: 0 pad_w: 1 ${fillers} }`,
      },
    ]);
  }
});

Deno.test("HardSigmoid, HardSwish and ReLU6 in ONNX", async () => {
  const uses = (...fields: string[]) => [
    ...fields.map((each) => ({ bottoms: [{ shape: [2, 3, 4, 5], range: [-9, 9] as const }], fields: each })),
    { bottoms: [{ shape: [2, 3], range: [-9, 9] as const }], fields: fields[0]!, inPlace: true },
    { bottoms: [{ shape: [2, 1, 3], range: [-4, 4] as const }], fields: fields[0]! },
  ];
  const hard = (text: string) => `hard_sigmoid_param { ${text} }`,
    relu = (text: string) => `relu6_param { ${text} }`;
  await expectLayerInOnnx(
    "HardSigmoid",
    uses("", hard("alpha: 0.5"), hard("beta: 0.1 alpha: 0.05"), hard("beta: -1")),
  );
  await expectLayerInOnnx("HardSwish", uses("", "", ""));
  await expectLayerInOnnx("ReLU6", uses("", relu("negative_slope: 0.1"), relu("negative_slope: -2")));
});

Deno.test("Interp in ONNX, by size and by factors, cropped, and to one pixel", async () => {
  const interp = (text: string) => ({ bottoms: [[2, 3, 5, 7]], fields: `interp_param { ${text} }` });
  await expectLayerInOnnx("Interp", [
    interp("height: 9 width: 4"),
    interp("zoom_factor: 3"),
    interp("shrink_factor: 2"),
    interp("shrink_factor: 2 zoom_factor: 3"),
    interp("height: 6 width: 6 pad_beg: -1 pad_end: -1"),
    interp("height: 1 width: 1"),
    interp("height: 5 width: 7"),
    { bottoms: [[2, 3, 5, 7], [2, 1, 8, 3]] },
  ]);
});

Deno.test("Permute in ONNX", async () => {
  const permute = (shape: number[], ...order: number[]) => ({
    bottoms: [shape],
    fields: `permute_param { ${order.map((axis) => `order: ${axis}`).join(" ")} }`,
  });
  await expectLayerInOnnx("Permute", [
    permute([2, 3, 4, 5], 0, 2, 3, 1),
    permute([2, 3, 4, 5], 3),
    permute([2, 3, 4, 5], 1, 0),
    permute([2, 3, 4]),
    permute([2, 3, 4], 2, 1, 0),
  ]);
});

Deno.test("Reorg in ONNX, both ways", async () => {
  const reorg = (shape: number[], text: string) => ({ bottoms: [shape], fields: `reorg_param { ${text} }` });
  await expectLayerInOnnx("Reorg", [
    reorg([2, 4, 4, 6], "stride: 2"),
    reorg([2, 9, 3, 6], "stride: 3"),
    reorg([2, 3, 2, 2], "stride: 1"),
    reorg([2, 8, 2, 3], "stride: 2 reverse: true"),
    reorg([2, 9, 1, 2], "stride: 3 reverse: true"),
  ]);
});

Deno.test("ShuffleChannel in ONNX", async () => {
  const shuffle = (shape: number[], group: number) => ({
    bottoms: [shape],
    fields: `shuffle_channel_param { group: ${group} }`,
  });
  await expectLayerInOnnx("ShuffleChannel", [
    shuffle([2, 6, 2, 3], 2),
    shuffle([2, 6, 2, 3], 3),
    shuffle([2, 6, 2, 3], 1),
    shuffle([2, 6], 6),
    shuffle([2, 4, 5], 2),
  ]);
});

Deno.test("Squeeze in ONNX, of axes that it names, or with a batch that is fixed", async () => {
  const squeeze = (shape: number[], ...axes: number[]) => ({
    bottoms: [shape],
    fields: `squeeze_param { ${axes.map((axis) => `axis: ${axis}`).join(" ")} }`,
  });
  await expectLayerInOnnx("Squeeze", [
    squeeze([2, 3, 1, 1], 2, 3),
    squeeze([2, 3, 1, 1], -1),
    squeeze([2, 1, 4], 1),
    { ...squeeze([2, 3, 1, 1]), batch: 2 },
    { ...squeeze([2, 3, 1, 1]), batch: 1 },
  ]);
  const net = `layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 dim: 1 } } }
    layer { name: "squeeze" type: "Squeeze" bottom: "x" top: "y" }`;
  await assert.rejects(
    exportOnnx(netFromText(net)),
    /layer 'squeeze': Expected squeeze_param \{ axis \} where the batch may be any.* but found none/,
  );
});

Deno.test("Upsample in ONNX, by repeating and by a mask", async () => {
  const mask = { shape: [2, 3, 2, 2], values: [0, 6, 9, 15] };
  await expectLayerInOnnx("Upsample", [
    { bottoms: [[2, 3, 2, 3]], fields: "upsample_param { scale: 2 }" },
    { bottoms: [[2, 3, 2, 3]], fields: "upsample_param { scale_h: 3 scale_w: 1 }" },
    { bottoms: [[2, 3, 2, 3]], fields: "upsample_param { scale: 1 }" },
    { bottoms: [[2, 3, 2, 2], mask], fields: "upsample_param { scale: 2 }" },
    { bottoms: [[2, 3, 2, 2], mask], fields: "upsample_param { upsample_h: 6 upsample_w: 5 }" },
  ]);
});
