/**
 * For each element of an array with the given axes, in order, the sum of one offset of each axis: where a
 * rearranged element comes from or goes to. An axis is the list of its offsets, one for each of its indices.
 *
 * ```ts
 * import { sumOffsets } from "./sum_offsets.ts";
 * import assert from "node:assert/strict";
 *
 * // A 2 × 3 array, transposed.
 * assert.deepEqual([...sumOffsets([[0, 1], [0, 2, 4]])], [0, 2, 4, 1, 3, 5]);
 * ```
 */
export function sumOffsets(axes: readonly ArrayLike<number>[]): Int32Array<ArrayBuffer> {
  let sums = Int32Array.of(0);
  for (const axis of axes) {
    const next = new Int32Array(sums.length * axis.length);
    let at = 0;
    for (const start of sums) {
      for (let k = 0; k < axis.length; k++) next[at++] = start + axis[k]!;
    }
    sums = next;
  }
  return sums;
}

/** How far apart the neighbours along each axis of a shape are. */
export function strides(shape: readonly number[]): number[] {
  const all = shape.map(() => 1);
  for (let i = shape.length - 2; i >= 0; i--) all[i] = all[i + 1]! * shape[i + 1]!;
  return all;
}

/** The offsets of an axis: `of(0)`, …, `of(size − 1)`, each times `stride`. */
export function axisOffsets(size: number, stride: number, of: (index: number) => number): number[] {
  return Array.from({ length: size }, (_, i) => stride * of(i));
}
