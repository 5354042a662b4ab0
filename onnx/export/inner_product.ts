import { axisOf, type ExportedLayer } from "./exported_layer.ts";
import type { GraphBuilder, OnnxValue } from "../graph_builder.ts";
import { floatTensor } from "../tensor.ts";

/** InnerProduct: y = x Wᵀ + b over all axes from `axis` on. */
export function exportInnerProduct(graph: GraphBuilder, layer: ExportedLayer): OnnxValue[] {
  const { axis = 1, transpose = false } = layer.param.inner_product_param ?? {};
  const [x] = layer.bottoms, [weights, bias] = layer.blobs;
  const from = axisOf(layer, axis);
  const flat = graph.node("Flatten", [x], { axis: from });
  const matrix = graph.constant(weights!, "weights");
  const y = graph.node("Gemm", [
    flat,
    matrix,
    bias && graph.constant(floatTensor(bias.data as Float32Array, [bias.data.length]), "bias"),
  ], {
    transB: transpose ? 0 : 1,
  });
  const [top] = layer.tops;
  if (top!.length === 2 && from === 1) return [y];
  return [restore(graph, y, top!)];
}

/** Gives a value the shape of a top, of which one axis may depend on the batch. */
export function restore(
  graph: GraphBuilder,
  value: OnnxValue,
  shape: readonly (number | string)[],
): OnnxValue {
  return graph.node("Reshape", [value, graph.ints(shape.map((dim) => typeof dim === "number" ? dim : -1))]);
}
