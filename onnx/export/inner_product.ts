import type { GraphBuilder, OnnxValue } from "../graph_builder.ts";
import { floatTensor, type OnnxTensor } from "../tensor.ts";
import { axisOf, type ExportedLayer } from "./exported_layer.ts";
import { reshapeTo } from "./reshape_to.ts";

/** InnerProduct: y = x Wᵀ + b over all axes from `axis` on. */
export function exportInnerProduct(graph: GraphBuilder, layer: ExportedLayer): OnnxValue[] {
  const { axis = 1, transpose = false, normalize = false } = layer.param.inner_product_param ?? {};
  const [x] = layer.bottoms, [given, bias] = layer.blobs;
  const from = axisOf(layer, axis);
  const weights = normalize ? withRowsOfLength1(given!) : given!;
  const flat = x!.shape.length === 2 && from === 1 ? x : graph.node("Flatten", [x], { axis: from });
  const y = graph.node("Gemm", [
    flat,
    graph.constant(weights, "weights"),
    bias && graph.constant({ ...bias, shape: [bias.data.length] }, "bias"),
  ], {
    transB: transpose ? 0 : 1,
  });
  const [top] = layer.tops;
  return [top!.length === 2 && from === 1 ? y : reshapeTo(graph, y, top!)];
}

/** Embed: row x of the weights, plus the bias. */
export function exportEmbed(graph: GraphBuilder, layer: ExportedLayer): OnnxValue[] {
  const [x] = layer.bottoms, [weights, bias] = layer.blobs;
  const rows = graph.node("Gather", [graph.constant(weights!, "weights"), toIndices(graph, x!)], { axis: 0 });
  return [
    bias === undefined
      ? rows
      : graph.node("Add", [rows, graph.constant({ ...bias, shape: [bias.data.length] }, "bias")]),
  ];
}

/** Floats as the whole numbers that operators take for indices. */
export function toIndices(graph: GraphBuilder, value: OnnxValue): OnnxValue {
  return graph.node("Cast", [value], { to: 7 });
}

/** The weights with `normalize`, of caffe-windows, which adds 1e-6 to the square of a row's length. */
function withRowsOfLength1({ shape, data }: OnnxTensor): OnnxTensor {
  const values = Float32Array.from(data as Float32Array), columns = shape[1]!;
  for (let at = 0; at < values.length; at += columns) {
    const row = values.subarray(at, at + columns);
    const scale = 1 / Math.sqrt(row.reduce((sum, value) => sum + value * value, 1e-6));
    for (let i = 0; i < columns; i++) row[i]! *= scale;
  }
  return floatTensor(values, shape);
}
