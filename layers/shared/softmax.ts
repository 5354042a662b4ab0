import { exp32 } from "./exp32.ts";

/**
 * How values are laid out for a softmax over one axis: `outer` blocks of `classes` rows of `inner` values.
 */
export interface SoftmaxShape {
  outer: number;
  classes: number;
  inner: number;
}

/**
 * The shape of a softmax over an axis of a blob; a negative axis counts from the end. Throws a RangeError.
 */
export function softmaxShape(shape: readonly number[], axis: number): SoftmaxShape {
  const at = axis < 0 ? axis + shape.length : axis;
  if (!Number.isInteger(at) || at < 0 || at >= shape.length) {
    throw new RangeError(`Expected an axis of a blob of shape (${shape.join(", ")}) but found ${axis}`);
  }
  const product = (sizes: readonly number[]) => sizes.reduce((whole, size) => whole * size, 1);
  return { outer: product(shape.slice(0, at)), classes: shape[at]!, inner: product(shape.slice(at + 1)) };
}

/**
 * Softmax over the classes: p_c = exp(x_c − max) / Σ_k exp(x_k − max). Sums are in the order of the classes
 * and rounded to 32 bits at each step, as Caffe's and the engine's are, so that results agree to the last
 * bit.
 *
 * ```ts
 * import { softmax } from "./softmax.ts";
 * import assert from "node:assert/strict";
 *
 * const p = new Float32Array(2);
 * softmax(new Float32Array([1000, 1000]), p, { outer: 1, classes: 2, inner: 1 });
 * assert.deepEqual([...p], [0.5, 0.5]);
 * ```
 */
export function softmax(from: Float32Array, to: Float32Array, { outer, classes, inner }: SoftmaxShape): void {
  const block = classes * inner;
  for (let n = 0; n < outer; n++) {
    for (let j = 0; j < inner; j++) {
      const first = n * block + j, end = first + block;
      let most = -Infinity;
      for (let at = first; at < end; at += inner) {
        const value = from[at]!;
        if (!(value <= most)) most = value; // a NaN stays
      }
      let sum = 0;
      for (let at = first; at < end; at += inner) {
        const value = exp32(Math.fround(from[at]! - most));
        to[at] = value;
        sum = Math.fround(sum + value);
      }
      for (let at = first; at < end; at += inner) to[at]! /= sum;
    }
  }
}
