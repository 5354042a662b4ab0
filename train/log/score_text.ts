import type { Score } from "../score.ts";
import { floatText } from "./float_text.ts";

/**
 * A score in Caffe's words: `loss = 0.25 (* 1 = 0.25 loss)`.
 *
 * ```ts
 * import { scoreText } from "./score_text.ts";
 * import assert from "node:assert/strict";
 *
 * const score = { name: "loss", index: 0, value: 0.5, lossWeight: 0.5 };
 * assert.equal(scoreText(score), "loss = 0.5 (* 0.5 = 0.25 loss)");
 * ```
 */
export function scoreText({ name, value, lossWeight }: Score): string {
  const loss = lossWeight === 0
    ? ""
    : ` (* ${floatText(lossWeight)} = ${floatText(Math.fround(lossWeight * value))} loss)`;
  return `${name} = ${floatText(value)}${loss}`;
}
