import type { GraphNode } from "./graph_node.ts";
import { NodeError } from "./node_error.ts";
import { countOf } from "./tensor_values.ts";

/** An axis counted from 0; throws a NodeError for one that is not there. */
export function axisIn(axis: number, axes: number): number {
  const own = axis < 0 ? axis + axes : axis;
  if (Number.isInteger(own) && own >= 0 && own < axes) return own;
  throw new NodeError(`Expected an axis of ${axes} but found ${axis}`);
}

/** Axes counted from 0, in rising order; throws a NodeError for one that is not there, or is named twice. */
export function axesIn(given: readonly number[], axes: number): number[] {
  const own = given.map((axis) => axisIn(axis, axes)).sort((a, b) => a - b);
  if (new Set(own).size === own.length) return own;
  throw new NodeError(`Expected each axis once but found ${given.join(", ")}`);
}

/** The shape of arrays that are combined as numpy does: axes count from the last, and those of 1 are repeated. */
export function broadcastShape(...shapes: readonly (readonly number[])[]): number[] {
  const axes = Math.max(0, ...shapes.map(({ length }) => length));
  return Array.from({ length: axes }, (_, i) => {
    const lengths = shapes.map((shape) => shape[i - axes + shape.length] ?? 1);
    const length = lengths.find((each) => each !== 1) ?? 1;
    if (lengths.every((each) => each === 1 || each === length)) return length;
    throw new NodeError(`Expected shapes that fit but found ${shapes.map(shapeText).join(" and ")}`);
  });
}

/**
 * The shape of a second operand before opset 7: with the attributes broadcast and axis its axes stand for those of the first
 * from `axis` on.
 */
export function legacyOperandShape(
  node: GraphNode,
  opset: number,
  first: readonly number[],
  second: readonly number[],
): readonly number[] {
  if (opset >= 7 || node.int("broadcast", 0) === 0 || !node.has("axis")) return second;
  const axis = axisIn(node.int("axis", 0), first.length), missing = first.length - axis - second.length;
  return missing <= 0 ? second : [...second, ...new Array<number>(missing).fill(1)];
}

/** A shape as a reader sees it: (1, 3, 224, 224). */
export function shapeText(shape: readonly number[]): string {
  return `(${shape.join(", ")})`;
}

/** What Reshape makes of a shape: 0 is the old length there (unless `allowZero`), and one -1 is what is left. */
export function reshaped(from: readonly number[], to: readonly number[], allowZero: boolean): number[] {
  const shape = to.map((dim, i) => {
    if (dim !== 0 || allowZero) return dim;
    if (from[i] === undefined) {
      throw new NodeError(`Expected an axis ${i} to keep but found ${shapeText(from)}`);
    }
    return from[i];
  });
  const open = shape.indexOf(-1), count = countOf(from);
  if (open >= 0) {
    const rest = shape.reduce((product, dim, i) => i === open ? product : product * dim, 1);
    shape[open] = rest === 0 ? 0 : count / rest;
  }
  if (shape.every((dim) => Number.isSafeInteger(dim) && dim >= 0) && countOf(shape) === count) return shape;
  throw new NodeError(`Expected a shape of ${count} values but found ${shapeText(to)}`);
}

/** The shape without axes of 1: those given, or all. */
export function squeezed(from: readonly number[], given: readonly number[] | undefined): number[] {
  const axes = given === undefined ? undefined : axesIn(given, from.length);
  const long = axes?.find((axis) => from[axis] !== 1);
  if (long !== undefined) throw new NodeError(`Expected axis ${long} to be 1 but found ${shapeText(from)}`);
  return from.filter((dim, i) => axes === undefined ? dim !== 1 : !axes.includes(i));
}

/** The shape with new axes of 1 at these places of the result. */
export function unsqueezed(from: readonly number[], given: readonly number[]): number[] {
  const axes = axesIn(given, from.length + given.length), rest = from.values();
  return Array.from(
    { length: from.length + axes.length },
    (_, i) => axes.includes(i) ? 1 : rest.next().value!,
  );
}

/** A part of an axis: `length` items from `start` on, each `step` after the one before. */
export interface AxisSlice {
  /** The axis, from 0. */
  readonly axis: number;
  /** The first item. */
  readonly start: number;
  /** How far it is to the next, perhaps negative. */
  readonly step: number;
  /** How many there are. */
  readonly length: number;
}

/** What the operands of Slice mean for a shape. */
export function sliced(
  shape: readonly number[],
  starts: readonly number[],
  ends: readonly number[],
  givenAxes: readonly number[] | undefined,
  givenSteps: readonly number[] | undefined,
): AxisSlice[] {
  const axes = givenAxes ?? [...starts.keys()], steps = givenSteps ?? starts.map(() => 1);
  if (![ends, axes, steps].every(({ length }) => length === starts.length)) {
    throw new NodeError("Expected as many starts as ends, axes and steps but found others");
  }
  axesIn(axes, shape.length);
  return axes.map((given, i) => {
    const axis = axisIn(given, shape.length), size = shape[axis]!, step = steps[i]!;
    if (step === 0) throw new NodeError("Expected a step other than 0 but found 0");
    const least = step > 0 ? 0 : -1, most = step > 0 ? size : size - 1;
    const bound = (at: number) => Math.min(Math.max(at < 0 ? at + size : at, least), most);
    const start = Math.min(Math.max(starts[i]! < 0 ? starts[i]! + size : starts[i]!, 0), most);
    return { axis, start, step, length: Math.max(0, Math.ceil((bound(ends[i]!) - start) / step)) };
  });
}

/** The lengths of the parts that Split makes of an axis. */
export function splitLengths(size: number, parts: number, given: readonly number[] | undefined): number[] {
  const lengths = given ?? new Array<number>(parts).fill(size / parts);
  const isWhole = lengths.every((each) => Number.isInteger(each) && each >= 0);
  if (lengths.length === parts && isWhole && lengths.reduce((sum, each) => sum + each, 0) === size) {
    return [...lengths];
  }
  throw new NodeError(`Expected ${parts} parts of ${size} but found ${lengths.join(", ")}`);
}

/** The order of axes of Transpose: reversed unless given. */
export function permutation(axes: number, given: readonly number[] | undefined): number[] {
  const order = given?.map((axis) => axisIn(axis, axes)) ??
    Array.from({ length: axes }, (_, i) => axes - 1 - i);
  if (order.length === axes && new Set(order).size === axes) return order;
  throw new NodeError(`Expected each of ${axes} axes once but found ${order.join(", ")}`);
}
