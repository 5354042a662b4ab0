/** What the values of a parameter are like. */
export interface WeightsStatistics {
  /** Number of values. */
  readonly count: number;
  /** The mean of those that are finite; NaN when there are none, as the next three. */
  readonly mean: number;
  /** Their standard deviation, the root of the mean squared distance from the mean. */
  readonly deviation: number;
  /** The smallest finite value. */
  readonly min: number;
  /** The largest finite value. */
  readonly max: number;
  /** How many are 0. */
  readonly zeros: number;
  /** How many are NaN. */
  readonly nan: number;
  /** How many are infinite. */
  readonly infinite: number;
}

/**
 * Counts and measures values, in 64 bits.
 *
 * ```ts
 * import { weightsStatistics } from "./weights_statistics.ts";
 * import assert from "node:assert/strict";
 *
 * const { mean, deviation, zeros, nan } = weightsStatistics(Float32Array.of(0, 4, NaN));
 * assert.deepEqual([mean, deviation, zeros, nan], [2, 2, 1, 1]);
 * ```
 */
export function weightsStatistics(values: Float32Array): WeightsStatistics {
  let sum = 0, min = Infinity, max = -Infinity, zeros = 0, nan = 0, infinite = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isFinite(value)) {
      sum += value;
      if (value < min) min = value;
      if (value > max) max = value;
      if (value === 0) zeros++;
    } else if (Number.isNaN(value)) nan++;
    else infinite++;
  }
  const finite = values.length - nan - infinite, mean = sum / finite;
  if (finite === 0) {
    return { count: values.length, mean: NaN, deviation: NaN, min: NaN, max: NaN, zeros, nan, infinite };
  }
  // In a second pass: the difference of two large sums would lose what is small.
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    const apart = values[i]! - mean;
    if (Number.isFinite(apart)) squares += apart * apart;
  }
  const deviation = Math.sqrt(squares / finite);
  return { count: values.length, mean, deviation, min, max, zeros, nan, infinite };
}
