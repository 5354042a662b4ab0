import { dirname } from "node:path";
import { CremaError, inFile } from "../../base/error.ts";
import { readBytes } from "../../base/read_bytes.ts";
import type { NetParameter } from "../../proto/messages.ts";
import { externalDataIn } from "../read_external_data.ts";
import { NodeError } from "../graph/node_error.ts";
import { type Graph, readGraph } from "../graph/read_graph.ts";
import type { ModelProto } from "../messages.ts";
import { decodeModel } from "../model_codec.ts";
import type { ExternalData } from "../read_tensor.ts";
import { GraphImport, type ImportedGraph, type NodeReport } from "./import_graph.ts";
import { type InputShape, inputShapes } from "./input_shapes.ts";
import { UnsupportedNodesError } from "./unsupported.ts";

/** How to import a model. */
export interface OnnxImportOptions {
  /** Shapes of inputs, by name, in place of those in the model. */
  readonly inputs?: ReadonlyMap<string, readonly number[]> | undefined;
}

/** What an import did. */
export interface OnnxImportReport {
  /** The program that wrote the model. */
  readonly producer: string;
  /** The version of ONNX's operators. */
  readonly opset: number;
  /** The inputs with the shapes that the net is for. */
  readonly inputs: readonly { readonly name: string; readonly shape: readonly number[] }[];
  /** The outputs. */
  readonly outputs: readonly { readonly name: string; readonly shape: readonly number[] }[];
  /** What became of each node. */
  readonly nodes: readonly NodeReport[];
  /** What the user should know. */
  readonly remarks: readonly string[];
  /** The number of layers. */
  readonly layers: number;
  /** The number of parameters. */
  readonly parameters: number;
}

/** A net that was an ONNX model. */
export interface ImportedOnnx {
  /** The net, its layers with their parameters as `blobs`. */
  readonly net: NetParameter;
  /** The shapes of its blobs, as ONNX has them. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** What was done. */
  readonly report: OnnxImportReport;
}

/**
 * Makes a Caffe net of an ONNX model of opset 6 to 17: a file's path, or its bytes (of a model in one file). The net computes
 * the same, with blobs of the same names. Throws a CremaError when the file can't be read or is damaged, when the shape of an
 * input is open, and an {@link UnsupportedNodesError}, which lists all nodes that no layers compute.
 *
 * ```ts
 * import assert from "node:assert/strict";
 * import { encodeModel, GraphBuilder } from "../mod.ts";
 * import { importOnnx } from "./import_onnx.ts";
 *
 * const graph = new GraphBuilder("small");
 * graph.output(graph.node("Relu", [graph.input("x", ["N", 3])]), "y", ["N", 3]);
 * const bytes = encodeModel({ ir_version: 7, graph: graph.graph(), opset_import: [{ version: 13 }] });
 * const { net } = await importOnnx(bytes, { inputs: new Map([["x", [2, 3]]]) });
 * assert.deepEqual(net.layer?.map(({ type }) => type), ["Input", "ReLU"]);
 * ```
 */
export async function importOnnx(
  model: string | Uint8Array,
  options: OnnxImportOptions = {},
): Promise<ImportedOnnx> {
  if (typeof model !== "string") return importModel(decodeModel(model), options);
  const bytes = await readBytes(model, "an ONNX model");
  return inFile(
    model,
    () => importModel(decodeModel(bytes, model), options, externalDataIn(dirname(model)), model),
  );
}

/** The same for a model that was decoded; `external` reads values that are in other files. */
export function importModel(
  model: ModelProto,
  { inputs: given = new Map() }: OnnxImportOptions = {},
  external?: ExternalData,
  file?: string,
): ImportedOnnx {
  const graph = readGraph(model), inputs = inputShapes(graph, given);
  const { layers, nodes, outputs, shapes, remarks, unsupported } = importGraph(graph, inputs, external);
  if (unsupported.length > 0) throw new UnsupportedNodesError(unsupported, file);
  const unused = graph.unused.map((name) => `Input '${name}' is left out: no output needs it.`);
  const counts = layers.flatMap(({ blobs = [] }) => blobs.map(({ data }) => data?.length ?? 0));
  return {
    net: { ...graph.name === "" ? {} : { name: graph.name }, layer: [...layers] },
    shapes,
    report: {
      producer: [model.producer_name, model.producer_version].filter((part) => (part ?? "") !== "").join(" "),
      opset: graph.opset,
      inputs: [...inputs].map(([name, { shape }]) => ({ name, shape })),
      outputs,
      nodes,
      remarks: [...unused, ...remarks],
      layers: layers.length,
      parameters: counts.reduce((sum, count) => sum + count, 0),
    },
  };
}

function importGraph(
  graph: Graph,
  inputs: ReadonlyMap<string, InputShape>,
  external: ExternalData | undefined,
): ImportedGraph {
  try {
    return new GraphImport(graph, external).run(inputs);
  } catch (error) {
    // Of an input or output that can't be a blob; those of nodes are collected.
    if (error instanceof NodeError) throw new CremaError(error.why, { cause: error });
    throw error;
  }
}

/** A net's layers without their parameters: what the prototxt holds. */
export function withoutBlobs(net: NetParameter): NetParameter {
  return { ...net, layer: (net.layer ?? []).map(({ blobs: _, ...layer }) => layer) };
}
