import { basename } from "node:path";
import { CremaError } from "../../base/error.ts";
import config from "../../deno.json" with { type: "json" };
import {
  encodeModel,
  type ExportedLayer,
  foldNormalization,
  GraphBuilder,
  LARGEST_MODEL,
  LAYER_EXPORTERS,
  type ModelProto,
  type OnnxDim,
  type OnnxTensor,
  type OnnxValue,
  type ShapedValue,
  type StringPair,
  tensorBytes,
} from "../../onnx/mod.ts";
import type { LayerParameter, NetParameter } from "../../proto/messages.ts";
import { assignNets, filterNet, locationOf, parseAssignments, readNet } from "../../proto/mod.ts";
import { scriptLayerOnnx } from "../../script/layer/script_layer_onnx.ts";
import { stateOf } from "../engine_options.ts";
import { type LayerView, Net, type NetOptions } from "../net.ts";
import { imageInput } from "../predict/image_net.ts";
import { replaceInputs } from "../summary/replace_inputs.ts";
import { BlobNames } from "./blob_names.ts";
import { blobShapes } from "./blob_shapes.ts";
import { graphOutputs, outputName, unreadInputs } from "./graph_outputs.ts";
import { withoutTraining } from "./inference_layers.ts";
import { type InputPreprocessing, preprocessInput } from "./preprocess_input.ts";
import { refuseUnreadFields } from "./refuse_unread_fields.ts";

/** How to export a net. */
export interface OnnxExportOptions extends Omit<NetOptions, "phase"> {
  /** Shapes of blobs that inputs are to be in place of the layers that make them, by name. */
  inputs?: ReadonlyMap<string, readonly number[]> | undefined;
  /** The number of images that the model takes. Default: any number. */
  batch?: number | undefined;
  /** Whether BatchNorm, Scale and Bias become part of the weights of the layer before them. Default: true. */
  fold?: boolean | undefined;
  /** How images were prepared in training. The model then takes images in RGB, with values from 0 to 255. */
  preprocess?: InputPreprocessing | undefined;
}

/**
 * Makes an ONNX model (opset 13) of a net for inference: of a prototxt, or of a NetParameter. Layers for training are
 * left out, layers in TypeScript say what they are by `static onnx`. Throws a CremaError that names the layer that ONNX
 * can't express, or the blob that no layer makes, and for a model of more than 2 GB, which `writeOnnx` can write.
 */
export async function exportOnnx(
  given: string | NetParameter,
  options: OnnxExportOptions = {},
): Promise<Uint8Array> {
  const model = await onnxModel(given, options);
  const bytes = tensorBytes(model);
  if (bytes > LARGEST_MODEL) {
    throw new CremaError(`Expected a model of up to 2 GB but found parameters of ${bytes} bytes`, {
      hint: "`crema export` and writeOnnx() write the parameters to a file beside the model's.",
    });
  }
  return encodeModel(model);
}

/** The model that {@link exportOnnx} encodes. Throws as it does. */
export async function onnxModel(
  given: string | NetParameter,
  options: OnnxExportOptions = {},
): Promise<ModelProto> {
  const { inputs = new Map(), batch, fold = true, preprocess, set, ...netOptions } = options;
  const whole = typeof given === "string" ? await readNet(given) : given;
  const [assigned] = assignNets([replaceInputs(whole, inputs)], parseAssignments(set ?? [], "net"));
  const filtered = filterNet(assigned!, { ...whole.state, phase: "TEST", ...stateOf(options) });
  using net = await Net.create(withoutTraining(filtered), { ...netOptions, phase: "TEST" });
  refuseUnreadFields(net.param, new Set(net.handle.hostPlans.map(({ param }) => param)));
  const graph = new GraphBuilder(net.name || "net");
  try {
    addLayers(graph, net, blobShapes(net, batch), preprocess);
  } catch (error) {
    throw located(error, net.param);
  }
  if (fold) foldNormalization(graph);
  return {
    ir_version: graph.opset > 14 ? 8 : 7,
    producer_name: "crema",
    producer_version: config.version,
    graph: graph.graph(),
    opset_import: [{ domain: "", version: graph.opset }],
    metadata_props: typeof given === "string" ? await originOf(given) : [],
  };
}

/** Adds all layers of a net to a graph, its inputs and its outputs. */
function addLayers(
  graph: GraphBuilder,
  net: Net,
  shapes: ReadonlyMap<string, readonly OnnxDim[]>,
  preprocess: InputPreprocessing | undefined,
): void {
  // Layers may have one name: those of a name and type come in their order.
  const params = Map.groupBy(net.param.layer ?? [], ({ name, type }) => `${type} ${name ?? ""}`);
  const values = new Map<string, ShapedValue>();
  const names = new BlobNames(graph, net.layers), outputs = graphOutputs(net), unread = unreadInputs(net);
  const image = preprocess && imageInput(net);
  for (const [index, view] of net.layers.entries()) {
    const param = params.get(`${view.type} ${view.name}`)?.shift() ?? {};
    if (view.type === "Silence") continue;
    if (view.type === "Input") {
      for (const top of view.tops.filter((top) => !unread.has(top) || outputs.includes(top))) {
        const shape = shapes.get(top)!;
        const input = top === image
          ? preprocessInput(graph, top, shape, preprocess!)
          : graph.input(top, shape);
        names.keep(input);
        values.set(top, input as ShapedValue);
      }
      continue;
    }
    const layer = exportedLayer(view, param, values, shapes);
    const tops = graph.within(view.name, () => exportLayer(graph, view, layer));
    for (const [i, top] of view.tops.entries()) {
      const value = graph.shaped(tops[i]!, layer.tops[i]!) as ShapedValue;
      names.give(value, top, index);
      values.set(top, value);
    }
  }
  if (outputs.length === 0) {
    throw new CremaError("Expected a net with outputs but found none", {
      hint: "Layers for training, such as losses, are left out of a model for inference.",
    });
  }
  for (const name of outputs) {
    const value = values.get(name)!;
    graph.output(value, outputName(net, name), value.shape);
  }
}

/** Says where in the prototxt the layer is that an error is about. */
function located(error: unknown, net: NetParameter): unknown {
  if (!(error instanceof CremaError) || error.layer === undefined || error.file !== undefined) return error;
  const layer = (net.layer ?? []).find(({ name }) => name === error.layer);
  const place = layer && locationOf(layer);
  if (place === undefined) return error;
  const { layer: name, hint, cause } = error;
  return new CremaError(error.reason, { ...place, layer: name, hint, cause });
}

/** What a model says about the prototxt that it comes from. */
async function originOf(file: string): Promise<StringPair[]> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await Deno.readFile(file)));
  return [
    { key: "prototxt", value: basename(file) },
    { key: "prototxt_sha256", value: digest.toHex() },
  ];
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
      data: blob.read(),
      type: "float32",
    })),
  };
}

/** Adds a layer's nodes: of one in TypeScript by its class's `static onnx`, of another by its type. */
function exportLayer(graph: GraphBuilder, view: LayerView, layer: ExportedLayer): readonly OnnxValue[] {
  if (view.layer !== undefined) {
    return scriptLayerOnnx(graph, view.layer, layer);
  }
  const exporter = LAYER_EXPORTERS[view.type];
  if (exporter !== undefined) return exporter(graph, layer);
  throw new CremaError(`Expected a layer that can be exported to ONNX but found type '${view.type}'`, {
    layer: view.name,
  });
}
