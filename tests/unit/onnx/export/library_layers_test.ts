// Every layer of the library decides whether it is for inference, and those that are compute in ONNX what forward does.
import assert from "node:assert/strict";
import { join } from "node:path";
import * as library from "../../../../layers/mod.ts";
import { isForTraining } from "../../../../net/export/inference_layers.ts";
import { claimedTypes, layerClasses } from "../../../../script/layer/layer_classes.ts";
import { hasOnnx } from "../../../../script/layer/script_layer_onnx.ts";
import { temporaryFolder } from "../../data/fixture.ts";
import { expectLayerInOnnx, type Use } from "./one_layer.ts";

const classes = layerClasses(library, (value) => claimedTypes(value).length > 0);

/** Layers that only train, score or read data. */
const TRAINING = [
  "AnchorTarget",
  "ArcFaceLoss",
  "BoxAnnotatorOHEM",
  "CSVData",
  "CTCLoss",
  "CenterLoss",
  "ConfusionMatrix",
  "ContrastiveLoss",
  "CosinAddm",
  "DetectionEvaluate",
  "DiceLoss",
  "EuclideanLoss",
  "EvalDetection",
  "FocalLoss",
  "HingeLoss",
  "ImageFolderData",
  "InfogainLoss",
  "L1Loss",
  "LabelSmoothing",
  "LargeMarginInnerProduct",
  "LocLoss",
  "MarginInnerProduct",
  "Mixup",
  "MultiBoxLoss",
  "MultinomialLogisticLoss",
  "ProposalTarget",
  "RBoxLoss",
  "RegionLoss",
  "RoIData",
  "STLoss",
  "SegAccuracy",
  "SegmentationEvaluate",
  "SmoothL1Loss",
  "SmoothL1LossOHEM",
  "SoftmaxLoss",
  "TopKAccuracy",
  "TripletLoss",
  "YoloSeg",
  "YoloV2Loss",
  "YoloV3Loss",
  "Yolov3",
];

/** Layers that ONNX has no operators for. */
const IMPOSSIBLE = ["DenseCRF"];

const param = (value: unknown) => `script_param { param_str: '${JSON.stringify(value)}' }`;
const keeps = (...shape: number[]) => ({ shape, keeps: true });
const uses = (bottoms: Use["bottoms"], ...params: unknown[]): Use[] =>
  params.map((each) => ({ bottoms, fields: param(each) }));
/** An activation's uses. */
const shapes = (fields = ""): Use[] =>
  [[2, 3, 4, 5], [2, 3], [2, 1, 1, 1], [2, 7, 3], [2, 5, 2, 2, 2]].map((shape) => ({
    bottoms: [{ shape, range: [-6, 6] as const }],
    fields,
  }));
const FILL = { weight_filler: { type: "gaussian", std: 0.5 }, bias_filler: { type: "gaussian", std: 0.5 } };
const WEIGHTS = { weight_filler: FILL.weight_filler };
/** Gives parameters values that are not all the same. */
const vary: Use["prepare"] = (net) => {
  for (const [i, blob] of net.layer("layer").blobs.entries()) {
    blob.write(Float32Array.from({ length: blob.count }, (_, k) => 0.7 + 0.4 * Math.sin(3 * k + i)));
  }
};
const varied = (all: readonly Use[]): Use[] => all.map((use) => ({ ...use, prepare: vary }));

const TWO: readonly Use["bottoms"][] = [
  [[2, 3, 4], [2, 3, 4]],
  [[2, 1, 3], keeps(4, 1)],
  [keeps(3), [2, 3]],
  [[2, 3, 4, 5], keeps(3, 1, 1)],
  [[2, 1], [2, 6]],
];
/** Uses with each of them. The third has the batch in its second bottom only. */
const broadcast = (use: (bottoms: Use["bottoms"], i: number) => Use): Use[] =>
  TWO.map((bottoms, i) => ({ ...use(bottoms, i), ...(i === 2 ? { batches: [2] } : {}) }));
const X = [[2, 3, 4, 5]] as const;

