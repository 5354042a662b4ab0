import { counted } from "../../base/counted.ts";
import type { FindingKey } from "./finding_key.ts";

/** What a layer can do wrong, and what to do about it. */
const HINTS = {
  "fails": "The layer throws an error. If these bottoms are not for it, declare `static examples`.",
  "gradient": "Derive backward's formula again from forward's, index by index.",
  "gradient-sign": "The whole gradient has the wrong sign.",
  "gradient-factor": "The whole gradient is off by a factor.",
  "gradient-missing": "The loss changes with these values, so backward must write their gradient.",
  "top-diff-ignored":
    "backward must multiply by the tops' diff: it is the gradient from above; for a loss, its loss_weight.",
  "propagate-down": "Skip only the gradient of a bottom whose entry in propagateDown is false.",
  "unwanted-diff-written": "Write the diff of a bottom only if its entry in propagateDown is true.",
  "bottom-diff-added-to":
    "backward must overwrite a bottom's diff (=, not +=); to sum up, fill it with 0 first.",
  "bottom-diff-not-written": "backward must write every element of a bottom's diff, zeros included.",
  "parameter-diff-overwritten":
    "backward must add to a parameter's diff (+=, not =): layers that share it sum up there.",
  "in-place":
    "Throw in reshape when the bottom is the top, or save in forward what backward needs of the bottom.",
  "two-in-a-net": "Keep all state in fields of the object, none in the module or in static fields.",
  "state":
    "forward must depend only on its bottoms and parameters; declare `random: true` if it draws numbers.",
  "seed": "Draw random numbers from this.random.",
  "batch-size": "Compute sizes in reshape, from the bottoms' shapes, not in setup or the constructor.",
  "not-finite": "Guard divisions, logarithms and exponentials, or declare the `range` of the bottom.",
  "onnx":
    "static onnx must make what forward computes in phase TEST, for any batch: names such as N are lengths too.",
  "out-of-range": "An index is outside the array: check the loop's bounds and the strides.",
  "guard-zone": "Memory beside the blob was written: check offsets into `buffer` and lengths.",
  "stale-view": "Ask for `blob.data` and `blob.diff` again in every call; memory moves between calls.",
  "bottom-data-written":
    "Only forward of an in-place layer may write a bottom's data. Write to a buffer of your own.",
  "top-data-written": "Other layers still need what forward computed. Write to a buffer of your own.",
  "top-diff-written": "Only read the tops' diff: it is the gradient from above; for a loss, its loss_weight.",
  "diff-written-in-forward": "Save what backward needs in a buffer of your own, not in a diff.",
  "parameter-data-written": "Only the solver changes parameters. Write to their diff.",
  "top-not-written": "forward must write every element of its tops, and not read what they held before.",
  "blob-reshaped": "A layer reshapes its tops, and only in reshape.",
} as const;

/** The name of what a layer did wrong. */
export type LayerRule = keyof typeof HINTS;

/** What a finding says of the layer: those of the lowest rank are shown first. */
export enum FindingRank {
  /** An error of the layer's own, whatever its bottoms are: a name that is not declared, a promise. */
  OWN,
  /** What is wrong while the layer runs. */
  RUNNING,
  /** An error at what the layer was given, as it may well throw for bottoms that are not for it. */
  OF_THE_USE,
}

/** What is wrong, where and by how much. */
export interface FindingDetails {
  /** What is wrong, without numbers: "gradient of bottom 0". */
  what: string;
  /** Tells it apart from other mistakes against the same rule. */
  key: FindingKey;
  /** The element, by its index along each axis. */
  element?: readonly number[] | undefined;
  /** What should be there. */
  expected?: number | undefined;
  /** What is there. */
  found?: number | undefined;
  /** How many more elements are wrong. */
  others?: number | undefined;
  /** The line of the layer's module: file, line and column. */
  at?: string | undefined;
  /** Replaces the rule's own hint. */
  hint?: string | undefined;
  /** Its place among the findings; RUNNING by default. */
  rank?: FindingRank | undefined;
}

/**
 * A mistake of a layer: what is wrong, at which element, by how much, in which use, and what to do about it.
 */
export class LayerFinding {
  /** The name of the mistake, such as "gradient-sign". */
  readonly rule: LayerRule;
  /** The layer's class. */
  readonly layer: string;
  /** What is wrong, without numbers: "gradient of bottom 0". */
  readonly what: string;
  /** The element, by its index along each axis: [n, c, h, w]. */
  readonly element?: readonly number[];
  /** What should be there. */
  readonly expected?: number;
  /** What is there. */
  readonly found?: number;
  /** The place in the layer's module, if known: file, line and column. */
  readonly at?: string;
  /** How many other elements are wrong in the same way. */
  readonly others: number;
  /** The use of the layer in which it was found first: shapes, parameters, phase. */
  readonly use: string;
  /** In how many more uses it was found. */
  uses = 0;
  /** What to do about it. */
  readonly hint: string;
  /** Its place among the findings of the layer. */
  readonly rank: FindingRank;

  /** Describes a mistake. Only checkLayer makes findings. */
  constructor(rule: LayerRule, layer: string, use: string, details: FindingDetails) {
    this.rule = rule;
    this.layer = layer;
    this.use = use;
    this.what = details.what;
    this.others = details.others ?? 0;
    this.hint = details.hint ?? HINTS[rule];
    this.rank = details.rank ?? FindingRank.RUNNING;
    if (details.at !== undefined) this.at = details.at;
    if (details.element !== undefined) this.element = details.element;
    if (details.expected !== undefined) this.expected = details.expected;
    if (details.found !== undefined) this.found = details.found;
  }

  /** What is wrong, with numbers, on one line. */
  get message(): string {
    const place = this.element === undefined ? "" : ` at [${this.element.join(", ")}]`;
    const numbers = this.expected === undefined || this.found === undefined
      ? ""
      : `: expected ${text(this.expected)} but found ${text(this.found)}${offBy(this.expected, this.found)}`;
    const others = this.others === 0 ? "" : `, and ${counted(this.others, "more element")}`;
    return `${this.what}${place}${numbers}${others}`;
  }

  /** The finding for people, on several lines. */
  toString(): string {
    const more = this.uses === 0 ? "" : `, and in ${counted(this.uses, "more use")}`;
    const at = this.at === undefined ? "" : `\n  at ${this.at}`;
    return `${this.layer}: ${this.rule}: ${this.message}${at}\n  with ${this.use}${more}\n  ${this.hint}`;
  }
}

/** A mistake's identity as text, for maps: equal for equal rules and keys. */
export function identityOf(rule: LayerRule, key: FindingKey): string {
  const { method, blob, access, index, shared, error } = key;
  return JSON.stringify([rule, method, blob, access, index, shared, error]);
}

/** The index along each axis of an element of a blob; empty for a scalar. */
export function elementAt(index: number, shape: readonly number[]): number[] {
  const element: number[] = [];
  for (const size of [...shape].reverse()) {
    element.unshift(index % size);
    index = Math.floor(index / size);
  }
  return element;
}

function offBy(expected: number, found: number): string {
  return Number.isFinite(expected) && Number.isFinite(found) ? ` (off by ${text(found - expected)})` : "";
}

function text(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(5))) : String(value);
}
