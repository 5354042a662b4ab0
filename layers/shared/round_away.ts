/**
 * Rounds as C does: halves away from zero.
 *
 * ```ts
 * import { roundAway } from "./round_away.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual([2.5, -2.5, 0.4].map(roundAway), [3, -3, 0]);
 * ```
 */
export function roundAway(value: number): number {
  return Math.sign(value) * Math.floor(Math.abs(value) + 0.5);
}
