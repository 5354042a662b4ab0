import type { GraphBuilder, OnnxValue } from "../graph_builder.ts";
import { floatTensor } from "../tensor.ts";
import { type ExportedLayer, numbers, refuse } from "./exported_layer.ts";

/** Parameter: its values are a constant. */
export function exportParameter(graph: GraphBuilder, { blobs: [values] }: ExportedLayer): OnnxValue[] {
  return [graph.constant(values!, "values")];
}

/** DummyData whose tops are filled with one value each; what is drawn at random is no part of an inference. */
export function exportDummyData(graph: GraphBuilder, layer: ExportedLayer): OnnxValue[] {
  const { data_filler: fillers = [] } = layer.param.dummy_data_param ?? {};
  return layer.tops.map((top, i) => {
    const { type = "constant", value = 0 } = fillers[i] ?? fillers[0] ?? {};
    if (type !== "constant") refuse(layer, "a data_filler of type constant", `'${type}'`);
    const shape = numbers(layer, top);
    const count = shape.reduce((product, each) => product * each, 1);
    return graph.constant(floatTensor(new Float32Array(count).fill(value), shape), "values");
  });
}

/** Filter, of which only a run of the net knows the shape of the tops. */
export function exportFilter(_graph: GraphBuilder, layer: ExportedLayer): never {
  return refuse(layer, "a layer whose tops have shapes that the net knows", "a Filter, which drops items");
}
