import { CremaError } from "../../base/error.ts";
import { counted } from "../../base/counted.ts";

/**
 * An array with any number of axes: the sizes of the axes, and the values with the last axis fastest. A Blob
 * is one.
 */
export interface NdArray {
  /** The sizes of the axes, outermost first. Empty for a scalar. */
  readonly shape: readonly number[];
  /** The values. Their number is the product of the shape. */
  readonly data: Float32Array;
}

/** The number of values in an array of this shape; 1 for a scalar. */
export function countOf(shape: readonly number[]): number {
  return shape.reduce((count, size) => count * size, 1);
}

/**
 * Makes an array of the given shape, from its values (copied, unless they are a Float32Array) or of zeros.
 * Throws a CremaError when the number of values does not match the shape.
 *
 * ```ts
 * import { ndArray } from "./nd_array.ts";
 * import assert from "node:assert/strict";
 *
 * const identity = ndArray([2, 2], [1, 0, 0, 1]);
 * assert.equal(identity.data[3], 1);
 * assert.equal(ndArray([3, 4]).data.length, 12);
 * ```
 */
export function ndArray(shape: readonly number[], values?: ArrayLike<number>): NdArray {
  const count = countOf(shape);
  if (!shape.every((size) => Number.isInteger(size) && size >= 0)) {
    throw new CremaError(`Expected axes of whole sizes but found (${shape.join(", ")})`);
  }
  if (values !== undefined && values.length !== count) {
    throw new CremaError(
      `Expected ${counted(count, "value")} for the shape (${shape.join(", ")}) but found ${values.length}`,
    );
  }
  const data = values instanceof Float32Array
    ? values
    : values === undefined
    ? new Float32Array(count)
    : Float32Array.from(values);
  return { shape: [...shape], data };
}

/**
 * Returns a copy with the axes in another order, as numpy's transpose does: axis i of the result is axis
 * `order[i]`. Throws a CremaError when `order` does not name every axis once.
 *
 * ```ts
 * import { ndArray, transpose } from "./nd_array.ts";
 * import assert from "node:assert/strict";
 *
 * const turned = transpose(ndArray([2, 3], [1, 2, 3, 4, 5, 6]), [1, 0]);
 * assert.deepEqual(turned, ndArray([3, 2], [1, 4, 2, 5, 3, 6]));
 * ```
 */
export function transpose({ shape, data }: NdArray, order: readonly number[]): NdArray {
  const axes = shape.length;
  if (order.length !== axes || new Set(order).size !== axes || order.some((axis) => !(axis in shape))) {
    throw new CremaError(
      `Expected an order of ${counted(axes, "axis", "axes")} but found (${order.join(", ")})`,
    );
  }
  const strides = shape.map((_, axis) => countOf(shape.slice(axis + 1)));
  const sizes = order.map((axis) => shape[axis]!), steps = order.map((axis) => strides[axis]!);
  const turned = new Float32Array(data.length);
  const index = new Array<number>(axes).fill(0);
  let from = 0;
  for (let to = 0; to < turned.length; to++) {
    turned[to] = data[from]!;
    for (let axis = axes - 1; axis >= 0; axis--) {
      from += steps[axis]!;
      if (++index[axis]! < sizes[axis]!) break;
      from -= steps[axis]! * sizes[axis]!;
      index[axis] = 0;
    }
  }
  return { shape: sizes, data: turned };
}
