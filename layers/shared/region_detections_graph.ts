import { numbers, type ShapedValue } from "../../onnx/export/exported_layer.ts";
import { cast, floatBelow, joined, reshaped, split } from "../../onnx/graph_parts.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../../onnx/mod.ts";
import { column, detectionRows, found, suppressed } from "./onnx_detections.ts";
import type { RegionMap } from "./region_boxes.ts";

/** What counts as a detection: boxes that are this certain, and overlap another by less. */
interface Thresholds {
  readonly least?: number | undefined;
  readonly overlap: number;
}

/** What maps of YOLO say about each item: (N, P, …) each. */
export interface OnnxBoxes {
  /** Centres (N, P, 2). */
  readonly centers: OnnxValue;
  /** Sizes (N, P, 2). */
  readonly sizes: OnnxValue;
}

/** The corners (N, P, 4) of boxes. */
export function cornersOf(graph: GraphBuilder, { centers, sizes }: OnnxBoxes): OnnxValue {
  const half = graph.node("Mul", [sizes, graph.float(0.5)]);
  return joined(graph, [graph.node("Sub", [centers, half]), graph.node("Add", [centers, half])], 2);
}

/**
 * The boxes of a map whose coordinates (N, P, 2) and (N, P, 2) are given, with the values of a cell in order of columns and
 * rows: centres (cell + σ(t))/size and sizes exp(t) anchor. `anchors` are in parts of the image; (x, y) of each box.
 */
export function placedBoxes(
  graph: GraphBuilder,
  places: OnnxValue,
  growths: OnnxValue,
  { cells, anchors, width, height }: {
    readonly cells: readonly number[];
    readonly anchors: readonly number[];
    readonly width: number;
    readonly height: number;
  },
): OnnxBoxes {
  const count = cells.length / 2;
  const moved = graph.node("Add", [graph.node("Sigmoid", [places]), graph.floats(cells, [count, 2])]);
  return {
    centers: graph.node("Div", [moved, graph.floats([width, height])]),
    sizes: graph.node("Mul", [graph.node("Exp", [growths]), graph.floats(anchors, [count, 2])]),
  };
}

/** The boxes of a map of YOLOv2, with the most likely class of each and how certain it is, (N, P, 1). */
function regionBoxes(
  graph: GraphBuilder,
  layer: { readonly name: string },
  map: ShapedValue,
  { boxes, classes, biases }: RegionMap,
  order: "cells" | "boxes",
): OnnxBoxes & { label: OnnxValue; certain: OnnxValue } {
  const [, height, width] = numbers(layer, map.shape.slice(1)) as [number, number, number];
  const area = height * width, count = boxes * area;
  const apart = reshaped(graph, map, [0, boxes, 5 + classes, area]);
  const turned = graph.node("Transpose", [apart], { perm: order === "cells" ? [0, 3, 1, 2] : [0, 1, 3, 2] });
  const rows = reshaped(graph, turned, [0, count, 5 + classes]);
  const [places, growths, object, scores] = split(graph, rows, [2, 2, 1, classes], 2) as [
    OnnxValue,
    OnnxValue,
    OnnxValue,
    OnnxValue,
  ];
  const cells: number[] = [], anchors: number[] = [];
  for (let i = 0; i < count; i++) {
    const [cell, n] = order === "cells"
      ? [Math.floor(i / boxes), i % boxes]
      : [i % area, Math.floor(i / area)];
    cells.push(cell % width, Math.floor(cell / width));
    anchors.push(biases[2 * n]! / width, biases[2 * n + 1]! / height);
  }
  const most = graph.node("ReduceMax", [graph.node("Softmax", [scores], { axis: 2 })], {
    axes: [2],
    keepdims: 1,
  });
  return {
    ...placedBoxes(graph, places, growths, { cells, anchors, width, height }),
    label: cast(graph, graph.node("ArgMax", [scores], { axis: 2, keepdims: 1 }), 1),
    certain: graph.node("Mul", [graph.node("Sigmoid", [object]), most]),
  };
}

/** YoloDetectionOutput: the best boxes of all maps, whatever their classes. */
export function yoloDetectionsGraph(
  graph: GraphBuilder,
  layer: OnnxLayer<unknown>,
  map: RegionMap,
  { least = -Infinity, overlap }: Thresholds,
): OnnxValue {
  const all = layer.bottoms.map((bottom) => regionBoxes(graph, layer, bottom, map, "boxes"));
  const corners = joined(graph, all.map((each) => cornersOf(graph, each)), 1);
  const certain = joined(graph, all.map((each) => each.certain), 1);
  const label = joined(graph, all.map((each) => each.label), 1);
  const rows = suppressed(graph, {
    boxes: corners,
    scores: graph.node("Transpose", [certain], { perm: [0, 2, 1] }),
    overlap: floatBelow(overlap),
    least: leastBelow(least),
  });
  const parts = [
    column(graph, rows, 0),
    graph.node("Add", [found(graph, label, rows, [0, 2]), graph.float(1)]),
    found(graph, certain, rows, [0, 2]),
    found(graph, corners, rows, [0, 2]),
  ];
  return detectionRows(graph, joined(graph, parts, 1), layer.bottoms[0]);
}

/** DetectionOutput of YOLOv2: of boxes that overlap, the first of the map stays. Rows have centres and sizes. */
export function regionDetectionsGraph(
  graph: GraphBuilder,
  layer: OnnxLayer<unknown>,
  map: RegionMap,
  { least = -Infinity, overlap }: Thresholds,
): OnnxValue {
  const { centers, sizes, label, certain } = regionBoxes(graph, layer, layer.bottoms[0], map, "cells");
  const [, height, width] = numbers(layer, layer.bottoms[0].shape.slice(1)) as [number, number, number];
  const count = map.boxes * height * width;
  const order = graph.floats(Float32Array.from({ length: count }, (_, i) => count - i), [1, count]);
  const scores = graph.node("Transpose", [certain], { perm: [0, 2, 1] });
  const isCertain = graph.node("Greater", [scores, graph.float(leastBelow(least))]);
  const rows = suppressed(graph, {
    boxes: cornersOf(graph, { centers, sizes }),
    scores: graph.node("Where", [isCertain, order, graph.float(-Infinity)]),
    overlap: floatBelow(overlap),
  });
  const parts = [
    column(graph, rows, 0),
    ...[label, certain, centers, sizes].map((value) => found(graph, value, rows, [0, 2])),
  ];
  return detectionRows(graph, joined(graph, parts, 1), layer.bottoms[0]);
}

/** A threshold that scores are above, where they may be equal to `least`. */
function leastBelow(least: number): number {
  return least === -Infinity ? -3.4e38 : floatBelow(least);
}
