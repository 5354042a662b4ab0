import { expectLayerInOnnx, type Use } from "./one_layer.ts";

const param = (value: unknown) => `script_param { param_str: '${JSON.stringify(value)}' }`;

/** Regions of up to two items: whole pixels, halves, fractions, outside of the image, and one of no size. */
const REGIONS = [
  [0, 0, 0, 3, 3],
  [0, 4, 4, 7, 7],
  [0, 1, 0.5, 2.5, 6.5],
  [0, -3.5, -2, 5, 20],
  [0, 2, 2, 2, 2],
  [0, 0.3, 1.7, 6.2, 5.1],
  [0, 30, 30, 40, 40],
  [0, 5, 5, 3, 2],
].flat();
const rois = { shape: [8, 5], values: REGIONS, keeps: true };
const ofTwo = { shape: [8, 5], values: REGIONS.map((value, i) => i % 10 === 0 ? 1 : value), keeps: true };

Deno.test("ROIPooling in ONNX, with the rounding of Caffe", async () => {
  const uses = [
    { pooled_h: 2, pooled_w: 3 },
    { pooled_h: 7, pooled_w: 7, spatial_scale: 0.5 },
    { pooled_h: 1, pooled_w: 1, spatial_scale: 0.0625 },
    { pooled_h: 3, pooled_w: 2, spatial_scale: 1.5 },
    { pooled_h: 6, pooled_w: 6, spatial_scale: 0.25 },
  ].map((each): Use => ({ bottoms: [[2, 3, 8, 9], rois], fields: param(each) }));
  await expectLayerInOnnx("ROIPooling", [...uses, {
    bottoms: [[2, 3, 8, 9], ofTwo],
    fields: "roi_pooling_param { pooled_h: 2 pooled_w: 2 spatial_scale: 0.5 }",
    batches: [2, 3],
  }]);
});

Deno.test("ROIAlign in ONNX", async () => {
  const uses = [
    { pooled_h: 2, pooled_w: 3 },
    { pooled_h: 3, pooled_w: 3, spatial_scale: 0.5, sampling_ratio: 2 },
    { pooled_h: 2, pooled_w: 2, aligned: true },
    { pooled_h: 3, pooled_w: 1, spatial_scale: 0.25, sampling_ratio: 3, aligned: true },
    { pooled_h: 1, pooled_w: 1, spatial_scale: 1.5 },
  ].map((each): Use => ({ bottoms: [[2, 3, 8, 9], rois], fields: param(each) }));
  await expectLayerInOnnx("ROIAlign", [
    ...uses,
    { bottoms: [[2, 3, 8, 9], ofTwo], fields: param({ pooled_h: 2, pooled_w: 2 }), batches: [2] },
  ]);
});

Deno.test("PSROIPooling in ONNX, with the rounding of R-FCN", async () => {
  const use = (channels: number, each: object, more: Partial<Use> = {}): Use => ({
    bottoms: [[2, channels, 8, 9], rois],
    fields: param(each),
    ...more,
  });
  await expectLayerInOnnx("PSROIPooling", [
    use(8, { spatial_scale: 0.5, output_dim: 2, group_size: 2 }),
    use(9, { spatial_scale: 1, output_dim: 1, group_size: 3 }),
    use(3, { spatial_scale: 0.25, output_dim: 3, group_size: 1 }),
    use(49, { spatial_scale: 0.0625, output_dim: 1, group_size: 7 }),
    use(8, { spatial_scale: 1.5, output_dim: 2, group_size: 2 }, {
      bottoms: [[2, 8, 8, 9], ofTwo],
      batches: [2, 3],
    }),
  ]);
});

Deno.test("Proposal in ONNX, of forks and of Python, with one image size or one for each item", async () => {
  const use = (each: object, more: Partial<Use> = {}): Use => ({
    bottoms: [
      { shape: [2, 18, 3, 4], range: [0, 1] },
      { shape: [2, 36, 3, 4], range: [-0.6, 0.6] },
      { shape: [1, 3], values: [200, 300, 1], keeps: true },
    ],
    fields: param(each),
    ...more,
  });
  const few = { ratio: [1], scale: [2, 4], feat_stride: 8 };
  const small = (values: readonly number[], columns: number, keeps: boolean): Use["bottoms"] => [
    { shape: [2, 4, 5, 3], range: [0, 1] },
    { shape: [2, 8, 5, 3], range: [-1, 1] },
    { shape: [keeps ? 1 : 2, columns], values, keeps },
  ];
  await expectLayerInOnnx("Proposal", [
    use({}),
    use({ nms_thresh: 0.3, post_nms_topn: 7 }, { tops: 2 }),
    use({ pre_nms_topn: 20, min_size: 100 }, { tops: 2 }),
    use({ ...few, min_size: 20 }, { bottoms: small([40, 30, 1], 3, true), tops: 2 }),
    use({ ...few, nms_thresh: 0.5, min_size: 6 }, {
      bottoms: small([40, 30, 1, 2, 50, 60, 2, 1], 4, false),
      tops: 2,
    }),
  ]);
  const python = (text: string) =>
    `python_param { module: "rpn.proposal_layer" layer: "ProposalLayer" param_str: "${text}" }`;
  await expectLayerInOnnx("Python", [
    {
      bottoms: small([40, 30, 1], 3, true),
      fields: python("'feat_stride': 8\\n'scales': [2, 4]\\n'ratios': [1]\\n'min_size': 20"),
      tops: 2,
    },
    {
      bottoms: small([40, 30, 1.5], 3, true),
      fields: python("{'feat_stride': 8, 'scales': [2, 4], 'ratios': [1]}"),
    },
  ]);
});
