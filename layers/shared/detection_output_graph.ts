import { numbers, refuse } from "../../onnx/export/exported_layer.ts";
import { joined, lengths, reshaped, shapeOf, split } from "../../onnx/graph_parts.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../../onnx/mod.ts";
import type { BoxCode } from "./normalized_boxes.ts";
import { column, detectionRows, found, NO_SCORE, suppressed } from "./onnx_detections.ts";

/** The parameters of SSD's DetectionOutput that matter here. */
interface DetectionParams {
  readonly share_location: boolean;
  readonly background_label_id: number;
  readonly nms_param?:
    | { readonly nms_threshold: number; readonly top_k?: number | undefined; readonly eta: number }
    | undefined;
  readonly code_type: BoxCode;
  readonly variance_encoded_in_target: boolean;
  readonly keep_top_k: number;
  readonly confidence_threshold?: number | undefined;
  readonly nbottom: number;
  readonly no_permute: boolean;
}

/** Predictions (N, P, S, 4) for S sets of boxes, confidences (N, K, P), priors (P, 4) and their variances (P, 4). */
interface Predictions {
  readonly boxes: OnnxValue;
  readonly scores: OnnxValue;
  readonly priors: OnnxValue;
  readonly variances: OnnxValue;
  /** P. */
  readonly count: number;
}

/** SSD's DetectionOutput: decodes boxes, suppresses those of each class, and keeps an item's best. */
export function detectionOutputGraph(
  graph: GraphBuilder,
  layer: OnnxLayer<DetectionParams>,
  classes: number,
): OnnxValue {
  const { param } = layer, { keep_top_k: keep, share_location: shared } = param, sets = shared ? 1 : classes;
  const { nms_threshold: overlap = 0.3, top_k = -1, eta = 1 } = param.nms_param ?? {};
  if (eta < 1 && overlap > 0.5) {
    refuse(layer, "an eta of 1, or an nms_threshold of at most 0.5", `eta ${eta} with ${overlap}`);
  }
  const isApart = layer.bottoms.length === 2 * param.nbottom + 1;
  const all = isApart ? apart(graph, layer, classes, sets) : together(graph, layer, classes, sets);
  const boxes = decoded(graph, all, param), { count } = all;
  let { scores } = all;
  const background = param.background_label_id;
  if (background >= 0 && background < classes) {
    const isObject = graph.floats(Array.from({ length: classes }, (_, c) => c === background ? 0 : 1), [
      classes,
      1,
    ]);
    scores = graph.node("Where", [
      graph.node("Greater", [isObject, graph.float(0)]),
      scores,
      graph.float(-Infinity),
    ]);
  }
  if (top_k > -1 && top_k < count) scores = onlyBest(graph, scores, top_k, 2);
  const items = reshaped(graph, boxes, [0, count, sets * 4]);
  const least = param.confidence_threshold ?? NO_SCORE;
  let kept: OnnxValue;
  if (shared) {
    kept = suppressed(graph, { boxes: items, scores, overlap, least });
  } else {
    // Each class has its own boxes, and so is an item of its own.
    const own = graph.node("Transpose", [boxes], { perm: [0, 2, 1, 3] });
    const rows = suppressed(graph, {
      boxes: reshaped(graph, own, [-1, count, 4]),
      scores: reshaped(graph, scores, [-1, 1, count]),
      overlap,
      least,
    });
    const [both, , box] = split(graph, rows, [1, 1, 1], 1) as [OnnxValue, OnnxValue, OnnxValue];
    const item = graph.node("Div", [both, graph.ints([classes])]);
    const label = graph.node("Sub", [both, graph.node("Mul", [item, graph.ints([classes])])]);
    kept = joined(graph, [item, label, box], 1);
  }
  if (keep > -1) kept = bestOfItems(graph, kept, scores, keep, classes * count);
  const corners = shared
    ? found(graph, reshaped(graph, boxes, [0, count, 4]), kept, [0, 2])
    : found(graph, boxes, kept, [0, 2, 1]);
  const certain = graph.node("Unsqueeze", [found(graph, scores, kept, [0, 1, 2]), graph.ints([1])]);
  const rows = joined(graph, [column(graph, kept, 0), column(graph, kept, 1), certain, corners], 1);
  return detectionRows(graph, rows, layer.bottoms[0]);
}

/** Predictions as SSD's layer takes them. */
function together(
  graph: GraphBuilder,
  layer: OnnxLayer<DetectionParams>,
  classes: number,
  sets: number,
): Predictions {
  const [boxes, confidences, priors] = layer.bottoms;
  const [size] = numbers(layer, priors!.shape.slice(2)) as [number], count = size / 4;
  const scores = reshaped(graph, confidences!, [0, count, classes]);
  return {
    boxes: reshaped(graph, boxes, [0, count, sets, 4]),
    scores: graph.node("Transpose", [scores], { perm: [0, 2, 1] }),
    ...priorsOf(graph, reshaped(graph, priors!, [2, count, 4])),
    count,
  };
}