/** Uses of each class, by its type. */
const USES: Readonly<Record<string, readonly Use[]>> = {
  Add: broadcast((bottoms) => ({ bottoms })),
  AssistedExcitation: [1, 2, 3, 4, 5].map((channels) => ({
    bottoms: [[2, channels, 4, 4], [2, 1, 1, 5], [2, 1, 4, 4]],
  })),
  BatchReduction: [
    ...uses([keeps(4, 3)], {}),
    ...uses(
      [[2, 5, 3]],
      { reduction_param: { operation: "MEAN", axis: 1 }, level: [1, 2] },
      { reduction_param: { operation: "TOPK", axis: 1, k: 2 } },
      { reduction_param: { axis: -1 } },
      { reduction_param: { axis: 1 }, level: [1] },
    ),
    ...uses([[2, 4, 3]], { reduction_param: { operation: "TOPK", axis: 1, k: 3 }, level: [2] }),
    ...uses(
      [[2, 3, 3, 2]],
      { reduction_param: { operation: "MEAN", axis: 1 }, pos: true },
      { reduction_param: { axis: 1 }, pos: true },
    ),
    ...uses([[2, 5, 5, 2]], { reduction_param: { operation: "MEAN", axis: 1 }, pos: true, level: [1] }),
  ],
  BatchReindex: [[0], [1, 0], [0, 0, 0], [0.9, 0, 0.2], [0, 0, 0, 0, 0]].map((values) => ({
    bottoms: [[2, 3, 2], { shape: [values.length], values, keeps: true }],
    batches: values.includes(1) ? [3] : [1, 3],
  })),
  BatchToSpaceND: [
    // Not every batch can be taken apart.
    { bottoms: [[12, 2, 3, 2]], batches: [12], fields: param({ block_shape: [2, 3], crops: [0, 1, 2, 1] }) },
    { bottoms: [[4, 2]], batches: [4], fields: param({ block_shape: [2], crops: [0, 0] }) },
    { bottoms: [[4, 3, 2]], batches: [4], fields: param({ block_shape: [2, 2], crops: [1, 0, 0, 1] }) },
    { bottoms: [[3, 2, 2]], batches: [3], fields: param({ block_shape: [3], crops: [1, 1] }) },
    { bottoms: [[2, 2, 2, 2]], batches: [1, 3], fields: param({ block_shape: [1, 1], crops: [0, 0, 1, 0] }) },
  ],
  BroadcastEltwise: broadcast((bottoms, operation) => ({
    bottoms: bottoms.map((bottom) => ({
      ...("shape" in bottom ? bottom : { shape: bottom as readonly number[] }),
      range: [1, 3] as const,
    })),
    fields: param({ operation, coeff: [2, -0.5] }),
  })),
  ChannelScale: [
    { bottoms: [X[0], [2, 1, 4, 5]] },
    { bottoms: [[2, 4], [2, 1]] },
    { bottoms: [X[0], [2, 4, 5]] },
    { bottoms: [X[0], [2, 1, 4, 5]], fields: param({ do_forward: false }) },
    { bottoms: [X[0], [2, 1, 4, 5]], fields: param({ global_scale: true }), tops: 2, prepare: vary },
    { bottoms: [X[0], [2, 1, 4, 5]], fields: param({ global_scale: true }) },
  ],
  Cutout: shapes(param({ length: 2 })).map((use) => ({ ...use, bottoms: [[2, 2, 3, 4]] })),
  DarknetReorg: [[4, 2, 4], [8, 2, 2], [4, 4, 6], [12, 2, 6], [16, 4, 4]].map((shape) => ({
    bottoms: [[2, ...shape]],
  })),
  DepthToSpace: [
    ...uses([[2, 2, 3, 8]], { block_size: 2 }, { block_size: 1 }),
    ...uses([[2, 8, 2, 3]], ...["NCHW", "DCR", "CRD"].map((data_format) => ({ block_size: 2, data_format }))),
    ...uses([[2, 9, 2, 3]], { block_size: 3, data_format: "CRD" }),
  ],
  Filter: [[1, 0, 2], [0, 1, 1], [1, 1, 1], [-1, 0, 0], [0.5, 0.5, 0]].map((values, i) => ({
    bottoms: [[3, 3], [3, 2, 2], { shape: i % 2 === 0 ? [3] : [3, 1, 1], values }],
    tops: 2,
    batches: [3],
  })),
  Flip: [
    ...uses([X[0]], {}, { flip_height: true }, { flip_width: false, flip_height: true }),
    ...uses([X[0]], { flip_width: false }),
    ...uses([[2, 3, 4]], { flip_height: true }),
  ],
  GELU: shapes(),
  Gather: [
    ...uses([[2, 4, 3]], { indices: [3, 0, 0, 1, 2, 2], shape: [2, 3], axis: 1 }, {
      indices: [2],
      shape: [1],
      axis: 2,
    }),
    ...uses([[2, 4]], { indices: [1], shape: [0], axis: -1 }, { indices: [3, 1], shape: [2], axis: 1 }),
    { bottoms: [[2, 3], [2, 2]], tops: 2 },
  ],
  GroupNorm: varied([
    ...uses([[2, 4, 3, 3]], { groups: 2 }, { groups: 4, affine: false }, { groups: 1, epsilon: 0.1 }),
    ...uses([[2, 6, 5]], { groups: 3 }, { groups: 6 }),
    ...uses([[2, 4]], { groups: 2 }),
  ]),
  ICNetSubgraph: [[12, 11], [4, 6], [33, 65], [17, 40], [20, 9]].map((size) => ({
    bottoms: [[2, 2, ...size]],
    batches: [2],
  })),
  InnerDistance: [
    ...uses(
      [[2, 2, 3]],
      ...["L1", "L2"].map((distance_type) => ({ num_output: 3, distance_type, ...WEIGHTS })),
    ),
    ...uses([[2, 2, 3]], { num_output: 4, axis: 2, ...WEIGHTS }, {
      num_output: 2,
      normalize: true,
      ...WEIGHTS,
    }),
    { bottoms: [[2, 5], keeps(3, 5)] },
    { bottoms: [[2, 5], keeps(3, 5)], fields: param({ distance_type: "L1" }) },
  ],
  L2Normalize: [
    ...uses([X[0]], {}, { axis: 2 }, { axis: -1 }, { axis: 1, epsilon: 100 }),
    ...uses([[2, 3]], {}),
  ],
  LabelSpecificAdd: [1, 2].flatMap((tops) =>
    [[2, 5], [2, 3], [2, 4, 1]].map((shape) => ({
      bottoms: [shape, { shape: [2], values: [1] }],
      fields: param({ bias: 2 }),
      tops,
    }))
  ),
  LayerNorm: varied([
    ...uses([X[0]], {}, { axis: 1 }, { axis: 2, epsilon: 0.1 }, { axis: 2, affine: false }),
    ...uses([[2, 6]], {}),
  ]),
  Lstm: [
    ...uses([[3, 2, 4]], { num_output: 3, ...FILL }, { num_output: 1, ...FILL }),
    ...uses([[3, 2, 2, 2]], { num_output: 3, ...FILL }),
    ...[[0, 1, 0, 1], [0, 0, 1, 1], [0, 0, 1, 0, 1]].map((values) => ({
      bottoms: [[4, 2, 3], { shape: [4, 2], values }],
      fields: param({ num_output: 2, ...FILL }),
      batches: [4],
    })),
  ],
  Mish: shapes(),
  Mul: [...broadcast((bottoms) => ({ bottoms })), ...varied(uses([[2, 3, 2]], { mul_shape: [3, 1] }))],
  NormL2: [[2, 4], [2, 3, 2, 2], [2, 1], [2, 3, 2], [2, 8]].map((shape) => ({ bottoms: [shape] })),
  Normalize: [
    ...varied(
      [true, false].flatMap((across_spatial) =>
        [true, false].flatMap((channel_shared) => uses([X[0]], { across_spatial, channel_shared, eps: 0.01 }))
      ),
    ),
    ...varied(uses([[2, 6]], { across_spatial: false, channel_shared: false })),
    { bottoms: [X[0]], tops: 2 },
    { bottoms: [X[0]], fields: 'normalize_param { normalize_type: "L1" }', tops: 2 },
    { bottoms: [X[0]], fields: 'normalize_param { normalize_type: "L2" }' },
  ],
  Pad: [
    ...uses([[2, 3]], { paddings: [0, 0, 1, 2], constant_values: 0.5 }, { paddings: [1, 0, 0, 0] }),
    ...uses([[2, 2, 3, 3]], { paddings: [0, 0, 0, 1, 2, 0, 1, 1] }, { paddings: [0, 0, 0, 0, 0, 0, 0, 0] }),
    ...uses([[2, 3, 4]], { paddings: [0, 0, 1, 1, 2, 2], constant_values: -1 }),
  ],
  PadTensor: uses(
    [[2, 2, 2, 3]],
    { pad_t: 1, pad_b: 0, pad_l: 2, pad_r: 1 },
    {},
    { pad_t: 3 },
    { pad_r: 2 },
    { pad_b: 1, pad_l: 1 },
  ),
  PixelShuffle: [
    ...uses([[2, 8, 2, 3]], {}, { upscale_factor: 1 }),
    ...uses([[2, 9, 2, 3]], { upscale_factor: 3 }),
    ...uses([[2, 2, 6, 3]], { upscale_factor: 3, inverse: true }),
    ...uses([[2, 2, 6, 4]], { inverse: true }),
  ],
  Region: [true, false].flatMap((softmax) =>
    [[2, 2, 3], [1, 4, 2], [3, 1, 1]].map(([boxes = 0, height = 0, width = 0]) => ({
      bottoms: [[2, boxes * 7, height, width]],
      fields: param({ classes: 2, boxes_of_each_grid: boxes, softmax }),
    }))
  ),
  ResizeBilinear: [
    ...uses([[2, 3, 4, 3]], { scale_height: 2, scale_width: 1.5 }, { output_height: 2, output_width: 2 }),
    ...["align_corners", "half_pixel_centers", "pytorch_half_pixel"].flatMap((way) =>
      uses(
        [[2, 2, 4, 3]],
        { output_height: 2, output_width: 5, data_format: "NCHW", [way]: true },
        { output_height: 1, output_width: 1, data_format: "NCHW", [way]: true },
        { scale_height: 3, [way]: true },
      )
    ),
    ...uses([[2, 2, 2, 3, 2]], { scale_height: 2, output_depth: 5, data_format: "NCHWD" }),
  ],
  ResizeNearestNeighbor: [
    ...uses(
      [[2, 3, 4, 3]],
      { scale_height: 2, scale_width: 2 },
      { output_height: 5, output_width: 7, align_corners: true, data_format: "NCHW" },
      { output_height: 2, output_width: 7, half_pixel_centers: true },
      { output_height: 2, output_width: 7, half_pixel_onnx: true },
      { output_height: 7, output_width: 3, data_format: "NCHW" },
    ),
  ],
  Reverse: [
    ...uses([[3, 2, 2]], {}, { axis: [0] }),
    ...uses([[2, 3, 4]], { axis: [1, 2] }, { axis: [2] }, { axis: [0, 1, 2] }),
  ],
  SPP: ["MAX", "AVE"].flatMap((pool) =>
    [[7, 6, 1], [7, 6, 3], [8, 8, 3], [5, 9, 2], [13, 11, 3]].map((
      [height = 0, width = 0, pyramid_height],
    ) => ({
      bottoms: [[2, 2, height, width]],
      fields: param({ pyramid_height, pool }),
    }))
  ),
  SeLU: [...shapes(), ...uses([[2, 3]], { lambda: 2, alpha: 0.5 })],
  SeLUDropout: shapes(),
  SelfAttention: uses(
    [[2, 3, 4]],
    { heads: 1 },
    { heads: 2 },
    { heads: 4, causal: true },
    { heads: 1, bias: false },
    { heads: 2, causal: true, bias: false },
  ).map((use, i) => ({ ...use, ...(i % 2 === 0 ? { prepare: vary } : {}) })),
  SpaceToBatchND: [
    ...uses([[2, 3, 4, 2]], { block_shape: [2, 3], paddings: [0, 1, 1, 1] }),
    {
      bottoms: [[2, 3, 4, 2]],
      fields: param({ block_shape: [2, 3], paddings: [0, 1, 1, 1] }),
      more: `layer { name: "back" type: "BatchToSpaceND" bottom: "t0" top: "back" ${
        param({ block_shape: [2, 3], crops: [0, 1, 1, 1] })
      } }`,
    },
    ...uses([[2, 4]], { block_shape: [2], paddings: [0, 0] }, { block_shape: [1], paddings: [2, 1] }),
    ...uses([[2, 2, 2]], { block_shape: [2, 2], paddings: [0, 0, 2, 0] }),
    ...uses([[2, 3, 2, 2]], { block_shape: [3], paddings: [0, 0] }),
  ],
  SpatialDropout: uses([X[0]], {}, { dropout_ratio: 0.3 }, { p: "0.2" }, { p: 0.5 }, { phase: "TEST" }),
  SpatialTransformer: [
    { bottoms: [[2, 2, 4, 3], { shape: [2, 6], values: [0.83, 0.11, 0.07, -0.09, 0.71, 0.13] }] },
    { bottoms: [[2, 1, 5, 5], { shape: [2, 6], values: [1.4, 0.3, -0.2, 0.5, -1.2, 0.4] }] },
    { bottoms: [[2, 2, 4, 3], { shape: [2, 6], values: [1, 0, 0, 0, 1, 0] }] },
    {
      bottoms: [[2, 1, 3, 3], { shape: [2, 2], values: [0.13, 0.21] }],
      fields: param({
        output_H: 2,
        output_W: 4,
        theta_1_1: 0.61,
        theta_1_2: 0,
        theta_2_1: 0,
        theta_2_2: 0.57,
      }),
    },
    {
      bottoms: [[2, 3, 4, 6], { shape: [2, 3], values: [0.5, 0.9, -0.3, 0.2] }],
      fields: param({ output_W: 3, theta_1_1: 0.9, theta_2_1: 0.1, theta_2_3: -0.1 }),
    },
  ],
  TensorShape: [[2, 3, 4, 5], [2], [2, 3], [2, 1, 1], [2, 2, 2, 2, 2]].map((shape) => ({ bottoms: [shape] })),
  Transpose: [
    ...uses([[2, 3, 4]], { dim: [1, 2, 0] }, { dim: [0, 2, 1] }),
    ...uses([[2, 3, 2, 2]], { dim: [0, 3, 1, 2] }, { dim: [3, 2, 1, 0] }, { dim: [0, 1, 2, 3] }),
  ],
  UpsampleDarknet: [1, 2, 3, 4, 5].map((stride) => ({ bottoms: [[2, 3, 2, 3]], fields: param({ stride }) })),
};

