import type { GraphBuilder, OnnxDim, OnnxValue } from "../graph_builder.ts";
import { lengths, shapeOf } from "../graph_parts.ts";
import { numbers, type ShapedValue } from "./exported_layer.ts";

/** A layer that resizes images. */
interface Resizing {
  readonly name: string;
  readonly bottoms: readonly ShapedValue[];
  readonly tops: readonly (readonly OnnxDim[])[];
}

/** Where a pixel of the top is in the bottom, as ONNX's Resize calls it. */
type PixelPlaces = "align_corners" | "half_pixel" | "pytorch_half_pixel" | "asymmetric";

/** Resizes images linearly to the size of the top; the channels are the last axis with `channelsLast`, else the second. */
export function resizedLinearly(
  graph: GraphBuilder,
  { name, bottoms: [x], tops: [top] }: Resizing,
  places: PixelPlaces,
  channelsLast: boolean,
  from: OnnxValue = x!,
): OnnxValue {
  const to = channelsLast ? top!.slice(1, -1) : top!.slice(2);
  const first = channelsLast ? graph.node("Transpose", [from], { perm: [0, 3, 1, 2] }) : from;
  const sizes = shapeOf(graph, [lengths(graph, first, [0, 1]), ...numbers({ name }, to)]);
  const resized = graph.node("Resize", [first, undefined, undefined, sizes], {
    mode: "linear",
    coordinate_transformation_mode: places,
  });
  return channelsLast ? graph.node("Transpose", [resized], { perm: [0, 2, 3, 1] }) : resized;
}

/** Takes these indices of an axis, of which there may be more than the axis has; all of them in order change nothing. */
export function picked(
  graph: GraphBuilder,
  value: OnnxValue,
  axis: number,
  indices: readonly number[],
): OnnxValue {
  return graph.node("Gather", [value, graph.ints(indices)], { axis });
}

/** Repeats each pixel of images (N, C, H, W) so often in both directions. */
export function repeated(graph: GraphBuilder, x: OnnxValue, down: number, across: number): OnnxValue {
  if (down === 1 && across === 1) return x;
  return graph.node("Resize", [x, undefined, graph.floats([1, 1, down, across])], {
    mode: "nearest",
    coordinate_transformation_mode: "asymmetric",
    nearest_mode: "floor",
  });
}
