// The layers of Faster R-CNN and R-FCN give what the Python layers of py-faster-rcnn give (rcnn_record.py asks
// them), and worked examples for those that its forks of Caffe have on a GPU only.
import assert from "node:assert/strict";
import { Net } from "../../../net/net.ts";
import type { Phase } from "../../../proto/messages.ts";
import { libcaffeTest } from "../ffi/libcaffe/built.ts";
import { assertClose, libraryNet } from "./library_net.ts";
import recorded from "./rcnn_answers.json" with { type: "json" };

interface Recorded {
  param: string;
  phase: string;
  bottoms: { shape: number[]; values: number[] }[];
  tops: { shape: number[]; values: number[] }[];
}

const PYTHON = {
  proposal: ["rpn.proposal_layer", "ProposalLayer"],
  "anchor target": ["rpn.anchor_target_layer", "AnchorTargetLayer"],
  "proposal target": ["rpn.proposal_target_layer", "ProposalTargetLayer"],
} as const;

/** The tops of a Python layer, as prototxts of py-faster-rcnn have it. */
async function topsOf(
  python: readonly [string, string],
  { param, phase, bottoms, tops }: Recorded,
  engine?: string,
): Promise<{ shape: readonly number[]; values: Float32Array }[]> {
  const names = bottoms.map((_, i) => `x${i}`);
  const inputs = bottoms.map(({ shape }, i) =>
    `layer { name: "in${i}" type: "Input" top: "x${i}" input_param { shape { ${
      shape.map((size) => `dim: ${size}`).join(" ")
    } } } }`
  );
  const [module, layer] = python;
  const text = [
    ...inputs,
    `layer { name: "layer" type: "Python" ${names.map((name) => `bottom: "${name}"`).join(" ")}`,
    tops.map((_, i) => `top: "y${i}"`).join(" "),
    `python_param { module: "${module}" layer: "${layer}" param_str: ${
      JSON.stringify(param.replaceAll(",'", "\n'"))
    } } }`,
  ].join("\n");
  using net = await Net.fromText(text, { phase: phase as Phase, seed: 1, engine });
  for (const [i, { values }] of bottoms.entries()) if (values.length > 0) net.blob(`x${i}`).data.set(values);
  net.forward();
  return tops.map((_, i) => ({ shape: [...net.blob(`y${i}`).shape], values: net.blob(`y${i}`).read() }));
}

/** Rows of all tops side by side, in the order of their numbers: chosen at random, their order is too. */
function sortedRows(tops: readonly { shape: readonly number[]; values: ArrayLike<number> }[]): string[] {
  const rows = tops[0]!.shape[0]!;
  return Array.from({ length: rows }, (_, r) =>
    tops.flatMap(({ values }) => {
      const size = values.length / rows;
      return Array.from({ length: size }, (_, i) => (values[r * size + i]! + 0).toFixed(3));
    }).join(" ")).sort();
}

for (const [name, each] of Object.entries(recorded as Record<string, Recorded>)) {
  const python = PYTHON[name.split(",")[0] as keyof typeof PYTHON];
  const test = async (engine?: string) => {
    const found = await topsOf(python, each, engine);
    const expected = each.tops.map(({ shape, values }) => ({
      shape,
      values: values.length > 0 ? values : new Array<number>(shape.reduce((a, b) => a * b)).fill(0),
    }));
    assert.deepEqual(found.map(({ shape }) => shape), expected.map(({ shape }) => shape));
    if (python[1] === "ProposalTargetLayer") return assert.deepEqual(sortedRows(found), sortedRows(expected));
    for (const [i, { values }] of found.entries()) assertClose(values, expected[i]!.values, 2e-4);
  };
  Deno.test(`Faster R-CNN's ${name}, as in Python`, () => test());
  libcaffeTest(`Faster R-CNN's ${name}, as in Python: libcaffe`, () => test("libcaffe"));
}

Deno.test("anchor and proposal targets: the random choice is bounded and follows from the seed", async () => {
  const of = (name: keyof typeof recorded, param: string) => ({ ...recorded[name] as Recorded, param });
  const anchors = of("anchor target", "'feat_stride': 16,'scales': [4],'batch_size': 20,'fg_fraction': 0.1");
  const runs = await Promise.all([anchors, anchors].map((each) => topsOf(PYTHON["anchor target"], each)));
  assert.deepEqual(runs[0], runs[1]);
  const count = (label: number) => runs[0]![0]!.values.filter((value) => value === label).length;
  assert.deepEqual([count(1), count(0)], [2, 18]);
  assert.deepEqual([...new Set(runs[0]![3]!.values)].sort(), [0, Math.fround(1 / 20)]);
  const proposals = of("proposal target", "'num_classes': 4,'batch_size': 8,'fg_fraction': 0.5");
  const [, labels] = await topsOf(PYTHON["proposal target"], proposals);
  assert.equal(labels!.values.length, 8);
  assert.equal(labels!.values.filter((label) => label > 0).length, 4);
});

