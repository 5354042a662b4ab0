// Tables and coefficients for e^x = 2^(k/32) · 2^(r/32), with k an integer and |r| ≤ 1/2: 2^(r/32) is a
// polynomial.
const STEPS = 32;
const ROOTS = Float64Array.from({ length: STEPS }, (_, i) => 2 ** (i / STEPS));
const LEAST_POWER = -152;
const POWERS = Float64Array.from({ length: 282 }, (_, i) => 2 ** (i + LEAST_POWER));
const PER_LN2 = 1.4426950408889634 * STEPS;
const C1 = 0.6931471806916203 / STEPS;
const C2 = 0.2402284522445722 / STEPS ** 2;
const C3 = 0.05550361559341535 / STEPS ** 3;

/**
 * e^x rounded to 32 bits, with the same bits as the engine's: C's `expf` in glibc and musl, by the algorithm
 * of Arm's optimized routines. `Math.exp` rounded to 32 bits differs for one value in 2,000, and since
 * training is chaotic, that leads to other losses after a hundred iterations.
 *
 * ```ts
 * import { exp32 } from "./exp32.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(exp32(0), 1);
 * assert.equal(exp32(1), Math.fround(Math.E));
 * assert.equal(exp32(-200), 0);
 * ```
 */
export function exp32(x: number): number {
  if (!(x > -104)) return x <= -104 ? 0 : NaN;
  if (x > 89) return Infinity;
  const z = PER_LN2 * x;
  const k = Math.round(z);
  const r = z - k;
  const power = ROOTS[k & (STEPS - 1)]! * POWERS[(k >> 5) - LEAST_POWER]!;
  return Math.fround(((C3 * r + C2) * (r * r) + (C1 * r + 1)) * power);
}
