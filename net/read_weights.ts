import { type Hdf5Content, readHdf5 } from "../data/arrays/hdf5_content.ts";
import { loadHdf5 } from "../data/arrays/load_hdf5.ts";
import type { NetHandle } from "../ffi/net_handle.ts";
import { type DecodeOptions, encode } from "../proto/codec/binary.ts";
import { bytesSource } from "../base/byte_source.ts";
import { CremaError } from "../base/error.ts";
import { readBytes } from "../base/read_bytes.ts";
import type { LayerParameter } from "../proto/messages.ts";
import { copyHdf5Weights } from "./hdf5_weights.ts";
import { checkStoredLayer, mismatches } from "./match_weights.ts";
import { indexedLayers, indexedParameters } from "./weights/indexed_parameters.ts";
import { type Caffemodel, readCaffemodel, weightsOf } from "./weights/read_caffemodel.ts";
import { readWeightsFrom } from "./weights/read_weights.ts";
import type { NamedParameter } from "./weights/stored_parameter.ts";
import { formatOf } from "./weights/weights_format.ts";
import {
  type CopyWeightsOptions,
  type WeightsMismatch,
  type WeightsReport,
  weightsReport,
} from "./weights_report.ts";

/** Copies weights into a net by layer name. Throws a CremaError when they do not fit, before any is copied. */
export type CopyWeights = (net: NetHandle, options?: CopyWeightsOptions) => WeightsReport;

/**
 * Reads weights from a .caffemodel, HDF5, .safetensors or .npz file, or from its bytes. Returns a function that copies them
 * into a net. Throws a CremaError when they are missing or damaged, before any net is changed.
 */
export async function openWeights(given: string | Uint8Array): Promise<CopyWeights> {
  const place = typeof given === "string" ? { file: given } : {};
  const bytes = typeof given === "string" ? await readWeightsFile(given) : given;
  const format = formatOf(bytes, place.file);
  if (format === "onnx") throw onnxWeights(place);
  if (format === "caffemodel") return copyCaffemodel(readCaffemodel(bytes, place), place);
  if (format === "hdf5") {
    const content = readHdf5(await loadHdf5(), bytes, place);
    const names = hdf5Layers(content);
    return (net, { skipMismatch = false } = {}) => {
      if (content.groups.has("data")) checkSomeMatch(net, names, place);
      return weightsReport(net, names, copyHdf5Weights(net, content, { ...place, skipMismatch }));
    };
  }
  const stored = layersOf((await readWeightsFrom(bytesSource(bytes, place.file))).parameters);
  return (net, { skipMismatch = false } = {}) => {
    const names = new Set(stored.keys());
    checkSomeMatch(net, names, place);
    const own = new Set(net.layers.filter(({ params }) => params.length > 0).map(({ name }) => name));
    // Only layers of the net need Caffe's numbers: of others, the names are enough.
    const used = Array.from(stored).filter(([name]) => own.has(name)).flatMap(([, parameters]) => parameters);
    const content: Hdf5Content = { groups: new Set(), values: new Map() };
    for (const [layer, { parameters }] of indexedLayers(used, place)) {
      content.groups.add(layer);
      for (const [index, parameter] of parameters) {
        content.values.set(`${layer}/${index}`, { shape: parameter.shape, values: parameter.read() });
      }
    }
    return weightsReport(net, names, copyHdf5Weights(net, content, { ...place, skipMismatch, root: "" }));
  };
}

/** Copies the weights of a .caffemodel. */
function copyCaffemodel({ whole, names, layers }: Caffemodel, place: DecodeOptions): CopyWeights {
  return (net, { skipMismatch = false } = {}) => {
    checkSomeMatch(net, names, place);
    const misfits = mismatches(layers, skipMismatch, (layer) => checkStoredLayer(net, layer, place));
    try {
      net.copyFrom(misfits.length === 0 ? whole : without(layers, misfits));
      return weightsReport(net, names, misfits);
    } catch (error) {
      if (!(error instanceof CremaError) || place.file === undefined) throw error;
      // It is the weights that do not fit: their file says more than the line of the net.
      throw new CremaError(error.reason, { ...place, layer: error.layer, hint: error.hint, cause: error });
    }
  };
}

/** Parameters by the names of their layers. */
function layersOf(parameters: readonly NamedParameter[]): Map<string, NamedParameter[]> {
  const layers = new Map<string, NamedParameter[]>();
  for (const { parameter, layer } of indexedParameters(parameters)) {
    const name = layer === "" ? parameter.name : layer;
    layers.set(name, [...layers.get(name) ?? [], parameter]);
  }
  return layers;
}

function onnxWeights(place: DecodeOptions): CremaError {
  return new CremaError("Expected weights of a Caffe net but found an ONNX model", {
    ...place,
    hint:
      "`crema weights convert` writes its initializers to a .caffemodel, with the names that --rename gives them.",
  });
}

/**
 * Names of the layers with parameters in a file of weights. Throws a CremaError as {@link openWeights} does.
 */
export async function weightedLayers(path: string): Promise<Set<string>> {
  const bytes = await readWeightsFile(path), place = { file: path };
  switch (formatOf(bytes, path)) {
    case "hdf5":
      return hdf5Layers(readHdf5(await loadHdf5(), bytes, place));
    case "caffemodel":
      return readCaffemodel(bytes, place).names;
    case "onnx":
      throw onnxWeights(place);
    default:
      return new Set(layersOf((await readWeightsFrom(bytesSource(bytes, path))).parameters).keys());
  }
}

function hdf5Layers({ values }: Hdf5Content): Set<string> {
  const names = Array.from(values.keys(), (name) => /^data\/(.*)\/\d+$/.exec(name)?.[1]);
  return new Set(names.filter((name) => name !== undefined));
}

async function readWeightsFile(path: string): Promise<Uint8Array> {
  return await readBytes(path, "weights (.caffemodel)");
}

/** The bytes of weights without the layers that do not fit. */
function without(layers: readonly LayerParameter[], misfits: readonly WeightsMismatch[]): Uint8Array {
  const skipped = new Set(misfits.map(({ layer }) => layer));
  return encode("NetParameter", {
    layer: layers.filter(({ name = "" }) => !skipped.has(name)).map(weightsOf),
  });
}

/** Throws a CremaError when a net has parameters but the weights have none for any of its layers. */
function checkSomeMatch(net: NetHandle, names: ReadonlySet<string>, place: DecodeOptions): void {
  const own = net.layers.filter(({ params }) => params.length > 0).map(({ name }) => name);
  if (own.length === 0 || own.some((name) => names.has(name))) return;
  throw new CremaError(
    `Expected weights for some layer of the net (${some(own)}) but found those of ${some(names)}`,
    { ...place, hint: "Layers take the weights of layers of the same name." },
  );
}

/** The first few names, for people. */
function some(names: Iterable<string>): string {
  const all = Array.from(names);
  if (all.length === 0) return "no layer at all";
  return all.slice(0, 5).join(", ") + (all.length > 5 ? `, and ${all.length - 5} more` : "");
}
