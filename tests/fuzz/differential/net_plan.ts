import type { Phase } from "../../../proto/messages.ts";
import type { Values } from "../../conformance/values.ts";

/**
 * A layer of a {@link NetPlan}. Bottoms and tops are values, each made once: a layer that works in place has a top of its
 * own here, which becomes the bottom's blob only in the prototxt.
 */
export interface LayerPlan {
  readonly name: string;
  readonly type: string;
  readonly bottoms: readonly string[];
  readonly tops: readonly string[];
  /** Whether the first top is the first bottom's blob. */
  readonly inPlace: boolean;
  /** The rest of the layer's prototxt. */
  readonly settings: string;
  /** How many learnable parameters the layer has. */
  readonly params: number;
  /** How to fill them; roughly normal unless given. */
  readonly fill?: readonly Values[] | undefined;
  /** Layers of one such name share their parameters. */
  readonly share?: string | undefined;
  /** lr_mult and decay_mult of each parameter. */
  readonly multipliers?: readonly (readonly [number, number])[] | undefined;
  /** Whether its parameters are statistics, which have no gradient. */
  readonly statistics?: boolean | undefined;
}

/** A net before it is written down, with what is put into it. */
export interface NetPlan {
  /** Chooses the values of inputs and parameters. */
  readonly seed: string;
  readonly phase: Phase;
  readonly forceBackward: boolean;
  readonly layers: readonly LayerPlan[];
  /** The shape of each value, as Caffe's formulas give it. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  /** How to fill the tops of Input layers. */
  readonly inputs: Readonly<Record<string, Values>>;
  /** Inputs that have no gradient, such as labels. */
  readonly constant: readonly string[];
  /** How often forward and backward are run, the gradients of parameters added up. */
  readonly passes: number;
  /** The solver's settings, when the net is trained as well. */
  readonly solver?: string | undefined;
}

/** The blob that a value is in: that of the bottom for a layer that works in place. */
export function blobOf(plan: NetPlan, value: string): string {
  const maker = plan.layers.find(({ inPlace, tops }) => inPlace && tops[0] === value);
  return maker === undefined ? value : blobOf(plan, maker.bottoms[0]!);
}

/** The plan as a prototxt. */
export function planText(plan: NetPlan): string {
  const lines = plan.layers.map((layer) => {
    const list = (kind: string, values: readonly string[]) =>
      values.map((value) => `${kind}: "${blobOf(plan, value)}" `).join("");
    return `layer { name: "${layer.name}" type: "${layer.type}" ${list("bottom", layer.bottoms)}${
      list("top", layer.tops)
    }${paramSpecs(layer)}${layer.settings} }`;
  });
  return [...(plan.forceBackward ? ["force_backward: true"] : []), ...lines].join("\n");
}

function paramSpecs({ share, multipliers, params }: LayerPlan): string {
  if (share === undefined && multipliers === undefined) return "";
  return Array.from({ length: params }, (_, i) => {
    const name = share === undefined ? "" : `name: "${share}_${i}" `;
    const mults = multipliers?.[i];
    return `param { ${name}${mults === undefined ? "" : `lr_mult: ${mults[0]} decay_mult: ${mults[1]} `}} `;
  }).join("");
}

/** An Input layer that makes one value. */
export function inputLayer(value: string, shape: readonly number[]): LayerPlan {
  const dims = shape.map((size) => `dim: ${size}`).join(" ");
  return {
    name: `in_${value}`,
    type: "Input",
    bottoms: [],
    tops: [value],
    inPlace: false,
    settings: `input_param { shape { ${dims} } }`,
    params: 0,
  };
}

/** Whether a layer's top is its bottom's memory in Caffe, though another blob. */
export function sharesMemory({ type, bottoms, tops }: Pick<LayerPlan, "type" | "bottoms" | "tops">): boolean {
  return type === "Reshape" || type === "Flatten" || type === "Split" ||
    (type === "Concat" && bottoms.length === 1) || (type === "Slice" && tops.length === 1);
}

/** The first value that has a value's memory in Caffe. */
export function memoryOf(layers: readonly LayerPlan[], value: string): string {
  const maker = layers.find(({ tops }) => tops.includes(value));
  return maker !== undefined && (maker.inPlace || sharesMemory(maker))
    ? memoryOf(layers, maker.bottoms[0]!)
    : value;
}
