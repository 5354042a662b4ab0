import {
  type Bottom,
  distinct,
  labels,
  type LayerCase,
  layerCases,
  type LayerConfig,
} from "../layer_case.ts";
import type { Values } from "../values.ts";

// Caffe's types that the embedded engine has from the library of TypeScript layers.

/** Probabilities, none of them 0. */
const probabilities = (...shape: number[]): Bottom => ({
  shape,
  values: { kind: "uniform", min: 0.05, max: 0.95 },
});

/** Whether pairs are of one class. */
const alike = (...shape: number[]): Bottom => labels(shape, 2);

const given = (...values: number[]): Values => ({ kind: "given", values });

/**
 * Cases of a layer some of whose bottoms have no gradient and, other than labels, end libcaffe's process if
 * one is asked for. So `force_backward` is left out, and a Bias layer before each of the others asks.
 */
function casesBehindBias(type: string, configs: readonly LayerConfig[]): LayerCase[] {
  return layerCases(type, configs).map((each) => {
    const asks = Object.keys(each.inputs ?? {});
    const constant = new Set(each.constant);
    const names = [...each.net.matchAll(/name: "in(\d+)"/g)].map(([, i]) => `x${i}`);
    const biases = names.filter((name) => !constant.has(name)).map((name) =>
      `layer { name: "bias_${name}" type: "Bias" bottom: "${name}" top: "z_${name}" bias_param { axis: 0 num_axes: -1 } }`
    );
    const [, ...lines] = each.net.split("\n");
    const layer = lines.pop()!.replaceAll(
      /bottom: "(x\d+)"/g,
      (whole, name) => constant.has(name) ? whole : `bottom: "z_${name}"`,
    );
    return {
      ...each,
      net: [...lines, ...biases, layer].join("\n"),
      inputs: each.inputs && Object.fromEntries(asks.map((name) => [name, each.inputs![name]!])),
      constant: names,
    };
  });
}

