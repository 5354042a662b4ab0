import type { Answer } from "../answer.ts";
import { type LayerCase, layerCases, type LayerConfig } from "../layer_case.ts";

/** Shapes of 1 to 5 axes, and in place. */
const SHAPES: readonly LayerConfig[] = [
  { what: "1 axis", bottoms: [[13]] },
  { what: "2 axes", bottoms: [[5, 7]] },
  { what: "3 axes", bottoms: [[2, 3, 5]] },
  { what: "4 axes", bottoms: [[2, 3, 5, 7]] },
  { what: "5 axes", bottoms: [[2, 1, 3, 4, 5]] },
  { what: "in place", bottoms: [[3, 4, 5]], tops: "in place" },
];

/** Large values, at which a careless exponential overflows. */
const LARGE: LayerConfig = {
  what: "large values",
  bottoms: [{ shape: [4, 9], values: { kind: "normal", scale: 60 } }],
};

/**
 * What dropout does, whatever it drew: the factor of the values that it keeps (and 1 if that is the same
 * everywhere), the share that it keeps, and whether the gradient went the same way.
 */
function dropped(answer: Answer, inputs: Readonly<Record<string, Float32Array>>): Answer {
  const x = inputs["x0"]!, top = answer["top y0"] ?? answer["top x0"]!;
  const factors = top.values.map((value, i) => value / x[i]!);
  const factor = factors.find((value) => value !== 0) ?? 0;
  const even = factors.every((value) => value === 0 || Math.abs(value - factor) < 1e-5 * factor);
  const kept = factors.filter((value) => value !== 0).length / factors.length;
  const gradient = answer["gradient of x0"]!.values;
  const same = gradient.every((value, i) => (value === 0) === (factors[i] === 0));
  const number = (value: number) => ({ shape: [], values: Float32Array.of(value) });
  return {
    top: { shape: top.shape, values: new Float32Array() },
    factor: number(factor),
    even: number(Number(even)),
    // With 20,000 draws the share is right to a hundredth; the tolerance is that of the other answers, so it
    // is rounded.
    kept: number(Math.round(kept * 20) / 20),
    "gradient has the same zeros": number(Number(same)),
  };
}

const drops = (what: string, ratio: string, rest: Partial<LayerConfig> = {}): LayerConfig => ({
  what,
  bottoms: [[20, 1000]],
  param: `dropout_param { ${ratio} }`,
  derive: dropped,
  why: "the engines draw from different generators; the part that is kept is rounded to a twentieth",
  ...rest,
});

/** Layers that compute each value from one: ReLU, Sigmoid, TanH, Power, Dropout. */
export const activationCases: LayerCase[] = [
  ...layerCases("ReLU", [
    ...SHAPES,
    { what: "slope", bottoms: [[3, 11]], param: "relu_param { negative_slope: 0.1 }" },
    {
      what: "slope, in place",
      bottoms: [[2, 3, 5, 5]],
      tops: "in place",
      param: "relu_param { negative_slope: 0.25 }",
    },
    { what: "a loss weight", bottoms: [[3, 11]], param: "loss_weight: 0.5" },
    {
      what: "zeros, slope",
      bottoms: [{ shape: [4, 8], values: { kind: "given", values: [0, -1, 1] } }],
      param: "relu_param { negative_slope: 0.5 }",
    },
  ]),
  ...layerCases("Sigmoid", [...SHAPES, LARGE]),
  ...layerCases("TanH", [...SHAPES, LARGE]),
  ...layerCases("Power", [
    { what: "nothing", bottoms: [[3, 5]] },
    { what: "scale and shift", bottoms: [[2, 3, 5]], param: "power_param { scale: -2 shift: 0.5 }" },
    { what: "square", bottoms: [[2, 3, 4, 5]], param: "power_param { power: 2 scale: 0.5 shift: 1 }" },
    {
      what: "a broken power of positive values",
      bottoms: [{ shape: [17], values: { kind: "uniform", min: 0.5, max: 3 } }],
      param: "power_param { power: -0.75 scale: 2 shift: 0.25 }",
    },
    { what: "power 0", bottoms: [[2, 1, 3, 2, 2]], param: "power_param { power: 0 scale: 3 shift: 2 }" },
    { what: "scale 0", bottoms: [[4, 4]], param: "power_param { power: 3 scale: 0 shift: 2 }" },
    {
      what: "cube without shift",
      bottoms: [{ shape: [6, 4], values: { kind: "uniform", min: 0.5, max: 2 } }],
      param: "loss_weight: 0.1 power_param { power: 3 }",
    },
  ]),
  ...layerCases("Dropout", [
    { what: "TEST, 2 axes", bottoms: [[4, 6]], phase: "TEST" },
    {
      what: "TEST, 5 axes",
      bottoms: [[2, 1, 3, 2, 4]],
      phase: "TEST",
      param: "dropout_param { dropout_ratio: 0.9 }",
    },
    { what: "TEST, in place", bottoms: [[3, 7]], tops: "in place", phase: "TEST" },
    drops("TRAIN, a half", ""),
    drops("TRAIN, 0.2", "dropout_ratio: 0.2"),
    drops("TRAIN, 0.7, in place", "dropout_ratio: 0.7", { tops: "in place" }),
    drops("TRAIN, 0.25, 4 axes", "dropout_ratio: 0.25", { bottoms: [[4, 5, 20, 50]] }),
  ]),
];
