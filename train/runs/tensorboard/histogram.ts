/** How values are distributed: the fields of TensorFlow's HistogramProto. */
export interface Histogram {
  min: number;
  max: number;
  /** The number of values. */
  num: number;
  sum: number;
  sumSquares: number;
  /** The upper end of each bucket. */
  bucketLimit: number[];
  /** The number of values in each bucket. */
  bucket: number[];
}

const BUCKETS = 64;

/**
 * Counts values in 64 buckets of one width, from the least value to the greatest. Values that are not finite are left
 * out. Undefined if no value is finite.
 *
 * ```ts
 * import { histogram } from "./histogram.ts";
 * import assert from "node:assert/strict";
 *
 * const found = histogram([new Float32Array([0, 1, 1, 64])]);
 * assert.deepEqual([found?.bucket[0], found?.bucket[1], found?.bucket[63]], [1, 2, 1]);
 * ```
 */
export function histogram(parts: readonly Float32Array[]): Histogram | undefined {
  let min = Infinity, max = -Infinity, num = 0, sum = 0, sumSquares = 0;
  for (const part of parts) {
    for (const value of part) {
      if (!Number.isFinite(value)) continue;
      if (value < min) min = value;
      if (value > max) max = value;
      num++;
      sum += value;
      sumSquares += value * value;
    }
  }
  if (num === 0) return undefined;
  // One value alone gets a bucket around it: buckets must grow.
  const width = max > min ? (max - min) / BUCKETS : Math.max(Math.abs(min), 1) / BUCKETS;
  const bucket = new Array<number>(BUCKETS).fill(0);
  for (const part of parts) {
    for (const value of part) {
      if (Number.isFinite(value)) bucket[Math.min(Math.floor((value - min) / width), BUCKETS - 1)]!++;
    }
  }
  return {
    min,
    max,
    num,
    sum,
    sumSquares,
    bucketLimit: bucket.map((_, i) => min + (i + 1) * width),
    bucket,
  };
}
