import { inputLayer, type LayerPlan, type NetPlan, sharesMemory } from "./net_plan.ts";
import type { QuestionOptions } from "./question.ts";

/**
 * A fault of the embedded engine that is not mended yet. A run counts and names the nets that have it. Once the engines
 * agree on its own net it explains nothing any more, and is to be taken out of the list.
 */
export interface OpenFault {
  readonly title: string;
  /** The smallest net that shows it. */
  readonly net: NetPlan;
  /** How that net is asked of libcaffe, where libcaffe is wrong about it as well. */
  readonly asked?: QuestionOptions | undefined;
  /** Whether a net may have it. */
  applies(plan: NetPlan): boolean;
  /** The net without it: nothing else may be wrong there. */
  without(plan: NetPlan): NetPlan;
}

/** The faults that are open. */
export const openFaults: readonly OpenFault[] = [
  {
    title: "Pooling refuses a kernel that is larger than the padded bottom",
    net: smallNet({ x: [1, 1, 1, 1] }, [{
      type: "Pooling",
      bottoms: ["x"],
      tops: ["y"],
      settings: "pooling_param { kernel_size: 2 stride: 2 }",
    }], { y: [1, 1, 1, 1] }),
    applies: (plan) => plan.layers.some((layer) => isTooLarge(plan, layer)),
    without: (plan) => replaced(plan, (layer) => isTooLarge(plan, layer)),
  },
  {
    title: "Pooling with a pad on one axis does not clip the last window of the other",
    net: smallNet({ x: [1, 1, 3, 2] }, [{
      type: "Pooling",
      bottoms: ["x"],
      tops: ["y"],
      settings: "pooling_param { kernel_h: 2 kernel_w: 1 stride: 2 pad_h: 1 pad_w: 0 }",
    }], { y: [1, 1, 2, 1] }),
    applies: ({ layers }) => layers.some(isPaddedOnOneAxis),
    without: (plan) => replaced(plan, isPaddedOnOneAxis),
  },
  {
    title: "A loss without a top is an output, '(automatic)'",
    net: smallNet({ x: [1, 1], t: [1, 1] }, [{
      type: "SigmoidCrossEntropyLoss",
      bottoms: ["x", "t"],
      tops: [],
      settings: "",
    }], {}),
    applies: ({ layers }) => layers.some(isWithoutTop),
    without: (plan) => ({
      ...plan,
      layers: plan.layers.map((layer) =>
        isWithoutTop(layer) ? { ...layer, tops: [`${layer.name}_top`] } : layer
      ),
    }),
  },
  {
    title: "Layers in place overwrite values that a gradient needs",
    net: smallNet({ x: [1, 2] }, [
      { type: "Sigmoid", bottoms: ["x"], tops: ["a"], settings: "" },
      {
        type: "Power",
        bottoms: ["a"],
        tops: ["b"],
        inPlace: true,
        settings: "power_param { power: 1 scale: 3 shift: 1 }",
      },
    ], { a: [1, 2], b: [1, 2] }),
    asked: { apart: true },
    applies: ({ layers }) => layers.some(({ inPlace }) => inPlace),
    without: (plan) => ({ ...plan, layers: plan.layers.map((layer) => ({ ...layer, inPlace: false })) }),
  },
  {
    title: "Layers in place overwrite values that a gradient needs, through another blob of the same memory",
    net: smallNet({ x: [1, 2] }, [
      { type: "Sigmoid", bottoms: ["x"], tops: ["a"], settings: "" },
      { type: "Reshape", bottoms: ["a"], tops: ["r"], settings: "reshape_param { shape { dim: 2 } }" },
      {
        type: "Power",
        bottoms: ["r"],
        tops: ["b"],
        inPlace: true,
        settings: "power_param { power: 1 scale: 3 shift: 1 }",
      },
    ], { a: [1, 2], r: [2], b: [2] }),
    asked: { apart: true },
    applies: ({ layers }) => layers.some(({ inPlace }) => inPlace) && layers.some(sharesMemory),
    without: (plan) => ({ ...plan, layers: plan.layers.map((layer) => ({ ...layer, inPlace: false })) }),
  },
];

/** A net of a few layers, whose inputs have gradients. */
function smallNet(
  inputs: Readonly<Record<string, readonly number[]>>,
  layers: readonly (Pick<LayerPlan, "type" | "bottoms" | "tops" | "settings"> & { inPlace?: boolean })[],
  shapes: Readonly<Record<string, readonly number[]>>,
): NetPlan {
  return {
    seed: "small",
    phase: "TRAIN",
    forceBackward: true,
    layers: [
      ...Object.entries(inputs).map(([value, shape]) => inputLayer(value, shape)),
      ...layers.map((layer, i) => ({ inPlace: false, name: `layer${i}`, params: 0, ...layer })),
    ],
    shapes: { ...inputs, ...shapes },
    inputs: Object.fromEntries(Object.keys(inputs).map((name) => [name, { kind: "normal" }])),
    constant: [],
    passes: 1,
  };
}

/** The net with inputs in the place of what some layers make. */
function replaced(plan: NetPlan, which: (layer: LayerPlan) => boolean): NetPlan {
  const made = plan.layers.filter(which).flatMap(({ tops }) => tops);
  return {
    ...plan,
    layers: plan.layers.flatMap((layer) =>
      which(layer) ? layer.tops.map((top) => inputLayer(top, plan.shapes[top]!)) : [layer]
    ),
    inputs: { ...plan.inputs, ...Object.fromEntries(made.map((top) => [top, { kind: "normal" } as const])) },
  };
}

function isTooLarge({ shapes }: NetPlan, { type, bottoms, settings }: LayerPlan): boolean {
  if (type !== "Pooling" || settings.includes("global")) return false;
  const [height, width] = shapes[bottoms[0]!]!.slice(2) as [number, number];
  return setting(settings, "kernel_h") > height + 2 * setting(settings, "pad_h") ||
    setting(settings, "kernel_w") > width + 2 * setting(settings, "pad_w");
}

function isPaddedOnOneAxis({ type, settings }: LayerPlan): boolean {
  return type === "Pooling" && (setting(settings, "pad_h") > 0) !== (setting(settings, "pad_w") > 0);
}

function isWithoutTop({ type, tops }: LayerPlan): boolean {
  return type.endsWith("Loss") && tops.length === 0;
}

function setting(settings: string, name: string): number {
  return Number(new RegExp(`\\b${name}: (\\d+)`).exec(settings)?.[1] ?? 0);
}
