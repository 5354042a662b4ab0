import { numbers, refuse } from "../../onnx/export/exported_layer.ts";
import { joined, reshaped, split } from "../../onnx/graph_parts.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../../onnx/mod.ts";
import { column, found, suppressed } from "./onnx_detections.ts";
import { shiftedAnchors } from "./rpn_anchors.ts";

/** The parameters of a Proposal that matter here. */
interface ProposalGraphParams {
  readonly feat_stride: number;
  readonly min_size: number;
  readonly pre_nms_topn?: number | undefined;
  readonly post_nms_topn?: number | undefined;
  readonly nms_thresh: number;
}

/** Region proposals: moves anchors, cuts them at the image's border, and keeps the best that do not overlap. */
export function proposalGraph(
  graph: GraphBuilder,
  layer: OnnxLayer<ProposalGraphParams>,
  anchors: Float64Array,
): OnnxValue[] {
  const { bottoms: [scores, deltas, info], param, type } = layer, count = anchors.length / 4;
  const { pre_nms_topn: pre = 6000, post_nms_topn: post = 300, nms_thresh, min_size } = param;
  if (nms_thresh < 0) refuse(layer, "an nms_thresh of 0 or more", `${nms_thresh}`);
  const [height, width] = numbers(layer, scores.shape.slice(2)) as [number, number];
  const [columns] = numbers(layer, info!.shape.slice(1)) as [number], all = count * height * width;
  // (N, P, 4) deltas and (N, P) scores, in the order of rows, columns and anchors.
  const apart = reshaped(graph, deltas!, [0, count, 4, height * width]);
  const moves = reshaped(graph, graph.node("Transpose", [apart], { perm: [0, 3, 1, 2] }), [0, all, 4]);
  const [, object] = split(graph, scores, [count, count], 1) as [OnnxValue, OnnxValue];
  const inOrder = graph.node("Transpose", [object], { perm: [0, 2, 3, 1] });

  const shifted = shiftedAnchors(anchors, height, width, param.feat_stride);
  const sizes = new Float32Array(2 * all), centers = new Float32Array(2 * all);
  for (let i = 0; i < all; i++) {
    for (let k = 0; k < 2; k++) {
      sizes[2 * i + k] = shifted[4 * i + 2 + k]! - shifted[4 * i + k]! + 1;
      centers[2 * i + k] = shifted[4 * i + k]! + 0.5 * sizes[2 * i + k]!;
    }
  }
  const size = graph.floats(sizes, [all, 2]), half = graph.float(0.5), one = graph.float(1);
  const [shift, growth] = split(graph, moves, [2, 2], 2) as [OnnxValue, OnnxValue];
  const center = graph.node("Add", [graph.node("Mul", [shift, size]), graph.floats(centers, [all, 2])]);
  const reach = graph.node("Mul", [graph.node("Mul", [graph.node("Exp", [growth]), size]), half]);
  // [height, width, scale] of each image, or of all.
  const rows = graph.node("Unsqueeze", [info!, graph.ints([1])]);
  const part = (places: readonly number[]) => graph.node("Gather", [rows, graph.ints(places)], { axis: 2 });
  const border = graph.node("Sub", [part([1, 0]), one]);
  const within = (value: OnnxValue) =>
    graph.node("Max", [graph.node("Min", [value, border]), graph.float(0)]);
  const first = within(graph.node("Sub", [center, reach])), last = within(graph.node("Add", [center, reach]));
  const least = graph.node("Mul", [part(columns > 3 ? [3, 2] : [2, 2]), graph.float(min_size)]);
  const sides = graph.node("Add", [graph.node("Sub", [last, first]), one]);
  const long = graph.node("Cast", [graph.node("GreaterOrEqual", [sides, least])], { to: 1 });
  const large = graph.node("Greater", [graph.node("ReduceMin", [long], { axes: [2], keepdims: 0 }), half]);
  const otherwise = graph.float(type === "Python" ? -Infinity : 0);
  const given = graph.node("Where", [large, reshaped(graph, inOrder, [0, all]), otherwise]);

  const [best, places] = graph.nodes("TopK", [given, graph.ints([Math.min(pre, all)])], { axis: 1 }, 2) as [
    OnnxValue,
    OnnxValue,
  ];
  const boxes = graph.node("GatherND", [
    joined(graph, [first, last], 2),
    graph.node("Unsqueeze", [places, graph.ints([2])]),
  ], { batch_dims: 1 });
  const [from, to] = split(graph, boxes, [2, 2], 2) as [OnnxValue, OnnxValue];
  const kept = suppressed(graph, {
    // Both corners are part of a box.
    boxes: joined(graph, [from, graph.node("Add", [to, one])], 2),
    scores: graph.node("Unsqueeze", [best, graph.ints([1])]),
    overlap: nms_thresh,
    most: post,
  });
  const regions = joined(graph, [column(graph, kept, 0), found(graph, boxes, kept, [0, 2])], 1);
  const certain = found(graph, best, kept, [0, 2]);
  return [regions, type === "Python" ? graph.node("Unsqueeze", [certain, graph.ints([1])]) : certain];
}