/** Caffe's types of the library. */
export const libraryCases: LayerCase[] = [
  ...layerCases("ContrastiveLoss", [
    { what: "2 axes", bottoms: [[5, 7], [5, 7], alike(5)] },
    { what: "one value", bottoms: [[6, 1], [6, 1], alike(6)] },
    { what: "4 axes, one pair", bottoms: [[1, 5, 1, 1], [1, 5, 1, 1], alike(1, 1, 1, 1)] },
    {
      what: "margin",
      bottoms: [[9, 4], [9, 4], alike(9)],
      param: "contrastive_loss_param { margin: 3 }",
    },
    {
      what: "legacy version, loss weight",
      bottoms: [[9, 3], [9, 3], alike(9)],
      param: "loss_weight: 0.5 contrastive_loss_param { legacy_version: true margin: 5 }",
    },
    {
      what: "legacy version, no pair within the margin",
      bottoms: [[4, 3], [4, 3], { shape: [4], gradient: false, values: given(0) }],
      param: "contrastive_loss_param { legacy_version: true margin: 0.01 }",
    },
    {
      what: "equal pairs",
      bottoms: [
        { shape: [4, 3], values: given(1, 2, 3) },
        { shape: [4, 3], values: given(1, 2, 3) },
        alike(4),
      ],
    },
    {
      what: "pairs so near that the distance's floor counts",
      bottoms: [
        { shape: [4, 3], values: given(1, 2, 3) },
        { shape: [4, 3], values: given(1.0001, 2, 3) },
        { shape: [4], gradient: false, values: given(0) },
      ],
      tolerance: 1e-3,
      why: "the difference of the values has few digits",
    },
    {
      what: "labels between 0 and 1 are 0",
      bottoms: [[4, 3], [4, 3], { shape: [4], gradient: false, values: given(0.5, 1.5, -0.5, 0) }],
    },
  ]),
  ...layerCases("HingeLoss", [
    { what: "L1", bottoms: [[5, 7], labels([5], 7)] },
    { what: "L2", bottoms: [[5, 7], labels([5], 7)], param: "hinge_loss_param { norm: L2 }" },
    { what: "one class", bottoms: [[4, 1], labels([4], 1)] },
    { what: "4 axes", bottoms: [[3, 4, 1, 1], labels([3, 1, 1, 1], 4)] },
    { what: "every value of an item is a class", bottoms: [[3, 2, 3, 2], labels([3], 12)] },
    {
      what: "L2, loss weight",
      bottoms: [[6, 3], labels([6], 3)],
      param: "loss_weight: 2.5 hinge_loss_param { norm: L2 }",
    },
    {
      what: "margins that are not reached",
      bottoms: [{ shape: [4, 3], values: given(3, -3, -4) }, {
        shape: [4],
        gradient: false,
        values: given(0),
      }],
    },
    {
      what: "L2, values far apart",
      bottoms: [{ shape: [6, 5], values: { kind: "normal", scale: 50 } }, labels([6], 5)],
      param: "hinge_loss_param { norm: L2 }",
    },
    {
      what: "loss_param has no effect",
      bottoms: [[6, 4], labels([6], 4)],
      param: "loss_param { ignore_label: 1 normalization: NONE }",
    },
  ]),
  ...casesBehindBias("InfogainLoss", [
    { what: "2 axes", bottoms: [[5, 4], labels([5], 4), { shape: [4, 4], gradient: false }] },
    {
      what: "each pixel",
      bottoms: [[2, 3, 3, 5], labels([2, 1, 3, 5], 3), { shape: [1, 1, 3, 3], gradient: false }],
    },
    {
      what: "the last axis",
      bottoms: [[2, 3, 4], labels([2, 3], 4), { shape: [16], gradient: false }],
      param: "infogain_loss_param { axis: -1 }",
    },
    {
      what: "the first axis",
      bottoms: [[3, 2, 3], labels([3, 2], 3), { shape: [3, 3], gradient: false }],
      param: "infogain_loss_param { axis: 0 } loss_param { normalization: FULL }",
    },
    {
      what: "ignored labels, VALID",
      bottoms: [[4, 3, 5], labels([4, 5], 3, 255), { shape: [3, 3], gradient: false }],
      param: "loss_param { ignore_label: 255 }",
    },
    {
      what: "ignored labels, BATCH_SIZE, loss weight",
      bottoms: [[4, 3, 5], labels([4, 5], 3, -1), { shape: [3, 3], gradient: false }],
      param: "loss_weight: 2 loss_param { ignore_label: -1 normalization: BATCH_SIZE }",
    },
    {
      what: "NONE, the identity",
      bottoms: [[4, 2], labels([4], 2), { shape: [2, 2], gradient: false, values: given(1, 0, 0, 1) }],
      param: "loss_param { normalization: NONE }",
    },
    {
      what: "all labels ignored",
      bottoms: [
        [3, 4],
        { shape: [3], gradient: false, values: given(2) },
        { shape: [4, 4], gradient: false },
      ],
      param: "loss_param { ignore_label: 2 }",
    },
    {
      what: "values far apart",
      bottoms: [{ shape: [6, 5], values: { kind: "normal", scale: 50 } }, labels([6], 5), {
        shape: [5, 5],
        gradient: false,
      }],
    },
    {
      what: "the matrix from a file",
      bottoms: [[5, 3], labels([5], 3)],
      param: 'infogain_loss_param { source: "tests/conformance/cases/infogain_3.binaryproto" }',
    },
    {
      what: "the matrix from a file, softmax_param has no effect",
      bottoms: [[2, 3, 4], labels([2, 4], 3)],
      param:
        'infogain_loss_param { source: "tests/conformance/cases/infogain_3.binaryproto" } softmax_param { axis: 2 }',
    },
  ]),
  ...layerCases("MultinomialLogisticLoss", [
    { what: "2 axes", bottoms: [probabilities(5, 7), labels([5], 7)] },
    { what: "4 axes", bottoms: [probabilities(3, 4, 1, 1), labels([3, 1, 1, 1], 4)] },
    { what: "every value of an item is a class", bottoms: [probabilities(3, 2, 3, 2), labels([3], 12)] },
    { what: "one item", bottoms: [probabilities(1, 3), labels([1], 3)] },
    { what: "one class", bottoms: [probabilities(4, 1), labels([4], 1)] },
    { what: "loss weight", bottoms: [probabilities(6, 3), labels([6], 3)], param: "loss_weight: 0.25" },
    {
      what: "a probability of 0",
      bottoms: [{ shape: [4, 3], values: given(0, 0.5, 0.5, 1, 0, 0) }, labels([4], 3)],
    },
    {
      what: "a negative probability, certainty",
      bottoms: [{ shape: [2, 2], values: given(-1, 2, 0, 1) }, {
        shape: [2],
        gradient: false,
        values: given(0, 1),
      }],
    },
    {
      what: "loss_param has no effect",
      bottoms: [probabilities(6, 4), labels([6], 4)],
      param: "loss_param { ignore_label: 1 normalization: NONE }",
    },
  ]),
  ...casesBehindBias("BatchReindex", [
    { what: "a permutation", bottoms: [[4, 3], { shape: [4], gradient: false, values: given(2, 0, 3, 1) }] },
    { what: "fewer items", bottoms: [[5, 2, 3], { shape: [2], gradient: false, values: given(4, 1) }] },
    { what: "more items", bottoms: [[2, 3, 1, 2], labels([7], 2)] },
    { what: "one item many times", bottoms: [[3, 5], { shape: [6], gradient: false, values: given(1) }] },
    { what: "one axis", bottoms: [[5], labels([9], 5)] },
    { what: "one item", bottoms: [[1, 4], { shape: [1], gradient: false, values: given(0) }] },
    { what: "5 axes", bottoms: [[3, 2, 1, 2, 3], labels([4], 3)] },
    {
      what: "indices are cut off",
      bottoms: [[3, 4], { shape: [3], gradient: false, values: given(0.9, 2.5, 1.1) }],
    },
    { what: "many", bottoms: [[17, 13], labels([40], 17)] },
  ]),
  ...layerCases("SPP", [
    { what: "one level", bottoms: [distinct(2, 3, 5, 7)], param: "spp_param { pyramid_height: 1 }" },
    { what: "2 levels", bottoms: [distinct(2, 3, 6, 6)], param: "spp_param { pyramid_height: 2 }" },
    {
      what: "3 levels, odd sizes",
      bottoms: [distinct(2, 2, 7, 11)],
      param: "spp_param { pyramid_height: 3 }",
    },
    {
      what: "means, one level",
      bottoms: [[3, 2, 5, 4]],
      param: "spp_param { pyramid_height: 1 pool: AVE }",
    },
    {
      what: "means, 3 levels, odd sizes",
      bottoms: [[2, 2, 13, 9]],
      param: "spp_param { pyramid_height: 3 pool: AVE }",
    },
    {
      what: "4 levels, fewer bins",
      bottoms: [distinct(1, 2, 20, 20)],
      param: "spp_param { pyramid_height: 4 }",
    },
    {
      what: "means, 4 levels, fewer bins",
      bottoms: [[1, 2, 20, 27]],
      param: "spp_param { pyramid_height: 4 pool: AVE }",
    },
    {
      what: "one channel, one item",
      bottoms: [distinct(1, 1, 4, 8)],
      param: "spp_param { pyramid_height: 3 }",
    },
    {
      what: "ties",
      bottoms: [{ shape: [2, 2, 6, 6], values: { kind: "labels", classes: 2 } }],
      param: "spp_param { pyramid_height: 2 }",
    },
    {
      what: "engine",
      bottoms: [distinct(1, 2, 4, 4)],
      param: "spp_param { pyramid_height: 2 engine: CAFFE }",
    },
  ]),
  ...casesBehindBias("Filter", [
    { what: "some", bottoms: [[5, 3], { shape: [5], gradient: false, values: given(1, 0, 1, 1, 0) }] },
    { what: "all", bottoms: [[4, 2], { shape: [4], gradient: false, values: given(1) }] },
    {
      what: "the last one",
      bottoms: [[4, 2, 3], { shape: [4], gradient: false, values: given(0, 0, 0, 1) }],
    },
    {
      what: "the first one",
      bottoms: [[4, 2, 3], { shape: [4, 1], gradient: false, values: given(1, 0, 0, 0) }],
    },
    {
      what: "none",
      bottoms: [[4, 2], { shape: [4], gradient: false, values: given(0) }],
      backward: false,
    },
    {
      what: "two bottoms, any number but 0",
      bottoms: [[5, 3], [5, 2, 2], { shape: [5, 1, 1, 1], gradient: false, values: given(0, -1, 0.5, 0, 7) }],
      tops: 2,
    },
    { what: "one axis", bottoms: [[6], { shape: [6], gradient: false, values: given(0, 1, 1) }] },
    { what: "4 axes", bottoms: [[3, 2, 3, 5], { shape: [3], gradient: false, values: given(1, 0, 1) }] },
    {
      what: "a bottom without a gradient",
      bottoms: [{ shape: [4, 2], gradient: false }, [4, 3], {
        shape: [4],
        gradient: false,
        values: given(0, 1, 1, 0),
      }],
      tops: 2,
    },
  ]),
];
