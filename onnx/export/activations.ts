import type { GraphBuilder, OnnxValue } from "../graph_builder.ts";
import type { ExportedLayer } from "./exported_layer.ts";

/** ReLU, with `negative_slope`, and with the `clip` of forks. */
export function exportRelu(graph: GraphBuilder, { bottoms: [x], param }: ExportedLayer): OnnxValue[] {
  const { negative_slope: slope = 0 } = param.relu_param ?? {};
  return [slope === 0 ? graph.node("Relu", [x]) : graph.node("LeakyRelu", [x], { alpha: slope })];
}

/** Sigmoid: 1 / (1 + e⁻ˣ). */
export function exportSigmoid(graph: GraphBuilder, { bottoms: [x] }: ExportedLayer): OnnxValue[] {
  return [graph.node("Sigmoid", [x])];
}

/** TanH. */
export function exportTanh(graph: GraphBuilder, { bottoms: [x] }: ExportedLayer): OnnxValue[] {
  return [graph.node("Tanh", [x])];
}

/** Softmax over one axis. */
export function exportSoftmax(graph: GraphBuilder, { bottoms: [x], param }: ExportedLayer): OnnxValue[] {
  return [graph.node("Softmax", [x], { axis: param.softmax_param?.axis ?? 1 })];
}
