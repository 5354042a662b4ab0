import { CremaError } from "../../base/error.ts";
import {
  encodeModel,
  type ExportedLayer,
  GraphBuilder,
  LAYER_EXPORTERS,
  type OnnxDim,
  type OnnxTensor,
  type OnnxValue,
  type ShapedValue,
} from "../../onnx/mod.ts";
import type { LayerParameter, NetParameter } from "../../proto/messages.ts";
import { filterNet, readNet } from "../../proto/mod.ts";
import { scriptLayerOnnx } from "../../script/layer/script_layer_onnx.ts";
import { type LayerView, Net, type NetOptions } from "../net.ts";
import { replaceInputs } from "../summary/replace_inputs.ts";
import { blobShapes } from "./blob_shapes.ts";
import { withoutTraining } from "./inference_layers.ts";

/** How to export a net. */
export interface OnnxExportOptions extends Omit<NetOptions, "phase"> {
  /** Shapes of blobs that inputs are to be in place of the layers that make them, by name. */
  inputs?: ReadonlyMap<string, readonly number[]> | undefined;
  /** The number of images that the model takes. Default: any number. */
  batch?: number | undefined;
}

/**
 * Makes an ONNX model (opset 13) of a net for inference: of a prototxt, or of a NetParameter. Layers for training are
 * left out, layers in TypeScript say what they are by `static onnx`. Throws a CremaError that names the layer that ONNX
 * can't express, or the blob that no layer makes.
 */
export async function exportOnnx(
  given: string | NetParameter,
  options: OnnxExportOptions = {},
): Promise<Uint8Array> {
  const { inputs = new Map(), batch, ...netOptions } = options;
  const whole = typeof given === "string" ? await readNet(given) : given;
  const filtered = filterNet(replaceInputs(whole, inputs), { ...whole.state, phase: "TEST" });
  using net = await Net.create(withoutTraining(filtered), { ...netOptions, phase: "TEST" });
  const graph = new GraphBuilder(net.name || "net");
  addLayers(graph, net, blobShapes(net, batch));
  return encodeModel({
    ir_version: graph.opset > 14 ? 8 : 7,
    producer_name: "crema",
    graph: graph.graph(),
    opset_import: [{ domain: "", version: graph.opset }],
  });
}

/** Adds all layers of a net to a graph, its inputs and its outputs. */
function addLayers(graph: GraphBuilder, net: Net, shapes: ReadonlyMap<string, readonly OnnxDim[]>): void {
  const params = new Map((net.param.layer ?? []).map((each) => [each.name ?? "", each]));
  const values = new Map<string, ShapedValue>();
  // In place, the last layer's value has the blob's name.
  const last = new Map(net.layers.flatMap((view) => view.tops.map((top) => [top, view])));
  for (const view of net.layers) {
    const param = params.get(view.name) ?? {};
    if (view.type === "Input") {
      for (const top of view.tops) {
        values.set(top, graph.input(top, shapes.get(top)!) as ShapedValue);
      }
      continue;
    }
    const layer = exportedLayer(view, param, values, shapes);
    const tops = graph.within(view.name, () => exportLayer(graph, view, layer));
    const known = new Set<OnnxValue>(values.values());
    for (const [i, top] of view.tops.entries()) {
      // What a layer passes on keeps its name.
      if (known.has(tops[i]!)) {
        values.set(top, tops[i] as ShapedValue);
        continue;
      }
      const value = graph.shaped(tops[i]!, layer.tops[i]!) as ShapedValue;
      if (last.get(top) === view) graph.rename(value, top);
      values.set(top, value);
    }
  }
  for (const name of net.outputs) {
    const value = values.get(name)!;
    graph.output(value, name, value.shape);
  }
}

function exportedLayer(
  view: LayerView,
  param: LayerParameter,
  values: ReadonlyMap<string, ShapedValue>,
  shapes: ReadonlyMap<string, readonly OnnxDim[]>,
): ExportedLayer {
  return {
    name: view.name,
    type: view.type,
    param,
    bottoms: view.bottoms.map((name) => values.get(name)!),
    tops: view.tops.map((name) => shapes.get(name)!),
    blobs: view.blobs.map((blob): OnnxTensor => ({
      shape: blob.shape,
      data: Float32Array.from(blob.data),
      type: "float32",
    })),
  };
}

/** Adds a layer's nodes: of one in TypeScript by its class's `static onnx`, of another by its type. */
function exportLayer(graph: GraphBuilder, view: LayerView, layer: ExportedLayer): readonly OnnxValue[] {
  if (view.layer !== undefined) {
    return scriptLayerOnnx(graph, view.layer, { ...layer, layerParam: layer.param });
  }
  const exporter = LAYER_EXPORTERS[view.type];
  if (exporter !== undefined) return exporter(graph, layer);
  throw new CremaError(`Expected a layer that can be exported to ONNX but found type '${view.type}'`, {
    layer: view.name,
  });
}
