import type { GraphBuilder, OnnxDim, OnnxValue } from "./graph_builder.ts";

/** The lengths of a value along axes, as integers of 64 bits: what shapes are made of when a graph runs. */
export function lengths(graph: GraphBuilder, value: OnnxValue, axes: readonly number[]): OnnxValue {
  return graph.node("Gather", [graph.node("Shape", [value]), graph.ints(axes)], { axis: 0 });
}

/** A shape of lengths that are known, and of others that {@link lengths} finds. */
export function shapeOf(graph: GraphBuilder, parts: readonly (number | OnnxValue)[]): OnnxValue {
  if (parts.every((part) => typeof part === "number")) return graph.ints(parts);
  const values = parts.map((part) => typeof part === "number" ? graph.ints([part]) : part);
  return values.length === 1 ? values[0]! : graph.node("Concat", values, { axis: 0 });
}

/** Gives a value another shape: 0 is the length that the axis has, and one may be −1, which is what is left. */
export function reshaped(graph: GraphBuilder, value: OnnxValue, shape: readonly number[]): OnnxValue {
  return graph.node("Reshape", [value, graph.ints(shape)]);
}

/**
 * The shape for {@link reshaped} that has these lengths, of which those that are no numbers must stay the same axes: "N" of the
 * first axis is 0. A single other one is −1.
 */
export function targetShape(dims: readonly OnnxDim[], from: readonly OnnxDim[]): number[] {
  return dims.map((dim, i) => typeof dim === "number" ? dim : dim === from[i] ? 0 : -1);
}

/** What {@link sliced} takes of an axis. */
export interface AxisSlice {
  readonly axis: number;
  /** The first index; from the end if negative. */
  readonly start?: number | undefined;
  /** The index after the last. */
  readonly end?: number | undefined;
  /** How far the indices are apart; backwards if negative. */
  readonly step?: number | undefined;
}

const FAR = 2 ** 31 - 1;

/** A part of a value along some axes. */
export function sliced(graph: GraphBuilder, value: OnnxValue, parts: readonly AxisSlice[]): OnnxValue {
  const steps = parts.map(({ step = 1 }) => step);
  return graph.node("Slice", [
    value,
    graph.ints(parts.map(({ start }, i) => start ?? (steps[i]! < 0 ? FAR : 0))),
    graph.ints(parts.map(({ end }, i) => end ?? (steps[i]! < 0 ? -FAR : FAR))),
    graph.ints(parts.map(({ axis }) => axis)),
    ...(steps.every((step) => step === 1) ? [] : [graph.ints(steps)]),
  ]);
}

/** The parts of an axis with these lengths. */
export function split(
  graph: GraphBuilder,
  value: OnnxValue,
  sizes: readonly number[],
  axis: number,
): OnnxValue[] {
  if (sizes.length === 1) return [value];
  return graph.nodes("Split", [value, graph.ints(sizes)], { axis }, sizes.length);
}

/** The values of an axis one after the other, or one value as it is. */
export function joined(graph: GraphBuilder, values: readonly OnnxValue[], axis: number): OnnxValue {
  return values.length === 1 ? values[0]! : graph.node("Concat", values, { axis });
}

/** A value as another type: 1 is float32, 7 an integer of 64 bits, 11 float64. */
export function cast(graph: GraphBuilder, value: OnnxValue, to: 1 | 7 | 11): OnnxValue {
  return graph.node("Cast", [value], { to });
}

/** An array of one value in a shape that {@link shapeOf} made. */
export function filled(graph: GraphBuilder, shape: OnnxValue, value: number): OnnxValue {
  return graph.node("Expand", [graph.float(value), shape]);
}

/** The largest float of 32 bits that is less: what is above it is at least `value`. */
export function floatBelow(value: number): number {
  const float = new Float32Array([value]), bits = new Int32Array(float.buffer);
  if (float[0]! < value) return float[0]!;
  if (float[0] === 0) return -1.401298464324817e-45;
  bits[0]! += float[0]! > 0 ? -1 : 1;
  return float[0]!;
}

/** Rounds as C does, halves away from zero, also where x + ½ would not be exact. */
export function roundedAway(graph: GraphBuilder, value: OnnxValue): OnnxValue {
  const size = graph.node("Abs", [value]), whole = graph.node("Floor", [size]);
  const rest = graph.node("Sub", [size, whole]);
  const more = cast(graph, graph.node("GreaterOrEqual", [rest, graph.float(0.5)]), 1);
  return graph.node("Mul", [graph.node("Sign", [value]), graph.node("Add", [whole, more])]);
}
