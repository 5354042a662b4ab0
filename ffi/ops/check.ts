import { counted } from "../../base/counted.ts";

/** Numbers that the engine reads and writes: a view of a blob, a part of one, or any other array. */
export type Floats = Float32Array<ArrayBuffer>;

/** The most values per call. */
const MOST = 0x7fffffff;

// The engine reads and writes as many floats as it is told, so what an array is must come from the array itself:
// these getters read its internal slots, which no own property, subclass or changed prototype can hide.
const typedArray = Object.getPrototypeOf(Float32Array.prototype) as object;
const tagOf = Object.getOwnPropertyDescriptor(typedArray, Symbol.toStringTag)!.get!;
const lengthOf = Object.getOwnPropertyDescriptor(typedArray, "length")!.get!;
const { apply } = Reflect;

/**
 * The number of values that a Float32Array really has: 0 if its buffer is detached, or too small by now.
 * Throws a TypeError for anything else, which the engine would take for floats.
 *
 * ```ts
 * import { floatsLength } from "./check.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(floatsLength("x", new Float32Array(3)), 3);
 * assert.throws(() => floatsLength("x", new Uint8Array(3) as never), TypeError);
 * ```
 */
export function floatsLength(name: string, array: Floats): number {
  if (apply(tagOf, array, NOTHING) !== "Float32Array") throw notFloats(name, array);
  return apply(lengthOf, array, NOTHING) as number;
}

const NOTHING: [] = [];

function notFloats(name: string, value: unknown): TypeError {
  const hint = "`Float32Array.from(values)` makes one of other numbers.";
  return new TypeError(`Expected ${name} to be a Float32Array but found ${kindOf(value)}. ${hint}`);
}

/** What a value is, without running any code of its own. */
function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== "object") return `a ${typeof value}`;
  const tag = apply(tagOf, value, NOTHING) as string | undefined;
  if (tag !== undefined) return tag.startsWith("I") ? `an ${tag}` : `a ${tag}`;
  return "another object";
}

/** Throws a TypeError unless the array holds floats, and a RangeError unless it has `length` of them. */
export function checkLength(name: string, array: Floats, length: number): void {
  const found = floatsLength(name, array);
  if (found !== length) {
    throw new RangeError(`Expected ${name} to have ${counted(length, "value")} but found ${found}`);
  }
}

/** Throws a TypeError unless the array holds floats, and a RangeError unless it has at least `length`. */
export function checkRoom(name: string, array: Floats, length: number): void {
  const found = floatsLength(name, array);
  if (found < length) {
    throw new RangeError(`Expected ${name} to have at least ${counted(length, "value")} but found ${found}`);
  }
}

/**
 * The length of x, which the engine can count in an int32. Throws a TypeError unless x holds floats, and a
 * RangeError when it is too long.
 */
export function countedLength(name: string, x: Floats): number {
  const length = floatsLength(name, x);
  if (length > MOST) throw new RangeError(`Expected at most ${MOST} values but found ${length}`);
  return length;
}

/** The common length of x and y. Throws as {@link countedLength} does, and a RangeError when they differ. */
export function commonLength(x: Floats, y: Floats, names: readonly [x: string, y: string] = XY): number {
  const length = countedLength(names[0], x);
  if (y !== x) checkLength(names[1], y, length);
  return length;
}

const XY = ["x", "y"] as const;
/** The names of two inputs, for {@link commonLength}. */
export const AB = ["a", "b"] as const;

/** Throws a RangeError unless the value is a whole number from `least` to 2³¹ − 1. */
export function checkWhole(name: string, value: number, least = 0): void {
  if (!Number.isInteger(value) || value < least || value > MOST) {
    throw new RangeError(`Expected ${name} to be a whole number of at least ${least} but found ${value}`);
  }
}

/**
 * An array as functions that work along one axis see it: (outer, axis, inner), where outer is the product of
 * the sizes of the axes before it, and inner of those after it. For axis 1 of (N, C, H, W) this is
 * `{ outer: N, axis: C, inner: H * W }`.
 */
export interface AxisShape {
  /** Product of the sizes of the axes before; default 1. */
  readonly outer?: number | undefined;
  /** Size of the axis. */
  readonly axis: number;
  /** Product of the sizes of the axes after; default 1. */
  readonly inner?: number | undefined;
}

/** An {@link AxisShape} whose sizes were read, once, and checked. */
export interface CheckedShape {
  /** Product of the sizes of the axes before. */
  readonly outer: number;
  /** Size of the axis. */
  readonly axis: number;
  /** Product of the sizes of the axes after. */
  readonly inner: number;
  /** The product of the three. */
  readonly length: number;
}

/**
 * The sizes of a shape. Throws a RangeError unless they are whole numbers, and the axis at least `least`, and
 * unless the array has as many values as the shape; a TypeError unless it holds floats.
 */
export function checkShape(name: string, array: Floats, shape: AxisShape, least = 0): CheckedShape {
  const { outer = 1, axis, inner = 1 } = shape;
  checkWhole("outer", outer);
  checkWhole("axis", axis, least);
  checkWhole("inner", inner);
  const length = outer * axis * inner;
  checkWhole("outer * axis * inner", length);
  checkLength(name, array, length);
  return { outer, axis, inner, length };
}
