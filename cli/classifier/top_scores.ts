import type { NdArray } from "../../data/mod.ts";
import { NetFailure } from "./net_failure.ts";

/** One of an example's most likely classes. */
export interface TopScore {
  /** Its index in the net's output. */
  index: number;
  /** Its name, or its index where there are no names. */
  label: string;
  /** The net's output for it: a probability where the net ends with a Softmax. */
  score: number;
}

/** Classifies the bytes of one input; errors call it by `name`. */
export type Classify = (
  bytes: Uint8Array,
  name: string,
  options?: { top?: number | undefined },
) => Promise<TopScore[][]>;

/**
 * The `count` highest scores of each example, (N, …), the highest first. Throws a NetFailure when a score is NaN or
 * infinite: then there is no order.
 *
 * ```ts
 * import { topScores } from "./top_scores.ts";
 * import { ndArray } from "../../data/mod.ts";
 * import assert from "node:assert/strict";
 *
 * const [first] = topScores(ndArray([1, 3], [0.25, 0, 0.75]), 2, ["cat", "dog", "bird"]);
 * assert.deepEqual(first, [{ index: 2, label: "bird", score: 0.75 }, { index: 0, label: "cat", score: 0.25 }]);
 * ```
 */
export function topScores(
  { shape: [examples = 0], data }: NdArray,
  count: number,
  labels: readonly string[] = [],
): TopScore[][] {
  const classes = examples === 0 ? 0 : data.length / examples;
  return Array.from({ length: examples }, (_, example) => {
    const scores = data.subarray(example * classes, (example + 1) * classes);
    const odd = scores.find((score) => !Number.isFinite(score));
    if (odd !== undefined) {
      throw new NetFailure(`Expected scores of example ${example} but found ${odd}`, {
        hint: "Are the weights whole, and is the input prepared as it was in training?",
      });
    }
    return Array.from(scores, (score, index) => ({ index, label: labels[index] ?? String(index), score }))
      .sort((a, b) => b.score - a.score || a.index - b.index)
      .slice(0, count);
  });
}

/** The scores as Caffe's classification example prints them: one per line, under a headline where there are several examples. */
export function topScoresText(tops: readonly TopScore[][]): string {
  return tops.map((top, example) =>
    (tops.length === 1 ? "" : `---------- Prediction for example ${example} ----------\n`) +
    top.map(({ label, score }) => `${score.toFixed(4)} - "${label}"\n`).join("")
  ).join("");
}
