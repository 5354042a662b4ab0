/** One number of a net's output: outputs with several elements give several scores. */
export interface Score {
  /** Name of the output blob. */
  name: string;
  /** Which element of the blob. */
  index: number;
  /** The value, or its mean over a test's batches. */
  value: number;
  /** The weight with which the blob adds to the loss; 0 where it does not. */
  lossWeight: number;
}

/**
 * The scores of one-element outputs by name; those of a blob with several elements as `name[0]`, `name[1]` and so on.
 *
 * ```ts
 * import { scoresByName } from "./score.ts";
 * import assert from "node:assert/strict";
 *
 * const scores = [{ name: "accuracy", index: 0, value: 0.5, lossWeight: 0 }];
 * assert.deepEqual(scoresByName(scores), { accuracy: 0.5 });
 * ```
 */
export function scoresByName(scores: readonly Score[]): Record<string, number> {
  const several = new Set(scores.filter((score) => score.index > 0).map((score) => score.name));
  return Object.fromEntries(
    scores.map(({ name, index, value }) => [several.has(name) ? `${name}[${index}]` : name, value]),
  );
}
