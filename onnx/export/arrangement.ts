import type { GraphBuilder, OnnxValue } from "../graph_builder.ts";
import { axisOf, type ExportedLayer, numbers } from "./exported_layer.ts";
import { toIndices } from "./inner_product.ts";
import { reshapeTo } from "./reshape_to.ts";

/** The end of an axis, however long it is. */
const END = 2 ** 31 - 1;

/** Concat along one axis. */
export function exportConcat(graph: GraphBuilder, layer: ExportedLayer): OnnxValue[] {
  const { axis, concat_dim: dim = 1 } = layer.param.concat_param ?? {};
  if (layer.bottoms.length === 1) return [layer.bottoms[0]!];
  return [graph.node("Concat", layer.bottoms, { axis: axisOf(layer, axis ?? dim) })];
}

/** Slice along one axis, at `slice_point` or into equal parts. */
export function exportSlice(graph: GraphBuilder, layer: ExportedLayer): OnnxValue[] {
  const { axis: given, slice_dim: dim = 1, slice_point: points = [] } = layer.param.slice_param ?? {};
  const [x] = layer.bottoms, axis = axisOf(layer, given ?? dim), count = layer.tops.length;
  if (count === 1) return [x!];
  const sizes = layer.tops.map((top) => top[axis]!);
  if (sizes.every((size) => typeof size === "number")) {
    return graph.nodes("Split", [x, graph.ints(sizes)], { axis }, count);
  }
  if (points.length === 0) return graph.nodes("Split", [x], { axis }, count);
  return layer.tops.map((_, i) => sliced(graph, x!, [[axis, points[i - 1] ?? 0, points[i] ?? END]]));
}

/** Split: each top is the bottom itself. */
export function exportSplit(_graph: GraphBuilder, { bottoms: [x], tops }: ExportedLayer): OnnxValue[] {
  return tops.map(() => x!);
}

/** Flatten: the axes from `axis` to `end_axis` become one. */
export function exportFlatten(graph: GraphBuilder, layer: ExportedLayer): OnnxValue[] {
  const { axis = 1, end_axis: end = -1 } = layer.param.flatten_param ?? {};
  const [x] = layer.bottoms, [top] = layer.tops;
  const isWhole = axisOf(layer, axis) === 1 && axisOf(layer, end) === x!.shape.length - 1;
  if (isWhole && x!.shape.length > 2) return [graph.node("Flatten", [x], { axis: 1 })];
  return [reshapeTo(graph, x!, top!, x!.shape)];
}

/** Reshape, and the `pixelshuffler` of forks, which makes pixels of channels. */
export function exportReshape(graph: GraphBuilder, layer: ExportedLayer): OnnxValue[] {
  const { pixelshuffler: block = 1 } = layer.param.reshape_param ?? {};
  const [x] = layer.bottoms, [top] = layer.tops;
  if (block !== 1) return [graph.node("DepthToSpace", [x], { blocksize: block, mode: "CRD" })];
  return [reshapeTo(graph, x!, top!, x!.shape)];
}

/** Tile: the bottom, several times along one axis. */
export function exportTile(graph: GraphBuilder, layer: ExportedLayer): OnnxValue[] {
  const { axis = 1, tiles = 1 } = layer.param.tile_param ?? {};
  const [x] = layer.bottoms, at = axisOf(layer, axis);
  return [graph.node("Tile", [x, graph.ints(x!.shape.map((_, i) => i === at ? tiles : 1))])];
}

/** Crop: the first bottom, cut to the lengths of the second from `axis` on. */
export function exportCrop(graph: GraphBuilder, layer: ExportedLayer): OnnxValue[] {
  const { axis = 2, offset = [] } = layer.param.crop_param ?? {};
  const [x] = layer.bottoms, [top] = layer.tops, first = axisOf(layer, axis);
  const cuts = x!.shape.flatMap((length, i): Cut[] => {
    if (i < first || length === top![i]) return [];
    const from = offset[offset.length === 1 ? 0 : i - first] ?? 0;
    return [[i, from, from + numbers(layer, [top![i]!])[0]!]];
  });
  return [cuts.length === 0 ? x! : sliced(graph, x!, cuts)];
}

/** BatchReindex: the items that the second bottom numbers. */
export function exportBatchReindex(
  graph: GraphBuilder,
  { bottoms: [x, index] }: ExportedLayer,
): OnnxValue[] {
  return [graph.node("Gather", [x, toIndices(graph, index!)], { axis: 0 })];
}

/** An axis, and from where to where it is cut. */
type Cut = readonly [axis: number, from: number, to: number];

function sliced(graph: GraphBuilder, x: OnnxValue, cuts: readonly Cut[]): OnnxValue {
  return graph.node("Slice", [
    x,
    graph.ints(cuts.map(([, from]) => from)),
    graph.ints(cuts.map(([, , to]) => to)),
    graph.ints(cuts.map(([axis]) => axis)),
  ]);
}
