import { type LayerCase, layerCases, type LayerConfig } from "../layer_case.ts";
import type { NetCase } from "../net_case.ts";

const inputLayer = (name: string, shape: readonly number[]) =>
  `layer { name: "in_${name}" type: "Input" top: "${name}" input_param { shape { ${
    shape.map((size) => `dim: ${size}`).join(" ")
  } } } }`;

/** A net of several layers that is a case of one type. */
const netCase = (
  type: string,
  what: string,
  lines: readonly string[],
  rest?: Partial<NetCase>,
): LayerCase => ({
  ...rest,
  type,
  name: `${type}: ${what}`,
  net: lines.join("\n"),
});

/** Numbers of rows in a net with a loss: force_backward would ask for their gradient, which libcaffe can't give. */
function embedCase(
  what: string,
  shape: readonly number[],
  param: string,
  outputs: number,
  rest = "",
): LayerCase {
  return netCase("Embed", what, [
    inputLayer("x0", shape),
    inputLayer("target", [...shape, outputs]),
    `layer { name: "layer" type: "Embed" bottom: "x0" top: "y0" ${rest} embed_param { num_output: ${outputs} ${param} } }`,
    'layer { name: "loss" type: "EuclideanLoss" bottom: "y0" bottom: "target" top: "loss" }',
  ], {
    inputs: { x0: { kind: "labels", classes: 7 } },
    constant: ["x0", "target"],
    blobs: ["y0"],
  });
}

/** A parameter below another layer: libcaffe clears the gradient of an output of its own. */
function parameterCase(
  what: string,
  shape: readonly number[],
  layers: readonly string[],
  rest?: Partial<NetCase>,
): LayerCase {
  return netCase("Parameter", what, [
    "force_backward: true",
    inputLayer("x0", [2, 3, 4]),
    `layer { name: "layer" type: "Parameter" top: "y0" parameter_param { shape { ${
      shape.map((size) => `dim: ${size}`).join(" ")
    } } } }`,
    ...layers,
  ], { blobs: ["y0"], ...rest });
}

const operations = ["SUM", "ASUM", "SUMSQ", "MEAN"];

const forward = (what: string, shape: readonly number[], param?: string): LayerConfig => ({
  what,
  bottoms: [{ shape, values: { kind: "distinct" } }],
  backward: false,
  param,
});

