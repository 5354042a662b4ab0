import type { GraphBuilder, OnnxValue } from "../graph_builder.ts";
import { scaled, toFloat } from "./arithmetic.ts";
import { axisOf, type ExportedLayer, numbers, refuse } from "./exported_layer.ts";
import { reshapeTo } from "./reshape_to.ts";

/** Reduction: coeff times the sum, the sum of absolute values or squares, or the mean, over the axes from `axis` on. */
export function exportReduction(graph: GraphBuilder, layer: ExportedLayer): OnnxValue[] {
  const { operation = "SUM", axis = 0, coeff = 1 } = layer.param.reduction_param ?? {};
  const [x] = layer.bottoms, first = axisOf(layer, axis);
  const axes = Array.from({ length: x!.shape.length - first }, (_, i) => first + i);
  const reduced = (): OnnxValue => {
    switch (operation) {
      case "SUM":
        return graph.node("ReduceSum", [x, graph.ints(axes)], { keepdims: 0 });
      case "ASUM":
        return graph.node("ReduceL1", [x], { axes, keepdims: 0 });
      case "SUMSQ":
        return graph.node("ReduceSumSquare", [x], { axes, keepdims: 0 });
      case "MEAN":
        return graph.node("ReduceMean", [x], { axes, keepdims: 0 });
      default:
        return refuse(layer, "an operation of SUM, ASUM, SUMSQ or MEAN", operation);
    }
  };
  return [scaled(graph, reduced(), coeff, 0)];
}

/** ArgMax: positions of the greatest values along an axis, or of those of each item; of equal ones the last comes first. */
export function exportArgMax(graph: GraphBuilder, layer: ExportedLayer): OnnxValue[] {
  const { axis: given, top_k: count = 1, out_max_val: hasValues = false } = layer.param.argmax_param ?? {};
  const [x] = layer.bottoms, [top] = layer.tops;
  if (given !== undefined) {
    const axis = axisOf(layer, given);
    const { values, positions } = greatest(graph, layer, x!, axis, x!.shape[axis]!, count);
    return [hasValues ? values() : positions()];
  }
  const flat = graph.node("Flatten", [x], { axis: 1 });
  const length = numbers(layer, x!.shape.slice(1)).reduce((product, each) => product * each, 1);
  const { values, positions } = greatest(graph, layer, flat, 1, length, count);
  const both = hasValues ? graph.node("Concat", [positions(), values()], { axis: 1 }) : positions();
  return [reshapeTo(graph, both, top!)];
}

/** Nodes for the greatest values along an axis and for their positions, each made where it is asked for. */
function greatest(
  graph: GraphBuilder,
  layer: ExportedLayer,
  x: OnnxValue,
  axis: number,
  length: number | string,
  count: number,
): { values: () => OnnxValue; positions: () => OnnxValue } {
  if (count === 1) {
    return {
      values: () => graph.node("ReduceMax", [x], { axes: [axis] }),
      positions: () => toFloat(graph, graph.node("ArgMax", [x], { axis, select_last_index: 1 })),
    };
  }
  // TopK prefers the first of equal values, so it gets them in reverse.
  const [last] = numbers(layer, [length]).map((each) => each - 1);
  const reversed = graph.node("Slice", [
    x,
    graph.ints([-1]),
    graph.ints([-(2 ** 31)]),
    graph.ints([axis]),
    graph.ints([-1]),
  ]);
  const [values, indices] = graph.nodes("TopK", [reversed, graph.ints([count])], { axis }, 2);
  return {
    values: () => values!,
    positions: () => toFloat(graph, graph.node("Sub", [graph.ints([last!]), indices])),
  };
}
