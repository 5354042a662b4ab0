/**
 * The shortest decimal that a 32 bit float rounds to, as a double: 0.01 rather than 0.009999999776482582. It
 * is the value that the author of a prototxt typed, and it becomes the same float again.
 *
 * ```ts
 * import { shortestFloat32 } from "./float32.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(shortestFloat32(Math.fround(0.01)), 0.01);
 * ```
 */
export function shortestFloat32(value: number): number {
  const float = Math.fround(value);
  if ((Number.isInteger(float) && Math.abs(float) <= 2 ** 24) || !Number.isFinite(float)) return float;
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(float.toPrecision(digits));
    if (Math.fround(short) === float) return short;
  }
  return Number(float.toPrecision(9));
}