/** Layers that pick, cut, repeat, reduce, normalize or look up values. */
export const arrangingCases: LayerCase[] = [
  ...layerCases("ArgMax", [
    forward("2 axes", [5, 7]),
    forward("4 axes", [2, 3, 4, 5]),
    forward("1 axis", [5]),
    forward("three of an item", [4, 3, 5], "argmax_param { top_k: 3 }"),
    forward("positions and values", [4, 3, 5], "argmax_param { top_k: 2 out_max_val: true }"),
    forward("positions and values, 5 axes", [2, 3, 1, 2, 5], "argmax_param { top_k: 4 out_max_val: true }"),
    forward("along an axis", [2, 5, 3, 4], "argmax_param { axis: 1 }"),
    forward("along the last axis", [3, 4, 5], "argmax_param { axis: -1 top_k: 2 }"),
    forward("values along an axis", [3, 7, 2], "argmax_param { axis: 1 top_k: 5 out_max_val: true }"),
    forward("values along the first axis", [6, 3], "argmax_param { axis: 0 out_max_val: true }"),
    {
      what: "equal values",
      bottoms: [{ shape: [3, 6], values: { kind: "given", values: [2, -1, 2, 2] } }],
      backward: false,
      param: "argmax_param { top_k: 4 }",
    },
    {
      what: "equal values along an axis",
      bottoms: [{ shape: [3, 5, 2], values: { kind: "given", values: [2, -1, 2] } }],
      backward: false,
      param: "argmax_param { axis: 1 }",
    },
  ]),
  ...layerCases("Crop", [
    { what: "height and width", bottoms: [[2, 3, 7, 5], [2, 3, 4, 3]] },
    { what: "one offset", bottoms: [[2, 3, 7, 5], [1, 1, 4, 3]], param: "crop_param { offset: 2 }" },
    {
      what: "an offset each",
      bottoms: [[2, 3, 7, 5], [2, 1, 4, 3]],
      param: "crop_param { offset: 3 offset: 1 }",
    },
    {
      what: "from channels on",
      bottoms: [[2, 5, 4, 3], [7, 2, 4, 2]],
      param: "crop_param { axis: 1 offset: 2 offset: 0 offset: 1 }",
    },
    { what: "all axes", bottoms: [[5, 4, 3], [2, 3, 2]], param: "crop_param { axis: 0 offset: 1 }" },
    { what: "the last axis", bottoms: [[3, 2, 9], [1, 1, 4]], param: "crop_param { axis: -1 offset: 5 }" },
    { what: "channels alone", bottoms: [[2, 5, 3], [2, 2, 3]], param: "crop_param { axis: 1 }" },
    { what: "nothing", bottoms: [[2, 3, 4, 5], [2, 3, 4, 5]] },
    { what: "1 axis", bottoms: [[9], [4]], param: "crop_param { axis: 0 offset: 3 }" },
    {
      what: "5 axes",
      bottoms: [[2, 3, 4, 3, 4], [1, 2, 2, 3, 3]],
      param: "crop_param { axis: 1 offset: 1 offset: 2 offset: 0 offset: 1 } loss_weight: 0.5",
    },
  ]),
  ...layerCases("Tile", [
    { what: "channels", bottoms: [[2, 3, 4, 5]], param: "tile_param { tiles: 3 }" },
    { what: "items", bottoms: [[3, 5]], param: "tile_param { axis: 0 tiles: 4 }" },
    { what: "the last axis", bottoms: [[2, 3, 4]], param: "tile_param { axis: -1 tiles: 2 }" },
    { what: "single values", bottoms: [[3, 4, 1]], param: "tile_param { axis: 2 tiles: 7 }" },
    { what: "once", bottoms: [[3, 4]], param: "tile_param { tiles: 1 }" },
    { what: "1 axis", bottoms: [[7]], param: "tile_param { axis: 0 tiles: 3 }" },
    { what: "5 axes", bottoms: [[2, 1, 3, 2, 2]], param: "tile_param { axis: -3 tiles: 3 }" },
    {
      what: "a loss weight",
      bottoms: [[2, 3, 5]],
      param: "tile_param { axis: 1 tiles: 2 } loss_weight: 0.25",
    },
  ]),
  ...layerCases("Reduction", [
    ...operations.map((operation): LayerConfig => ({
      what: `${operation} of all`,
      bottoms: [[3, 4, 5]],
      param: `reduction_param { operation: ${operation} }`,
    })),
    ...operations.map((operation): LayerConfig => ({
      what: `${operation} from an axis, coeff`,
      bottoms: [[2, 3, 4, 5]],
      param: `reduction_param { operation: ${operation} axis: 2 coeff: -1.5 }`,
    })),
    {
      what: "the last of 5 axes",
      bottoms: [[2, 1, 3, 2, 5]],
      param: "reduction_param { axis: -1 coeff: 0.3 }",
    },
    {
      what: "1 axis, a loss weight",
      bottoms: [[17]],
      param: "reduction_param { operation: MEAN } loss_weight: 3",
    },
    {
      what: "ASUM of zeros",
      bottoms: [{ shape: [3, 5], values: { kind: "given", values: [0, -1, 2] } }],
      param: "reduction_param { operation: ASUM axis: 1 }",
    },
  ]),
  ...layerCases("MVN", [
    { what: "channels", bottoms: [[2, 3, 5, 7]] },
    { what: "items", bottoms: [[2, 3, 5, 7]], param: "mvn_param { across_channels: true }" },
    { what: "means of channels", bottoms: [[3, 2, 5, 3]], param: "mvn_param { normalize_variance: false }" },
    {
      what: "means of items",
      bottoms: [[3, 2, 5, 3]],
      param: "mvn_param { normalize_variance: false across_channels: true }",
    },
    { what: "eps", bottoms: [[2, 3, 4, 5]], param: "mvn_param { eps: 0.5 }" },
    { what: "3 axes", bottoms: [[2, 3, 9]] },
    { what: "2 axes", bottoms: [[4, 9]], param: "mvn_param { across_channels: true }" },
    { what: "eps, one item", bottoms: [[1, 5, 3, 3]], param: "mvn_param { eps: 0.1 across_channels: true }" },
    {
      what: "means, in place",
      bottoms: [[2, 3, 4, 5]],
      tops: "in place",
      param: "mvn_param { normalize_variance: false }",
    },
  ]),
  netCase("MVN", "in place, forward", [
    inputLayer("x0", [2, 3, 4, 5]),
    'layer { name: "layer" type: "MVN" bottom: "x0" top: "x0" }',
  ], { backward: false }),
  embedCase("1 axis", [13], "input_dim: 7", 5),
  embedCase("2 axes", [4, 3], "input_dim: 7", 6),
  embedCase("3 axes", [2, 3, 4], "input_dim: 9", 3),
  embedCase("without a bias", [11], "input_dim: 7 bias_term: false", 4),
  embedCase("one output", [4, 5], "input_dim: 7", 1),
  embedCase("many of the same row", [50], "input_dim: 7 bias_term: false", 17),
  embedCase("weights that are not learned", [5, 2], "input_dim: 7", 3, "param { lr_mult: 0 }"),
  embedCase("a bias that is not learned", [5, 2], "input_dim: 7", 3, "param { } param { lr_mult: 0 }"),
  embedCase("a loss weight", [6], "input_dim: 7", 3, "loss_weight: 0.5"),
  parameterCase("a factor", [2, 3, 4], [
    'layer { name: "next" type: "Eltwise" bottom: "x0" bottom: "y0" top: "z" eltwise_param { operation: PROD } }',
  ]),
  parameterCase("a term", [2, 3, 4], [
    'layer { name: "next" type: "Eltwise" bottom: "y0" bottom: "x0" top: "z" eltwise_param { coeff: 2 coeff: -1 } }',
  ]),
  parameterCase("a scale of an axis", [3], [
    'layer { name: "next" type: "Scale" bottom: "x0" bottom: "y0" top: "z" scale_param { axis: 1 } }',
  ]),
  parameterCase("a bias of the last axes", [3, 4], [
    'layer { name: "next" type: "Bias" bottom: "x0" bottom: "y0" top: "z" bias_param { axis: 1 } }',
  ]),
  parameterCase("for two layers", [2, 3, 4], [
    'layer { name: "next" type: "Eltwise" bottom: "x0" bottom: "y0" top: "z" eltwise_param { operation: PROD } }',
    'layer { name: "other" type: "TanH" bottom: "y0" top: "w" }',
  ]),
  parameterCase("below an activation", [5, 7], [
    'layer { name: "next" type: "Sigmoid" bottom: "y0" top: "z" }',
  ]),
  parameterCase("5 axes", [2, 1, 3, 2, 2], [
    'layer { name: "next" type: "TanH" bottom: "y0" top: "z" loss_weight: 0.5 }',
  ]),
  parameterCase("a loss", [2, 3, 4], [
    'layer { name: "next" type: "EuclideanLoss" bottom: "y0" bottom: "x0" top: "z" }',
  ]),
];