/** Types that have tests of their own. */
const ELSEWHERE = [
  "DetectionOutput",
  "PSROIPooling",
  "PowerFile",
  "PriorBox",
  "Proposal",
  "ROIAlign",
  "ROIPooling",
  "Upsample",
  "YoloDetectionOutput",
  "Yolov3DetectionOutput",
];

Deno.test("each layer of the library is for training only, or says what it is in ONNX and is compared", () => {
  const types = [...classes.values()].map((value) => ({ type: value.type!, says: hasOnnx(value) }));
  const saying = types.flatMap(({ type, says }) => says ? [type] : []);
  const silent = types.flatMap(({ type, says }) => says ? [] : [type]);
  assert.deepEqual(silent.toSorted(), [...TRAINING, ...IMPOSSIBLE].toSorted());
  assert.deepEqual(saying.toSorted(), [...Object.keys(USES), ...ELSEWHERE].toSorted());
});

Deno.test("layers of the library that are for training only are left out of a model", () => {
  assert.deepEqual(TRAINING.filter((type) => !isForTraining(type)), []);
  assert.deepEqual([...Object.keys(USES), ...ELSEWHERE].filter(isForTraining), []);
});

for (const [type, all] of Object.entries(USES)) {
  Deno.test(`${type} in ONNX`, async () => {
    assert.ok(all.length >= 5);
    await expectLayerInOnnx(type, all);
  });
}

