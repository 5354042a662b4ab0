import type { Phase } from "../../../proto/messages.ts";
import type { Values } from "../../conformance/values.ts";
import { Dice } from "../dice.ts";
import { inputLayer, type LayerPlan, sharesMemory } from "./net_plan.ts";

/** A value that layers may take. */
export interface DraftValue {
  readonly id: string;
  readonly shape: readonly number[];
  /** How many layers take it. */
  uses: number;
  /** Whether a layer that works in place has overwritten it. */
  gone: boolean;
  /** Whether all its values are above 0. */
  readonly positive: boolean;
  /** The first value that has its memory in Caffe. */
  readonly memory: string;
  /** Whether it depends on an input: else all its values may be the same. */
  readonly varies: boolean;
}

/** What a layer is made of, beside what {@link NetDraft.add} knows itself. */
export interface LayerDraft {
  readonly bottoms?: readonly DraftValue[] | undefined;
  /** The shapes of its tops. */
  readonly tops: readonly (readonly number[])[];
  readonly settings?: string | undefined;
  readonly inPlace?: boolean | undefined;
  readonly params?: number | undefined;
  readonly fill?: readonly Values[] | undefined;
  readonly share?: string | undefined;
  readonly statistics?: boolean | undefined;
  /** Whether the values of its tops are all above 0. */
  readonly positive?: boolean | undefined;
  /** Whether the values of its tops are all the same. */
  readonly constant?: boolean | undefined;
}

/** Adds a layer of one type to a draft; does nothing when no value suits it. */
export type AddLayer = (net: NetDraft) => unknown;

/** Values of a blob may be so many. */
const LARGEST = 1500;

/** A net that grows layer by layer, with the shapes of its values. */
export class NetDraft {
  readonly dice: Dice;
  readonly phase: Phase;
  readonly forceBackward: boolean;
  readonly layers: LayerPlan[] = [];
  readonly values: DraftValue[] = [];
  readonly inputs: Record<string, Values> = {};
  readonly constant: string[] = [];

  constructor(seed: number) {
    this.dice = new Dice(seed);
    this.phase = this.chance(0.7) ? "TRAIN" : "TEST";
    this.forceBackward = this.chance(0.4);
  }

  /** True as often as `probability` says. */
  chance(probability: number): boolean {
    return this.dice.roll() < probability;
  }

  /** A whole number from `low` to `high`. */
  between(low: number, high: number): number {
    return low + this.dice.below(high - low + 1);
  }

  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T {
    return this.dice.pick(list)!;
  }

  /** A number from `low` to `high` in hundredths. */
  number(low: number, high: number): number {
    return Math.round(100 * (low + (high - low) * this.dice.roll())) / 100;
  }

  /** A shape of so many axes. */
  shape(axes: number): number[] {
    const largest = axes >= 4 ? 6 : 9;
    return Array.from({ length: axes }, () => this.between(1, largest));
  }

  /** A new Input layer's top. */
  input(shape: readonly number[], values?: Values, constant = false): DraftValue {
    const value = this.#value(shape, values?.kind === "uniform" && values.min > 0, true);
    this.layers.push(inputLayer(value.id, shape));
    this.inputs[value.id] = values ?? { kind: "normal" };
    if (constant) this.constant.push(value.id);
    return value;
  }

  /** A value that fits, rather a new one that nothing takes; undefined when there is none. */
  find(fits: (value: DraftValue) => boolean = () => true): DraftValue | undefined {
    const all = this.values.filter((value) =>
      !value.gone && !this.constant.includes(value.id) && value.shape.length > 0 && fits(value)
    );
    const fresh = all.filter(({ uses }) => uses === 0);
    return this.dice.pick(fresh.length > 0 && this.chance(0.75) ? fresh : all);
  }

  /** Whether a layer may work in place on a value. */
  mayOverwrite(value: DraftValue): boolean {
    return value.uses === 0 && !value.gone;
  }

  /** Adds a layer. Returns its tops; undefined, having added nothing, when one would be too large. */
  add(type: string, draft: LayerDraft): DraftValue[] | undefined {
    const { bottoms = [], inPlace = false, settings = "", params = 0 } = draft;
    if (draft.tops.some((shape) => count(shape) > LARGEST || count(shape) === 0)) return undefined;
    const varies = !draft.constant && bottoms.some((bottom) => bottom.varies);
    for (const bottom of bottoms) bottom.uses++;
    const plan = { type, bottoms: bottoms.map(({ id }) => id), tops: draft.tops.map(() => "") };
    const memory = inPlace || sharesMemory(plan) ? bottoms[0]!.memory : undefined;
    // What another layer reads after it would not be what was made.
    if (inPlace) this.values.filter((value) => value.memory === memory).forEach((value) => value.gone = true);
    const tops = draft.tops.map((shape) => this.#value(shape, draft.positive ?? false, varies, memory));
    this.layers.push({
      name: `${type.toLowerCase()}${this.layers.length}`,
      type,
      bottoms: bottoms.map(({ id }) => id),
      tops: tops.map(({ id }) => id),
      inPlace,
      settings,
      params,
      fill: draft.fill,
      share: draft.share,
      multipliers: params > 0 && draft.share === undefined && draft.statistics !== true && this.chance(0.2)
        ? Array.from({ length: params }, () => [this.pick([0, 0.5, 1, 2]), this.pick([0, 1, 1])] as const)
        : undefined,
      statistics: draft.statistics,
    });
    return tops;
  }

  #value(shape: readonly number[], positive: boolean, varies: boolean, memory?: string): DraftValue {
    const id = `b${this.values.length}`;
    const value = { id, memory: memory ?? id, shape, uses: 0, gone: false, positive, varies };
    this.values.push(value);
    return value;
  }
}

/** The number of values of a shape. */
export function count(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
