import type { GraphBuilder, OnnxValue } from "../../onnx/mod.ts";
import { cast, filled, joined, lengths, shapeOf, sliced, split } from "../../onnx/graph_parts.ts";

/** Less than every score that counts: boxes with it are left out. */
export const NO_SCORE = -3.4e38;

/** What {@link suppressed} keeps. */
export interface OnnxSuppression {
  /** Boxes [x1, y1, x2, y2], (N, P, 4). */
  readonly boxes: OnnxValue;
  /** Scores (N, C, P): those of {@link NO_SCORE} and less are left out. */
  readonly scores: OnnxValue;
  /** Boxes that overlap a better one of their class by more are left out. */
  readonly overlap: number;
  /** Boxes with this score or less are left out. */
  readonly least?: number | undefined;
  /** How many boxes of a class to keep at most. */
  readonly most?: number | undefined;
}

/**
 * Non-maximum suppression: rows [item, class, box] (D, 3) of integers, by items, then classes, then scores. Boxes whose
 * corners are exchanged overlap nothing, as in Caffe.
 */
export function suppressed(
  graph: GraphBuilder,
  { boxes, scores, overlap, least = NO_SCORE, most = 2 ** 31 - 1 }: OnnxSuppression,
): OnnxValue {
  const [first, last] = split(graph, boxes, [2, 2], 2) as [OnnxValue, OnnxValue];
  const ordered = joined(graph, [first, graph.node("Max", [first, last])], 2);
  return graph.node("NonMaxSuppression", [
    ordered,
    scores,
    graph.ints([most], []),
    graph.float(Math.min(overlap, 1)),
    graph.float(least),
  ]);
}

/** The elements of a value (N, P, …) at [item, index] of each row of `places`, of which these are the columns. */
export function found(
  graph: GraphBuilder,
  value: OnnxValue,
  places: OnnxValue,
  columns: readonly number[],
): OnnxValue {
  return graph.node("GatherND", [value, graph.node("Gather", [places, graph.ints(columns)], { axis: 1 })]);
}

/** A column of rows of integers as floats, (D, 1), plus a number. */
export function column(graph: GraphBuilder, rows: OnnxValue, index: number, plus = 0): OnnxValue {
  const value = cast(graph, sliced(graph, rows, [{ axis: 1, start: index, end: index + 1 }]), 1);
  return plus === 0 ? value : graph.node("Add", [value, graph.float(plus)]);
}

/**
 * Detections as Caffe gives them: rows (D, 7) as (1, 1, D, 7), or without any, one row for each item of `batch` (N, …), of
 * [item, −1, …].
 */
export function detectionRows(graph: GraphBuilder, rows: OnnxValue, batch: OnnxValue): OnnxValue {
  const items = lengths(graph, batch, [0]);
  const none = cast(graph, graph.node("Equal", [lengths(graph, rows, [0]), graph.ints([0])]), 7);
  const count = graph.node("Mul", [items, none]);
  const scalar = (value: OnnxValue) => graph.node("Squeeze", [value]);
  const numbers = graph.node("Range", [graph.ints([0], []), scalar(count), graph.ints([1], [])]);
  const item = graph.node("Unsqueeze", [cast(graph, numbers, 1), graph.ints([1])]);
  const empty = joined(graph, [item, filled(graph, shapeOf(graph, [count, 6]), -1)], 1);
  return graph.node("Unsqueeze", [joined(graph, [rows, empty], 0), graph.ints([0, 1])]);
}