/** Predictions of several maps: confidences of each, boxes of each, and the priors of all. */
function apart(
  graph: GraphBuilder,
  layer: OnnxLayer<DetectionParams>,
  classes: number,
  sets: number,
): Predictions {
  const { nbottom, no_permute } = layer.param, { bottoms } = layer;
  const boxes: OnnxValue[] = [], scores: OnnxValue[] = [], order: number[] = [];
  for (let n = 0; n < nbottom; n++) {
    const own = bottoms[n]!, places = bottoms[nbottom + n]!;
    const sizes = numbers(layer, own.shape.slice(1)), few = sizes.reduce((a, b) => a * b, 1) / classes;
    const first = order.length, ratios = no_permute ? sizes[1]! : 1, area = few / ratios;
    if (no_permute) {
      scores.push(reshaped(graph, own, [0, classes, few]));
      const turned = graph.node("Transpose", [reshaped(graph, places, [0, ratios, 4 * sets, area])], {
        perm: [0, 1, 3, 2],
      });
      boxes.push(reshaped(graph, turned, [0, few, sets, 4]));
    } else {
      const rows = reshaped(graph, own, [0, few, classes]);
      scores.push(graph.node("Transpose", [rows], { perm: [0, 2, 1] }));
      boxes.push(reshaped(graph, places, [0, few, sets, 4]));
    }
    for (let p = 0; p < few; p++) order.push(first + p % area * ratios + Math.floor(p / area));
  }
  const count = order.length, values = reshaped(graph, bottoms[2 * nbottom]!, [2, count, 4]);
  const ordered = no_permute ? graph.node("Gather", [values, graph.ints(order)], { axis: 1 }) : values;
  return {
    boxes: joined(graph, boxes, 1),
    scores: joined(graph, scores, 2),
    ...priorsOf(graph, ordered),
    count,
  };
}

/** Priors (P, 1, 4) and their variances, of (2, P, 4). */
function priorsOf(graph: GraphBuilder, both: OnnxValue): { priors: OnnxValue; variances: OnnxValue } {
  const [priors, variances] = split(graph, both, [1, 1], 0).map((half) =>
    graph.node("Transpose", [half], { perm: [1, 0, 2] })
  ) as [OnnxValue, OnnxValue];
  return { priors, variances };
}

/** The boxes (N, P, S, 4) that predictions mean. */
function decoded(
  graph: GraphBuilder,
  { boxes, priors, variances }: Predictions,
  { code_type, variance_encoded_in_target }: DetectionParams,
): OnnxValue {
  const moves = variance_encoded_in_target ? boxes : graph.node("Mul", [boxes, variances]);
  if (code_type === "CORNER") return graph.node("Add", [priors, moves]);
  const [first, last] = split(graph, priors, [2, 2], 2) as [OnnxValue, OnnxValue];
  const size = graph.node("Sub", [last, first]);
  if (code_type === "CORNER_SIZE") {
    return graph.node("Add", [priors, graph.node("Mul", [moves, joined(graph, [size, size], 2)])]);
  }
  const half = graph.float(0.5), center = graph.node("Mul", [graph.node("Add", [first, last]), half]);
  const [shift, growth] = split(graph, moves, [2, 2], 3) as [OnnxValue, OnnxValue];
  const middle = graph.node("Add", [graph.node("Mul", [shift, size]), center]);
  const reach = graph.node("Mul", [graph.node("Mul", [graph.node("Exp", [growth]), size]), half]);
  return joined(graph, [graph.node("Sub", [middle, reach]), graph.node("Add", [middle, reach])], 3);
}

/** The same scores, but −∞ for all but the `most` best along the last axis. */
function onlyBest(graph: GraphBuilder, scores: OnnxValue, most: number, axis: number): OnnxValue {
  const [values, places] = graph.nodes("TopK", [scores, graph.ints([most])], { axis }, 2) as [
    OnnxValue,
    OnnxValue,
  ];
  const none = graph.node("Expand", [graph.float(-Infinity), graph.node("Shape", [scores])]);
  return graph.node("ScatterElements", [none, places, values], { axis });
}

/** Of detections [item, class, box], those that are among the `keep` best of their item. */
function bestOfItems(
  graph: GraphBuilder,
  rows: OnnxValue,
  scores: OnnxValue,
  keep: number,
  most: number,
): OnnxValue {
  if (keep >= most) return rows;
  const none = graph.node("Expand", [graph.float(-Infinity), graph.node("Shape", [scores])]);
  const given = graph.node("ScatterND", [none, rows, found(graph, scores, rows, [0, 1, 2])]);
  const flat = graph.node("Reshape", [given, shapeOf(graph, [lengths(graph, scores, [0]), -1])]);
  const best = graph.node("Reshape", [onlyBest(graph, flat, keep, 1), graph.node("Shape", [scores])]);
  const isKept = graph.node("Greater", [found(graph, best, rows, [0, 1, 2]), graph.float(-Infinity)]);
  return graph.node("Compress", [rows, isKept], { axis: 0 });
}