Deno.test("Upsample of the library in ONNX", async () => {
  const module = new URL("../../../../layers/upsample.ts", import.meta.url).href;
  await expectLayerInOnnx(
    "Script",
    [
      { scale: 2 },
      { scale: [1.5, 2.6] },
      { size: [3, 9] },
      { mode: "bilinear" },
      { size: [7, 3], mode: "bilinear", align_corners: true },
      { size: [1, 1], mode: "bilinear", align_corners: true },
      { scale: 0.6, mode: "bilinear" },
    ].map((each) => ({
      bottoms: [[2, 3, 4, 5]],
      fields: `script_param { module: "${module}" layer: "UpsampleLayer" param_str: '${
        JSON.stringify(each)
      }' }`,
    })),
  );
});

Deno.test("PowerFile in ONNX", async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, "shift.txt");
  Deno.writeTextFileSync(file, "1 -0.5\n2.25 3 4 5 6 7 8\n");
  const fields = `power_file_param { shift_file: ${JSON.stringify(file)} }`;
  await expectLayerInOnnx("PowerFile", [
    ...[[2, 3], [2, 9], [2, 3, 2, 2], [2, 1]].map((shape) => ({ bottoms: [shape], fields })),
    { bottoms: [[2, 4]] },
    { bottoms: [[2, 4]], fields, inPlace: true },
  ]);
});
