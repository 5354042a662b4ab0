import type { GraphBuilder, OnnxValue } from "../graph_builder.ts";
import { toFloat } from "./arithmetic.ts";
import type { ExportedLayer } from "./exported_layer.ts";

/** ReLU, with `negative_slope`, and the `relu6` of Synopsys' Caffe, which ends at 6. */
export function exportRelu(graph: GraphBuilder, { bottoms: [x], param }: ExportedLayer): OnnxValue[] {
  const { negative_slope: slope = 0, relu6 = false } = param.relu_param ?? {};
  if (slope === 0) {
    return [relu6 ? graph.node("Clip", [x, graph.float(0), graph.float(6)]) : graph.node("Relu", [x])];
  }
  const y = graph.node("LeakyRelu", [x], { alpha: slope });
  return [relu6 ? graph.node("Min", [y, graph.float(6)]) : y];
}

/** PReLU: a slope for each channel (axis 1), or one with `channel_shared`. */
export function exportPrelu(
  graph: GraphBuilder,
  { bottoms: [x], blobs: [slopes] }: ExportedLayer,
): OnnxValue[] {
  const isShared = slopes!.data.length === 1;
  const shape = isShared ? [1] : [slopes!.data.length, ...x!.shape.slice(2).map(() => 1)];
  return [graph.node("PRelu", [x, graph.constant({ ...slopes!, shape }, "slopes")])];
}

/** ELU: x above 0, else alpha (eˣ - 1). */
export function exportElu(graph: GraphBuilder, { bottoms: [x], param }: ExportedLayer): OnnxValue[] {
  return [graph.node("Elu", [x], { alpha: param.elu_param?.alpha ?? 1 })];
}

/** Sigmoid: 1 / (1 + e⁻ˣ). */
export function exportSigmoid(graph: GraphBuilder, { bottoms: [x] }: ExportedLayer): OnnxValue[] {
  return [graph.node("Sigmoid", [x])];
}

/** TanH. */
export function exportTanh(graph: GraphBuilder, { bottoms: [x] }: ExportedLayer): OnnxValue[] {
  return [graph.node("Tanh", [x])];
}

/** BNLL: log(1 + eˣ). */
export function exportBnll(graph: GraphBuilder, { bottoms: [x] }: ExportedLayer): OnnxValue[] {
  return [graph.node("Softplus", [x])];
}

/** Swish: x / (1 + e^(-beta x)). */
export function exportSwish(graph: GraphBuilder, { bottoms: [x], param }: ExportedLayer): OnnxValue[] {
  const { beta = 1 } = param.swish_param ?? {};
  const inner = beta === 1 ? x : graph.node("Mul", [x, graph.float(beta)]);
  return [graph.node("Mul", [x, graph.node("Sigmoid", [inner])])];
}

/** Clip: the minimum wins where the two bounds are the wrong way round. */
export function exportClip(graph: GraphBuilder, { bottoms: [x], param }: ExportedLayer): OnnxValue[] {
  const { min = 0, max = 0 } = param.clip_param ?? {};
  if (min <= max) return [graph.node("Clip", [x, graph.float(min), graph.float(max)])];
  return [graph.node("Max", [graph.node("Min", [x, graph.float(max)]), graph.float(min)])];
}

/** Threshold: 1 above the threshold, else 0. */
export function exportThreshold(graph: GraphBuilder, { bottoms: [x], param }: ExportedLayer): OnnxValue[] {
  const { threshold = 0 } = param.threshold_param ?? {};
  return [toFloat(graph, graph.node("Greater", [x, graph.float(threshold)]))];
}

/** Dropout, which does nothing for inference, but with the `scale_train: false` of forks multiplies then. */
export function exportDropout(graph: GraphBuilder, { bottoms: [x], param }: ExportedLayer): OnnxValue[] {
  const { dropout_ratio: ratio = 0.5, scale_train: isScaledInTraining = true } = param.dropout_param ?? {};
  return [isScaledInTraining ? x! : graph.node("Mul", [x, graph.float(1 - ratio)])];
}
