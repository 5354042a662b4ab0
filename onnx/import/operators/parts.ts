import { NodeError } from "../../graph/node_error.ts";
import { shapeText } from "../../graph/shape_rules.ts";
import type { ImportedNode } from "../imported_node.ts";
import type { BlobValue } from "../values.ts";

/** The most items that a layer may list one by one. */
const MOST_INDICES = 2 ** 20;

/** `length` items of an axis from `start` on, by a Slice layer; the blob itself if these are all. */
export function sliceAxis(
  node: ImportedNode,
  x: BlobValue,
  axis: number,
  start: number,
  length: number,
  part = "",
): BlobValue {
  const size = x.shape[axis]!;
  if (start === 0 && length === size) return x;
  if (length < 1) {
    throw new NodeError(`Expected a part of ${shapeText(x.shape)} but found none of axis ${axis}`);
  }
  const points = [start, start + length].filter((point) => point > 0 && point < size);
  const ends = [...points, size], lengths = ends.map((end, i) => end - (ends[i - 1] ?? 0));
  const shapes = lengths.map((each) => x.shape.map((dim, i) => i === axis ? each : dim));
  const tops = node.layers("Slice", [x], { slice_param: { axis, slice_point: points } }, shapes, {
    part,
    type: x.type,
  });
  return tops[start === 0 ? 0 : 1]!;
}

/** Items of an axis in any order, by a Gather layer; `shape` takes the axis' place. */
export function gatherAxis(
  node: ImportedNode,
  x: BlobValue,
  axis: number,
  indices: readonly number[],
  shape: readonly number[] = [indices.length],
  part = "",
): BlobValue {
  if (indices.length < 1 || indices.length > MOST_INDICES) {
    throw new NodeError(`Expected 1 to ${MOST_INDICES} items of an axis but found ${indices.length}`);
  }
  const gather_param = { indices: [...indices], shape: shape.length === 0 ? [0] : [...shape], axis };
  const to = [...x.shape.slice(0, axis), ...shape, ...x.shape.slice(axis + 1)];
  return node.layer("Gather", [x], { gather_param }, to, { part, type: x.type });
}

/** A blob with a border of a constant, by a Pad layer. */
export function padded(
  node: ImportedNode,
  x: BlobValue,
  before: readonly number[],
  behind: readonly number[],
  value: number,
  part = "",
): BlobValue {
  const paddings = before.flatMap((each, i) => [each, behind[i]!]);
  const shape = x.shape.map((dim, i) => dim + before[i]! + behind[i]!);
  return node.layer(
    "Pad",
    [x],
    { pad_param: { paddings, ...value === 0 ? {} : { constant_values: value } } },
    shape,
    { part, type: x.type },
  );
}