Deno.test("the Python layers of Faster R-CNN refuse what they can't use", async () => {
  const each = recorded["anchor target"] as Recorded;
  await assert.rejects(
    topsOf(PYTHON["anchor target"], { ...each, param: "'feat_strid': 16" }),
    /layer 'layer': Expected param_str as AnchorTargetLayer takes it but found .*feat_stride/,
  );
  await assert.rejects(
    topsOf(["rpn.proposal_layer", "Proposal"], each),
    /Expected an exported class 'Proposal' in module 'rpn.proposal_layer' but found ProposalLayer/,
  );
  const two = { ...each.bottoms[0]!, shape: [2, 2, 9, 12] };
  await assert.rejects(
    topsOf(PYTHON["anchor target"], { ...each, bottoms: [two, ...each.bottoms.slice(1)] }),
    /Expected features of one image, \(1, C, H, W\), but found \(2, 2, 9, 12\)/,
  );
});

Deno.test("Proposal: small boxes have the score 0, items have their index, ratios and scales are given", async () => {
  using net = await libraryNet({
    type: "Proposal",
    bottoms: { scores: [2, 2, 1, 2], deltas: [2, 4, 1, 2], info: [1, 3] },
    tops: ["rois", "values"],
    param: {
      feat_stride: 8,
      base_size: 4,
      ratio: [1],
      scale: [2],
      min_size: 6,
      post_nms_topn: 5,
      nms_thresh: 0.9,
    },
  });
  // Anchors of 8 × 8 around (1.5, 1.5) and (9.5, 1.5), cut at the border: x2 and y2 are those of the pixels after them, as in the fork.
  net.forward({
    inputs: {
      scores: [0, 0, 0.25, 0.5, 0, 0, 0.75, 0.5],
      deltas: new Array<number>(16).fill(0).with(12, -1),
      info: [20, 20, 1],
    },
  });
  assert.deepEqual(net.blob("rois").shape, [4, 5]);
  assert.deepEqual([...net.blob("rois").data].slice(0, 15), [
    ...[0, 6, 0, 14, 6],
    ...[0, 0, 0, 6, 6],
    ...[1, 6, 0, 14, 6],
  ]);
  assert.deepEqual([...net.blob("values").data], [0.5, 0.25, 0.5, 0]);
});

Deno.test("PSROIPooling: each bin has channels of its own", async () => {
  using net = await libraryNet({
    type: "PSROIPooling",
    bottoms: { x: [1, 8, 4, 4], rois: [2, 5] },
    param: { spatial_scale: 0.5, output_dim: 2, group_size: 2 },
  });
  const x = Array.from({ length: 128 }, (_, i) => 100 * Math.floor(i / 16) + i % 16);
  net.forward({ inputs: { x, rois: [0, 0, 0, 7, 7, 0, 100, 100, 120, 120] } });
  // Means of a quarter each: of pixels 0, 1, 4, 5 it is 2.5.
  assert.deepEqual([...net.blob("top").data], [
    2.5,
    104.5,
    210.5,
    312.5,
    402.5,
    504.5,
    610.5,
    712.5,
    ...new Array(8).fill(0),
  ]);
});

Deno.test("BoxAnnotatorOHEM: the regions of each image with the largest losses keep their labels", async () => {
  using net = await libraryNet({
    type: "BoxAnnotatorOHEM",
    bottoms: { rois: [5, 5], loss: [5], label: [5], weights: [5, 2] },
    tops: ["labels", "boxes"],
    param: { roi_per_img: 1, ignore_label: -7 },
  });
  const rois = [0, 1, 0, 1, 0].flatMap((item) => [item, 0, 0, 1, 1]);
  net.forward({
    inputs: { rois, loss: [1, 2, 3, 5, 0], label: [4, 3, 2, 1, 0], weights: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] },
  });
  assert.deepEqual(net.blob("labels").shape, [5, 1, 1, 1]);
  assert.deepEqual([...net.blob("labels").data], [-7, -7, 2, 1, -7]);
  assert.deepEqual([...net.blob("boxes").data], [0, 0, 0, 0, 5, 6, 7, 8, 0, 0]);
});

Deno.test("the losses for hard examples give each region's loss", async () => {
  using smooth = await libraryNet({
    type: "SmoothL1LossOHEM",
    bottoms: { x: [2, 3], t: [2, 3], w: [2, 3] },
    tops: ["loss", "each"],
    more: "loss_param { normalization: NONE }",
  });
  smooth.forward({ inputs: { x: [1, 2, 3, 0.5, 0, 0], t: [0, 0, 0, 0, 1, 2], w: [1, 1, 0, 1, 1, 1] } });
  assert.deepEqual(smooth.blob("each").shape, [2]);
  assertClose(smooth.blob("each").data, [0.5 + 1.5, 0.125 + 0.5 + 1.5]);
  assertClose(smooth.blob("loss").data, [4.125]);

  using softmax = await libraryNet({
    type: "SoftmaxWithLossOHEM",
    bottoms: { x: [3, 2], t: [3] },
    tops: ["loss", "p", "each"],
    more: "loss_param { ignore_label: -1 }",
  });
  softmax.forward({ inputs: { x: [0, 0, 0, Math.log(3), 1, 1], t: [0, 1, -1] } });
  assertClose(softmax.blob("each").data, [Math.LN2, Math.log(4 / 3), 0]);
  assertClose(softmax.blob("loss").data, [(Math.LN2 + Math.log(4 / 3)) / 2]);
});
