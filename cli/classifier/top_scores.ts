import type { NdArray } from "../../data/mod.ts";
import { NetFailure } from "./net_failure.ts";
import { csvField } from "../../base/csv_field.ts";

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

/** An example's most likely classes, and where it came from. */
export interface NamedTop {
  /** The file, and the number of the example in it where it has several. */
  readonly name: string;
  /** The classes, the most likely first. */
  readonly top: readonly TopScore[];
}

/**
 * The scores as Caffe's classification example prints them: one per line, under a headline where there are several
 * examples.
 */
export function topScoresText(examples: readonly NamedTop[]): string {
  return examples.map(({ name, top }) =>
    (examples.length === 1 ? "" : `---------- Prediction for ${name} ----------\n`) +
    top.map(({ label, score }) => `${score.toFixed(4)} - "${label}"\n`).join("")
  ).join("");
}

/**
 * The scores as CSV: a line for each example with its name, and label and score of each of its classes.
 *
 * ```ts
 * import { topScoresCsv } from "./top_scores.ts";
 * import assert from "node:assert/strict";
 *
 * const top = [{ index: 1, label: "cat, black", score: 0.75 }, { index: 0, label: "dog", score: 0.25 }];
 * assert.equal(
 *   topScoresCsv([{ name: "a.jpg", top }]),
 *   'file,label1,score1,label2,score2\na.jpg,"cat, black",0.75,dog,0.25\n',
 * );
 * ```
 */
export function topScoresCsv(examples: readonly NamedTop[]): string {
  const columns = Math.max(0, ...examples.map(({ top }) => top.length));
  const head = [
    "file",
    ...Array.from({ length: columns }, (_, i) => [`label${i + 1}`, `score${i + 1}`]).flat(),
  ];
  const rows = examples.map(({ name, top }) => [
    csvField(name),
    ...top.flatMap(({ label, score }) => [csvField(label), String(score)]),
  ]);
  return [head, ...rows].map((row) => `${row.join(",")}\n`).join("");
}
