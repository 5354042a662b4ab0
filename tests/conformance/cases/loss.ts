import { type Bottom, labels, type LayerCase, layerCases } from "../layer_case.ts";

/** Targets between 0 and 1. */
const targets = (...shape: number[]): Bottom => ({
  shape,
  gradient: false,
  values: { kind: "uniform", min: 0, max: 1 },
});

/** Losses and scores. */
export const lossCases: LayerCase[] = [
  // No case has a second top: libcaffe ends the process for any net that asks for it (BVLC/caffe#2968).
  ...layerCases("SoftmaxWithLoss", [
    { what: "2 axes", bottoms: [[5, 7], labels([5], 7)] },
    { what: "each pixel", bottoms: [[2, 5, 3, 4], labels([2, 1, 3, 4], 5)] },
    {
      what: "ignored labels",
      bottoms: [[2, 4, 5, 3], labels([2, 5, 3], 4, 255)],
      param: "loss_param { ignore_label: 255 }",
    },
    {
      what: "ignored labels, FULL",
      bottoms: [[3, 4, 5], labels([3, 5], 4, -1)],
      param: "loss_param { ignore_label: -1 normalization: FULL }",
    },
    {
      what: "BATCH_SIZE",
      bottoms: [[3, 4, 2, 5], labels([3, 2, 5], 4)],
      param: "loss_param { normalization: BATCH_SIZE }",
    },
    {
      what: "NONE",
      bottoms: [[3, 4, 2, 5], labels([3, 2, 5], 4)],
      param: "loss_param { normalization: NONE }",
    },
    {
      what: "normalize: false",
      bottoms: [[6, 3, 4], labels([6, 4], 3)],
      param: "loss_param { normalize: false }",
    },
    {
      what: "all labels ignored",
      bottoms: [[3, 4], { shape: [3], gradient: false, values: { kind: "given", values: [2] } }],
      param: "loss_param { ignore_label: 2 }",
    },
    {
      what: "the last axis, loss weight",
      bottoms: [[2, 3, 6], labels([2, 3], 6)],
      param: "loss_weight: 0.5 softmax_param { axis: -1 }",
    },
    {
      what: "values far apart",
      bottoms: [{ shape: [6, 5], values: { kind: "normal", scale: 50 } }, labels([6], 5)],
    },
    { what: "5 axes", bottoms: [[2, 3, 2, 2, 3], labels([2, 2, 2, 3], 3)] },
  ]),
  ...layerCases("SigmoidCrossEntropyLoss", [
    { what: "2 axes", bottoms: [[5, 6], targets(5, 6)] },
    { what: "4 axes", bottoms: [[2, 3, 4, 5], targets(2, 3, 4, 5)] },
    {
      what: "ignored targets, VALID",
      bottoms: [[4, 6], labels([4, 6], 2, 255)],
      param: "loss_param { ignore_label: 255 normalization: VALID }",
    },
    {
      what: "ignored targets, FULL, loss weight",
      bottoms: [[3, 7], labels([3, 7], 2, -1)],
      param: "loss_weight: 3 loss_param { ignore_label: -1 normalization: FULL }",
    },
    { what: "NONE", bottoms: [[3, 4, 2], targets(3, 4, 2)], param: "loss_param { normalization: NONE }" },
    { what: "normalize", bottoms: [[3, 4, 2], targets(3, 4, 2)], param: "loss_param { normalize: true }" },
    {
      what: "values far apart",
      bottoms: [{ shape: [6, 5], values: { kind: "normal", scale: 40 } }, labels([6, 5], 2)],
    },
    { what: "1 axis", bottoms: [[9], targets(9)] },
    { what: "5 axes", bottoms: [[2, 1, 2, 3, 2], targets(2, 1, 2, 3, 2)] },
  ]),
  ...layerCases("EuclideanLoss", [
    { what: "2 axes", bottoms: [[5, 6], [5, 6]] },
    { what: "1 axis", bottoms: [[11], [11]] },
    { what: "4 axes, loss weight", bottoms: [[2, 3, 4, 5], [2, 3, 4, 5]], param: "loss_weight: 2.5" },
    { what: "3 axes", bottoms: [[3, 2, 4], [3, 2, 4]] },
    {
      what: "no gradient of the target",
      bottoms: [[4, 3], { shape: [4, 3], gradient: false }],
      param: "propagate_down: true propagate_down: false",
    },
    { what: "shapes of one count per item", bottoms: [[4, 6], [4, 2, 3]] },
  ]),
  ...layerCases("Accuracy", [
    { what: "2 axes", bottoms: [[20, 5], labels([20], 5)], backward: false },
    {
      what: "top 3",
      bottoms: [[20, 7], labels([20], 7)],
      backward: false,
      param: "accuracy_param { top_k: 3 }",
    },
    {
      what: "ignored labels, each pixel",
      bottoms: [[3, 4, 5, 2], labels([3, 5, 2], 4, 9)],
      backward: false,
      param: "accuracy_param { ignore_label: 9 }",
    },
    { what: "per class", bottoms: [[30, 4], labels([30], 4)], tops: 2, backward: false },
    {
      what: "per class, top 2, ignored labels, the last axis",
      bottoms: [[3, 7, 5], labels([3, 7], 5, 255)],
      tops: 2,
      backward: false,
      param: "accuracy_param { top_k: 2 axis: -1 ignore_label: 255 }",
    },
    {
      what: "ties",
      bottoms: [{ shape: [12, 4], values: { kind: "labels", classes: 2 } }, labels([12], 4)],
      backward: false,
      param: "accuracy_param { top_k: 2 }",
    },
    { what: "a class that does not occur", bottoms: [[9, 5], labels([9], 3)], tops: 2, backward: false },
  ]),
  ...layerCases("Softmax", [
    { what: "1 axis", bottoms: [[9]], param: "softmax_param { axis: 0 }" },
    { what: "2 axes", bottoms: [[4, 7]] },
    { what: "3 axes, the first", bottoms: [[5, 3, 4]], param: "softmax_param { axis: 0 }" },
    { what: "4 axes", bottoms: [[2, 5, 3, 4]] },
    { what: "5 axes, the last", bottoms: [[2, 3, 1, 2, 6]], param: "softmax_param { axis: -1 }" },
    { what: "in place", bottoms: [[3, 8]], tops: "in place" },
    { what: "values far apart", bottoms: [{ shape: [5, 6], values: { kind: "normal", scale: 60 } }] },
  ]),
];
