/** One number of a net's output. An output with several elements gives several scores. */
export interface Score {
  /** Name of the output blob. */
  name: string;
  /** Index of the element in the blob. */
  index: number;
  /** The value, or its mean over a test's batches. */
  value: number;
  /** The weight of the blob in the loss; 0 if it is not part of it. */
  lossWeight: number;
}

/**
 * The scores by name. Those of a blob with several elements are named `name[0]`, `name[1]` and so on.
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
