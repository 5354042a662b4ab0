import { countOf } from "../../../data/arrays/nd_array.ts";
import type { ClassOutputs, ScoreKind } from "./find_outputs.ts";

/** What a net said of one input, or of one pixel of it. */
export interface Judgement {
  /** Index in the batch. */
  index: number;
  /** The class that it is of. */
  label: number;
  /** The class with the greatest score. */
  guess: number;
  /**
   * How wrong the net is: −log of the softmax's probability of the label; for scores of another kind, how far the greatest
   * score of another class is above the label's. NaN if it isn't wanted.
   */
  loss: number;
}

/**
 * Calls `take` for each label of a batch that counts. The object is the same each time. Does nothing if labels and scores
 * don't fit together. `wantsLoss` says whether losses are computed, which takes longer.
 */
export function judgeBatch(
  { scores, labels, axis, kind, ignoreLabel }: ClassOutputs,
  wantsLoss: boolean,
  take: (judgement: Judgement) => void,
): void {
  const { shape } = scores, classes = shape[axis] ?? 0;
  const inner = countOf(shape.slice(axis + 1));
  const outer = countOf(shape.slice(0, axis));
  const { data: values } = scores, { data: truth } = labels;
  if (truth.length !== outer * inner || classes === 0) return;
  // What is before the axis, but for the first one, belongs to the same input.
  const perInput = outer / (axis > 0 ? shape[0] ?? 1 : 1);
  const judgement = { index: 0, label: 0, guess: 0, loss: 0 };
  for (let i = 0; i < outer; i++) {
    for (let j = 0; j < inner; j++) {
      const label = truth[i * inner + j]!;
      if (label === ignoreLabel || !Number.isInteger(label) || label < 0 || label >= classes) continue;
      const start = i * classes * inner + j;
      let guess = 0;
      for (let k = 1; k < classes; k++) {
        if (values[start + k * inner]! > values[start + guess * inner]!) guess = k;
      }
      judgement.index = Math.floor(i / perInput);
      judgement.label = label;
      judgement.guess = guess;
      judgement.loss = wantsLoss ? lossOf(kind, values, { start, classes, step: inner, label, guess }) : NaN;
      take(judgement);
    }
  }
}

interface Row {
  start: number;
  classes: number;
  step: number;
  label: number;
  guess: number;
}

function lossOf(kind: ScoreKind, values: Float32Array, { start, classes, step, label, guess }: Row): number {
  const own = values[start + label * step]!;
  // The least normal number, as Caffe's losses have it: no loss is infinite.
  if (kind === "probabilities") return -Math.log(Math.max(own, 1.17549435e-38));
  const greatest = values[start + guess * step]!;
  if (kind === "logits") {
    let sum = 0;
    for (let k = 0; k < classes; k++) sum += Math.exp(values[start + k * step]! - greatest);
    return Math.log(sum) - (own - greatest);
  }
  if (guess !== label) return greatest - own;
  let second = -Infinity;
  for (let k = 0; k < classes; k++) if (k !== label) second = Math.max(second, values[start + k * step]!);
  return second - own;
}
