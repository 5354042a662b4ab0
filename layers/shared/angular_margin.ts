/** Σ_i a[at + i] b[from + i] over `size` values. */
export function dot(a: Float32Array, at: number, b: Float32Array, from: number, size: number): number {
  let sum = 0;
  for (let i = 0; i < size; i++) sum += a[at + i]! * b[from + i]!;
  return sum;
}

/** ψ and its derivative in cos θ: see {@link angularMargin}. */
export interface AngularMargin {
  readonly value: number;
  readonly slope: number;
}

/**
 * ψ(θ) = (−1)^k cos(m θ) − 2k for θ between kπ/m and (k + 1)π/m, with m from 1 to 4: a cosine of m times the angle
 * that falls from 0 to π without turning. Takes cos θ.
 *
 * ```ts
 * import { angularMargin } from "./angular_margin.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(angularMargin(2, 0.5), { value: -0.5, slope: 2 });
 * assert.deepEqual(angularMargin(2, -0.5), { value: -1.5, slope: 2 });
 * ```
 */
export function angularMargin(m: 1 | 2 | 3 | 4, cosine: number): AngularMargin {
  const c = cosine, square = c * c;
  const k = Math.min(m - 1, Math.floor(m * Math.acos(Math.min(1, Math.max(-1, c))) / Math.PI));
  const [value, slope] = m === 1
    ? [c, 1]
    : m === 2
    ? [2 * square - 1, 4 * c]
    : m === 3
    ? [(4 * square - 3) * c, 12 * square - 3]
    : [8 * square * (square - 1) + 1, (32 * square - 16) * c];
  const sign = k % 2 === 0 ? 1 : -1;
  return { value: sign * value - 2 * k, slope: sign * slope };
}

/** The margins by their name in the forks' prototxt files. */
export const MARGINS = { SINGLE: 1, DOUBLE: 2, TRIPLE: 3, QUADRUPLE: 4 } as const;
