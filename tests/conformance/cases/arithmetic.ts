import { distinct, type LayerCase, layerCases } from "../layer_case.ts";
import type { Values } from "../values.ts";

/** What a BatchNorm has accumulated: means, variances, and the weight of both sums. */
const GATHERED: readonly Values[] = [
  { kind: "normal" },
  { kind: "uniform", min: 0.5, max: 2 },
  { kind: "given", values: [2] },
];

/** Layers that compute with several bottoms or parameters: Eltwise, InnerProduct, Scale, Bias, BatchNorm. */
export const arithmeticCases: LayerCase[] = [
  ...layerCases("Eltwise", [
    { what: "sum", bottoms: [[2, 3, 4, 5], [2, 3, 4, 5]] },
    {
      what: "weighted sum of three",
      bottoms: [[3, 4], [3, 4], [3, 4]],
      param: "eltwise_param { operation: SUM coeff: 0.5 coeff: -2 coeff: 1 }",
    },
    { what: "product", bottoms: [[2, 3, 5], [2, 3, 5]], param: "eltwise_param { operation: PROD }" },
    {
      what: "product of three, not stable",
      bottoms: [[11], [11], [11]],
      param: "eltwise_param { operation: PROD stable_prod_grad: false }",
    },
    {
      what: "product of three",
      bottoms: [[4, 3], [4, 3], [4, 3]],
      param: "eltwise_param { operation: PROD }",
    },
    { what: "maximum", bottoms: [distinct(3, 5), distinct(3, 5)], param: "eltwise_param { operation: MAX }" },
    {
      what: "maximum of four, 5 axes",
      bottoms: [
        distinct(2, 1, 3, 2, 2),
        distinct(2, 1, 3, 2, 2),
        distinct(2, 1, 3, 2, 2),
        distinct(2, 1, 3, 2, 2),
      ],
      param: "eltwise_param { operation: MAX }",
    },
    {
      what: "maximum of three, ties",
      bottoms: [0, 1, 2].map(() => ({ shape: [5, 8], values: { kind: "labels", classes: 3 } })),
      param: "eltwise_param { operation: MAX }",
    },
    { what: "sum, a loss weight", bottoms: [[3, 4], [3, 4]], param: "loss_weight: 0.5" },
  ]),
  ...layerCases("InnerProduct", [
    { what: "2 axes", bottoms: [[5, 7]], param: "inner_product_param { num_output: 3 }" },
    { what: "4 axes", bottoms: [[3, 2, 4, 5]], param: "inner_product_param { num_output: 6 }" },
    { what: "no bias", bottoms: [[4, 9]], param: "inner_product_param { num_output: 5 bias_term: false }" },
    {
      what: "transposed",
      bottoms: [[4, 3, 3]],
      param: "inner_product_param { num_output: 5 transpose: true }",
    },
    {
      what: "axis 2 of 5",
      bottoms: [[2, 3, 2, 1, 4]],
      param: "inner_product_param { num_output: 3 axis: 2 }",
    },
    { what: "1 axis", bottoms: [[8]], param: "inner_product_param { num_output: 4 axis: 0 }" },
    { what: "the last axis", bottoms: [[2, 3, 6]], param: "inner_product_param { num_output: 1 axis: -1 }" },
    {
      what: "one item, loss weight",
      bottoms: [[1, 33]],
      param: "loss_weight: 0.1 inner_product_param { num_output: 17 }",
    },
  ]),
  ...layerCases("Scale", [
    { what: "a factor for each channel", bottoms: [[2, 5, 3, 4]] },
    { what: "with bias", bottoms: [[3, 4, 5]], param: "scale_param { bias_term: true }" },
    {
      what: "in place with bias",
      bottoms: [[3, 4, 2, 3]],
      tops: "in place",
      param: "scale_param { bias_term: true }",
    },
    { what: "two axes of factors", bottoms: [[2, 3, 4, 2]], param: "scale_param { axis: 1 num_axes: 2 }" },
    { what: "all axes", bottoms: [[2, 3, 4]], param: "scale_param { axis: 0 num_axes: -1 bias_term: true }" },
    { what: "one factor", bottoms: [[2, 7]], param: "scale_param { num_axes: 0 bias_term: true }" },
    { what: "factors from a bottom", bottoms: [[2, 3, 4, 5], [3, 4]], param: "scale_param { axis: 1 }" },
    {
      what: "factors from a bottom, first axis, bias",
      bottoms: [[4, 3, 2], [4]],
      param: "scale_param { axis: 0 bias_term: true }",
    },
    { what: "5 axes, the last", bottoms: [[2, 1, 3, 2, 4]], param: "scale_param { axis: -1 }" },
  ]),
  ...layerCases("Bias", [
    { what: "a number for each channel", bottoms: [[2, 5, 3, 4]] },
    { what: "in place", bottoms: [[3, 4, 5]], tops: "in place" },
    { what: "two axes", bottoms: [[2, 3, 4, 2]], param: "bias_param { axis: 1 num_axes: 2 }" },
    { what: "all axes", bottoms: [[2, 3, 4]], param: "bias_param { axis: 0 num_axes: -1 }" },
    { what: "one number", bottoms: [[2, 7]], param: "bias_param { num_axes: 0 }" },
    { what: "from a bottom", bottoms: [[2, 3, 4, 5], [3, 4]], param: "bias_param { axis: 1 }" },
    { what: "5 axes, the last", bottoms: [[2, 1, 3, 2, 4]], param: "bias_param { axis: -1 }" },
  ]),
  ...layerCases("BatchNorm", [
    { what: "TRAIN, 4 axes", bottoms: [[4, 3, 5, 4]], params: GATHERED },
    { what: "TRAIN, 2 axes", bottoms: [[9, 5]], params: GATHERED },
    { what: "TRAIN, in place", bottoms: [[3, 4, 3, 3]], tops: "in place", params: GATHERED },
    {
      what: "TRAIN, eps and fraction",
      bottoms: [[5, 3, 7]],
      params: GATHERED,
      param: "batch_norm_param { eps: 0.01 moving_average_fraction: 0.9 }",
    },
    { what: "TEST, 4 axes", bottoms: [[2, 3, 4, 5]], phase: "TEST", params: GATHERED },
    { what: "TEST, in place", bottoms: [[2, 3, 6]], tops: "in place", phase: "TEST", params: GATHERED },
    {
      what: "TRAIN, gathered statistics",
      bottoms: [[3, 4, 2, 2]],
      params: GATHERED,
      param: "batch_norm_param { use_global_stats: true }",
    },
    {
      what: "TEST, the batch's statistics",
      bottoms: [[6, 2, 3]],
      phase: "TEST",
      params: GATHERED,
      param: "batch_norm_param { use_global_stats: false }",
    },
    {
      what: "TEST, nothing gathered",
      bottoms: [[3, 2, 5]],
      phase: "TEST",
      params: [0, 0, 0].map((): Values => ({ kind: "given", values: [0] })),
    },
    { what: "TRAIN, 5 axes", bottoms: [[3, 2, 2, 3, 2]], params: GATHERED },
  ]),
];
