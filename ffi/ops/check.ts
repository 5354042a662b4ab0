/** Numbers that the engine reads and writes: a blob's view, a part of one, or an array of one's own. */
export type Floats = Float32Array<ArrayBuffer>;

/** The most values that one call takes. */
const MOST = 0x7fffffff;

/** Throws a RangeError unless the array has `length` values. A view whose blob's memory is gone has none. */
export function checkLength(name: string, array: Floats, length: number): void {
  if (array.length !== length) {
    throw new RangeError(`Expected ${name} to have ${length} values but found ${array.length}`);
  }
}

/** Throws a RangeError unless the array has `length` values or more. */
export function checkRoom(name: string, array: Floats, length: number): void {
  if (array.length < length) {
    throw new RangeError(`Expected ${name} to have at least ${length} values but found ${array.length}`);
  }
}

/** The length of x, and of y, which must have the same. Throws a RangeError. */
export function commonLength(x: Floats, y: Floats, name = "y"): number {
  const length = x.length;
  if (y.length !== length) checkLength(name, y, length);
  if (length > MOST) throw new RangeError(`Expected at most ${MOST} values but found ${length}`);
  return length;
}

/** Throws a RangeError unless the value is a whole number from `least` to 2³¹ − 1. */
export function checkWhole(name: string, value: number, least = 0): void {
  if (!Number.isInteger(value) || value < least || value > MOST) {
    throw new RangeError(`Expected ${name} to be a whole number from ${least} on but found ${value}`);
  }
}

/**
 * How an array is seen by the functions that work over an axis: the sizes of all axes before it multiplied, its own, and
 * those of all axes after it multiplied. Axis 1 of (N, C, H, W) is `{ outer: N, axis: C, inner: H * W }`.
 */
export interface AxisShape {
  /** Product of the sizes of the axes before; 1 unless given. */
  readonly outer?: number | undefined;
  /** Size of the axis. */
  readonly axis: number;
  /** Product of the sizes of the axes after; 1 unless given. */
  readonly inner?: number | undefined;
}

/** Throws a RangeError unless the array has the values that the shape says. */
export function checkShape(name: string, array: Floats, { outer = 1, axis, inner = 1 }: AxisShape): void {
  checkWhole("outer", outer);
  checkWhole("axis", axis);
  checkWhole("inner", inner);
  checkWhole("outer * axis * inner", outer * axis * inner);
  checkLength(name, array, outer * axis * inner);
}
