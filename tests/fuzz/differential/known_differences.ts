import { type LayerPlan, type NetPlan, sharesMemory } from "./net_plan.ts";
import type { QuestionOptions } from "./question.ts";

/**
 * Something that libcaffe computes wrong, or that its shim refuses for that reason. A random net that has it is asked in
 * another form with the same result, which libcaffe gets right; it is explained when the embedded engine agrees with that.
 */
export interface KnownDifference {
  /** The heading of its line in docs/engines.md. */
  readonly title: string;
  /** Why libcaffe is wrong. */
  readonly reason: string;
  /** Whether a net has it. */
  applies(plan: NetPlan): boolean;
  /** The form that libcaffe gets right. */
  readonly asked: QuestionOptions;
  /** The same, where it takes other layers. */
  mend?(plan: NetPlan): NetPlan;
}

const inPlace = ({ layers }: NetPlan, ...types: string[]) =>
  layers.some((layer) => layer.inPlace && (types.length === 0 || types.includes(layer.type)));

/** The layer that made a value, below those that worked on its blob in place. */
function makerOf({ layers }: NetPlan, value: string): LayerPlan | undefined {
  const maker = layers.find(({ tops }) => tops.includes(value));
  return maker?.inPlace ? makerOf({ layers } as NetPlan, maker.bottoms[0]!) : maker;
}

/** What libcaffe computes wrong: what is special first, so that nets count there. */
export const knownDifferences: readonly KnownDifference[] = [
  {
    title: "Flatten above Reshape",
    reason:
      "Reshape's top (like that of LSTM and RNN, of Concat with one bottom, and of Slice with one top) has its bottom's gradient " +
      "memory, until Flatten's backward gives it another: the gradient ends there",
    applies: (plan) =>
      plan.layers.some(({ type, bottoms }) => {
        const maker = type === "Flatten" ? makerOf(plan, bottoms[0]!) : undefined;
        return maker !== undefined &&
          (sharesMemory(maker) && maker.type !== "Split" || maker.type === "LSTM" || maker.type === "RNN");
      }),
    asked: {},
    mend: (plan) => ({
      ...plan,
      layers: plan.layers.map((layer) =>
        layer.type !== "Flatten" ? layer : {
          ...layer,
          type: "Reshape",
          settings: `reshape_param { shape { ${
            plan.shapes[layer.tops[0]!]!.map((size) => `dim: ${size}`).join(" ")
          } } }`,
        }
      ),
    }),
  },
  {
    title: "Scale's overwritten gradients",
    reason:
      "where the scale is as large as the bottom, or begins at axis 0, its gradient is written and not added: of " +
      "several passes, or layers that share it, one is left",
    applies: ({ layers, passes, solver = "" }) =>
      layers.some(({ type, bottoms, share }) =>
        type === "Scale" && bottoms.length === 1 &&
        (share !== undefined || passes > 1 || solver.includes("iter_size: 2"))
      ),
    asked: { unshared: true, addedHere: true },
  },
  {
    title: "Parameter's overwritten gradients",
    reason:
      "the top is the parameter itself, so that the layer above writes the gradient and adds nothing: of several " +
      "passes, one is left",
    applies: ({ layers, passes, solver = "" }) =>
      layers.some(({ type }) => type === "Parameter") && (passes > 1 || solver.includes("iter_size: 2")),
    asked: { addedHere: true },
  },
  {
    title: "LRN and Power in place",
    reason:
      "their backward writes the bottom's gradient before it has read the top's, which is the same memory; LRN's forward as well",
    applies: (plan) => inPlace(plan, "LRN", "Power"),
    asked: { apart: true },
  },
  {
    title: "Loss weights in the diffs of layers in place",
    reason:
      "a loss weight is written into the top's gradient once, and backward in place overwrites it: the second pass " +
      "begins with something else",
    applies: ({ layers }) => layers.some((layer) => layer.inPlace && layer.settings.includes("loss_weight")),
    asked: { apart: true },
  },
  {
    title: "LRN's backward after a layer in place",
    reason: "LRN's gradient needs its top, which a layer in place has overwritten",
    applies: (plan) =>
      plan.layers.some((layer) => layer.inPlace && makerOf(plan, layer.bottoms[0]!)?.type === "LRN"),
    asked: { apart: true },
  },
  {
    title: "Layers in place over values that a gradient needs",
    reason:
      "what a layer's gradient reads is overwritten, also through the tops of Split, Reshape and Flatten, which " +
      "are their bottoms' memory",
    applies: (plan) => inPlace(plan),
    asked: { apart: true },
  },
];
