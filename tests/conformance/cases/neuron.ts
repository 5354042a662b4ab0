import { type LayerCase, layerCases, type LayerConfig } from "../layer_case.ts";
import type { Values } from "../values.ts";

/** Shapes of 1 to 5 axes, odd ones among them. */
const SHAPES: readonly LayerConfig[] = [
  { what: "1 axis", bottoms: [[13]] },
  { what: "2 axes", bottoms: [[5, 7]] },
  { what: "3 axes", bottoms: [[2, 3, 5]] },
  { what: "4 axes", bottoms: [[2, 3, 5, 7]] },
  { what: "5 axes", bottoms: [[2, 1, 3, 4, 5]] },
];

const IN_PLACE: LayerConfig = { what: "in place", bottoms: [[3, 4, 5]], tops: "in place" };

/** In place without a gradient, for types of which libcaffe computes it wrong there. */
const inPlaceForward = (type: string, values?: Values, param = ""): LayerCase => ({
  type,
  name: `${type}: in place, forward`,
  net: `layer { name: "in0" type: "Input" top: "x0" input_param { shape { dim: 3 dim: 4 dim: 5 } } }
    layer { name: "layer" type: "${type}" bottom: "x0" top: "x0" ${param} }`,
  inputs: values && { x0: values },
  backward: false,
});

const valued = (what: string, values: Values, param?: string, rest?: Partial<LayerConfig>): LayerConfig => ({
  what,
  bottoms: [{ shape: [3, 2, 7], values }],
  param,
  ...rest,
});

const LARGE: Values = { kind: "normal", scale: 60 };
const ZEROS: Values = { kind: "given", values: [0, -1, 1, 2, 0] };
const POSITIVE: Values = { kind: "uniform", min: 0.25, max: 3 };
const WEIGHTED: LayerConfig = { what: "a loss weight", bottoms: [[3, 11]], param: "loss_weight: 0.5" };

/** Layers that compute each value from one, by functions that networks use less often. */
export const neuronCases: LayerCase[] = [
  ...layerCases("AbsVal", [...SHAPES, WEIGHTED, valued("zeros", ZEROS), valued("large values", LARGE)]),
  ...layerCases("BNLL", [...SHAPES, WEIGHTED, valued("large values", LARGE)]),
  inPlaceForward("BNLL"),
  ...layerCases("Clip", [
    ...SHAPES.map((config) => ({ ...config, param: "clip_param { min: -0.5 max: 0.75 }" })),
    valued("at the bounds", ZEROS, "clip_param { min: -1 max: 1 }"),
    valued("above 0", { kind: "normal" }, "clip_param { min: 0.25 max: 0.5 }"),
    valued("a maximum below the minimum", { kind: "normal" }, "clip_param { min: 0.5 max: -0.5 }"),
  ]),
  inPlaceForward("Clip", undefined, "clip_param { min: 0 max: 6 }"),
  ...layerCases("ELU", [
    ...SHAPES,
    IN_PLACE,
    valued("alpha", { kind: "normal" }, "elu_param { alpha: 0.3 }"),
    valued("alpha, in place", { kind: "normal" }, "elu_param { alpha: 2 }", { tops: "in place" }),
    valued("alpha 0", { kind: "normal" }, "elu_param { alpha: 0 }"),
    valued("alpha below 0", { kind: "normal" }, "elu_param { alpha: -0.5 }"),
    valued("zeros", ZEROS, "elu_param { alpha: 0.5 }"),
    valued("large values", LARGE),
  ]),
  ...layerCases("Exp", [
    ...SHAPES,
    IN_PLACE,
    WEIGHTED,
    valued("base 2", { kind: "normal" }, "exp_param { base: 2 }"),
    valued("scale and shift", { kind: "normal" }, "exp_param { scale: -0.5 shift: 1.5 }"),
    valued("base, scale and shift", { kind: "normal" }, "exp_param { base: 0.3 scale: 2 shift: -0.5 }"),
    valued("base 1", { kind: "normal" }, "exp_param { base: 1 shift: 2 }"),
  ]),
  ...layerCases("Log", [
    ...SHAPES.map(({ what, bottoms: [shape] }): LayerConfig => ({
      what,
      bottoms: [{ shape: shape as readonly number[], values: POSITIVE }],
    })),
    valued("base 2", POSITIVE, "log_param { base: 2 }"),
    valued("scale and shift", POSITIVE, "log_param { scale: -0.5 shift: 2.5 }"),
    valued("base, scale and shift", POSITIVE, "log_param { base: 0.3 scale: 2 shift: 0.5 } loss_weight: 2"),
  ]),
  inPlaceForward("Log", POSITIVE),
  ...layerCases("PReLU", [
    ...SHAPES.filter(({ what }) => what !== "1 axis" && what !== "5 axes"),
    { what: "2 axes, in place", bottoms: [[5, 7]], tops: "in place" },
    { what: "4 axes, in place", bottoms: [[2, 17, 3, 5]], tops: "in place" },
    { what: "shared", bottoms: [[2, 3, 5, 3]], param: "prelu_param { channel_shared: true }" },
    {
      what: "shared, 2 axes, in place",
      bottoms: [[4, 9]],
      tops: "in place",
      param: "prelu_param { channel_shared: true }",
    },
    {
      what: "slopes below 0, zeros",
      bottoms: [{ shape: [2, 3, 5], values: ZEROS }],
      params: [{ kind: "given", values: [-0.5, 0, 1.5] }],
    },
    {
      what: "slopes below 0, in place",
      bottoms: [[2, 3, 5]],
      tops: "in place",
      params: [{ kind: "given", values: [-0.5, 0, 1.5] }],
    },
    { what: "without learning", bottoms: [[2, 3, 4]], param: "param { lr_mult: 0 } loss_weight: 0.5" },
  ]),
  ...layerCases("Swish", [
    ...SHAPES,
    IN_PLACE,
    valued("beta", { kind: "normal" }, "swish_param { beta: 1.7 }"),
    valued("beta 0", { kind: "normal" }, "swish_param { beta: 0 }"),
    valued("beta below 0", { kind: "normal" }, "swish_param { beta: -1 }"),
    valued("large values", LARGE),
  ]),
  ...layerCases("Threshold", [
    ...SHAPES.map((config) => ({ ...config, backward: false })),
    valued("above 0", { kind: "normal" }, "threshold_param { threshold: 0.5 }", { backward: false }),
    valued("at the values", ZEROS, "threshold_param { threshold: 1 }", { backward: false }),
    valued("below 0", { kind: "normal" }, "threshold_param { threshold: -0.5 }", { backward: false }),
  ]),
  inPlaceForward("Threshold", undefined, "threshold_param { threshold: 0.25 }"),
];
