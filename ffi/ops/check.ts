/** Numbers that the engine reads and writes: a view of a blob, a part of one, or any other array. */
export type Floats = Float32Array<ArrayBuffer>;

/** The most values per call. */
const MOST = 0x7fffffff;

/** Throws a RangeError unless the array has `length` values. A view of freed memory has none. */
export function checkLength(name: string, array: Floats, length: number): void {
  if (array.length !== length) {
    throw new RangeError(`Expected ${name} to have ${length} values but found ${array.length}`);
  }
}

/** Throws a RangeError unless the array has at least `length` values. */
export function checkRoom(name: string, array: Floats, length: number): void {
  if (array.length < length) {
    throw new RangeError(`Expected ${name} to have at least ${length} values but found ${array.length}`);
  }
}

/** The common length of x and y. Throws a RangeError when they differ. */
export function commonLength(x: Floats, y: Floats, name = "y"): number {
  const length = x.length;
  if (y.length !== length) checkLength(name, y, length);
  if (length > MOST) throw new RangeError(`Expected at most ${MOST} values but found ${length}`);
  return length;
}

/** Throws a RangeError unless the value is a whole number from `least` to 2³¹ − 1. */
export function checkWhole(name: string, value: number, least = 0): void {
  if (!Number.isInteger(value) || value < least || value > MOST) {
    throw new RangeError(`Expected ${name} to be a whole number of at least ${least} but found ${value}`);
  }
}

/**
 * An array as functions that work along one axis see it: (outer, axis, inner), where outer is the product of
 * the sizes of the axes before it, and inner of those after it. Axis 1 of (N, C, H, W) is `{ outer: N, axis:
 * C, inner: H * W }`.
 */
export interface AxisShape {
  /** Product of the sizes of the axes before; default 1. */
  readonly outer?: number | undefined;
  /** Size of the axis. */
  readonly axis: number;
  /** Product of the sizes of the axes after; default 1. */
  readonly inner?: number | undefined;
}

/** Throws a RangeError unless the array has as many values as the shape. */
export function checkShape(name: string, array: Floats, { outer = 1, axis, inner = 1 }: AxisShape): void {
  checkWhole("outer", outer);
  checkWhole("axis", axis);
  checkWhole("inner", inner);
  checkWhole("outer * axis * inner", outer * axis * inner);
  checkLength(name, array, outer * axis * inner);
}
