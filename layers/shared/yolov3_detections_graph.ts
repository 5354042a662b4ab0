import { numbers } from "../../onnx/export/exported_layer.ts";
import { floatBelow, joined, reshaped, sliced, split } from "../../onnx/graph_parts.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../../onnx/mod.ts";
import { column, detectionRows, found, suppressed } from "./onnx_detections.ts";
import { cornersOf, placedBoxes } from "./region_detections_graph.ts";

/** The parameters of Yolov3DetectionOutput that matter here. */
interface Yolov3Params {
  readonly num_classes: number;
  readonly num_box: number;
  readonly confidence_threshold: number;
  readonly nms_threshold: number;
  readonly biases: readonly number[];
  readonly anchors_scale: readonly number[];
  readonly mask: readonly number[];
  readonly gaussian_box: boolean;
}

/** Yolov3DetectionOutput: the best boxes of all maps, each for any of its classes. */
export function yolov3DetectionsGraph(graph: GraphBuilder, layer: OnnxLayer<Yolov3Params>): OnnxValue {
  const { param: { num_classes: classes, confidence_threshold, nms_threshold } } = layer;
  const maps = layer.bottoms.map((_, t) => boxesOf(graph, layer, t));
  const corners = joined(graph, maps.map((map) => map.corners), 1);
  const scores = joined(graph, maps.map((map) => map.scores), 1);
  // A box stands once for each of its classes, which suppress each other.
  const count = maps.reduce((sum, map) => sum + map.count, 0);
  const each = graph.node("Expand", [
    graph.node("Unsqueeze", [corners, graph.ints([2])]),
    graph.ints([1, 1, classes, 1]),
  ]);
  const rows = suppressed(graph, {
    boxes: reshaped(graph, each, [0, count * classes, 4]),
    scores: reshaped(graph, scores, [0, 1, count * classes]),
    overlap: floatBelow(nms_threshold),
    least: confidence_threshold,
  });
  const [item, , both] = split(graph, rows, [1, 1, 1], 1) as [OnnxValue, OnnxValue, OnnxValue];
  const box = graph.node("Div", [both, graph.ints([classes])]);
  const label = graph.node("Sub", [both, graph.node("Mul", [box, graph.ints([classes])])]);
  const places = joined(graph, [item, box, label], 1);
  const certain = graph.node("Unsqueeze", [found(graph, scores, places, [0, 1, 2]), graph.ints([1])]);
  const parts = [
    column(graph, places, 0),
    column(graph, places, 2, 1),
    certain,
    found(graph, corners, places, [0, 1]),
  ];
  return detectionRows(graph, joined(graph, parts, 1), layer.bottoms[0]);
}

/** The corners (N, P, 4) of the boxes of bottom `t`, and how certain each class is, (N, P, K). */
function boxesOf(
  graph: GraphBuilder,
  layer: OnnxLayer<Yolov3Params>,
  t: number,
): { corners: OnnxValue; scores: OnnxValue; count: number } {
  const { num_classes: classes, num_box: boxes, biases, mask, anchors_scale, gaussian_box } = layer.param;
  const map = layer.bottoms[t]!,
    [, height, width] = numbers(layer, map.shape.slice(1)) as [number, number, number];
  const area = height * width, count = boxes * area, coordinates = gaussian_box ? 8 : 4;
  const apart = reshaped(graph, map, [0, boxes, coordinates + 1 + classes, area]);
  const turned = graph.node("Transpose", [apart], { perm: [0, 1, 3, 2] });
  const rows = reshaped(graph, turned, [0, count, coordinates + 1 + classes]);
  const [box, object, likely] = split(graph, rows, [coordinates, 1, classes], 2) as [
    OnnxValue,
    OnnxValue,
    OnnxValue,
  ];
  const cells: number[] = [], anchors: number[] = [], scale = anchors_scale[t]!;
  for (let n = 0; n < boxes; n++) {
    const anchor = 2 * mask[t * boxes + n]!;
    for (let cell = 0; cell < area; cell++) {
      cells.push(cell % width, Math.floor(cell / width));
      anchors.push(biases[anchor]! / (scale * width), biases[anchor + 1]! / (scale * height));
    }
  }
  const own = gaussian_box ? sliced(graph, box, [{ axis: 2, step: 2 }]) : box;
  const [places, growths] = split(graph, own, [2, 2], 2) as [OnnxValue, OnnxValue];
  let certain = graph.node("Sigmoid", [object]);
  if (gaussian_box) {
    const doubts = graph.node("Sigmoid", [sliced(graph, box, [{ axis: 2, start: 1, step: 2 }])]);
    const doubt = graph.node("ReduceMean", [doubts], { axes: [2], keepdims: 1 });
    certain = graph.node("Mul", [certain, graph.node("Sub", [graph.float(1), doubt])]);
  }
  return {
    corners: cornersOf(graph, placedBoxes(graph, places, growths, { cells, anchors, width, height })),
    scores: graph.node("Mul", [certain, graph.node("Sigmoid", [likely])]),
    count,
  };
}
