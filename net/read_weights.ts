import { type Hdf5Content, isHdf5, readHdf5 } from "../data/arrays/hdf5_content.ts";
import { loadHdf5 } from "../data/arrays/load_hdf5.ts";
import type { NetHandle } from "../ffi/net_handle.ts";
import { decode, type DecodeOptions, encode } from "../proto/codec/binary.ts";
import { CremaError } from "../base/error.ts";
import { readBytes } from "../base/read_bytes.ts";
import { weightsOnly } from "../proto/codec/weights_only.ts";
import { upgradeNet } from "../proto/upgrade/upgrade.ts";
import type { LayerParameter } from "../proto/messages.ts";
import { copyHdf5Weights } from "./hdf5_weights.ts";
import { checkStoredLayer, mismatches } from "./match_weights.ts";
import {
  type CopyWeightsOptions,
  type WeightsMismatch,
  type WeightsReport,
  weightsReport,
} from "./weights_report.ts";
import { counted } from "../base/counted.ts";

/** Copies weights into a net by layer name. Throws a CremaError when they do not fit, before any is copied. */
export type CopyWeights = (net: NetHandle, options?: CopyWeightsOptions) => WeightsReport;

/**
 * Reads weights from a .caffemodel or HDF5 file, or from its bytes. Returns a function that copies them into
 * a net. Throws a CremaError when they are missing or damaged, before any net is changed.
 */
export async function openWeights(given: string | Uint8Array): Promise<CopyWeights> {
  const place = typeof given === "string" ? { file: given } : {};
  const bytes = typeof given === "string" ? await readWeightsFile(given) : given;
  if (isHdf5(bytes)) {
    const content = readHdf5(await loadHdf5(), bytes, place);
    const names = hdf5Layers(content);
    return (net, { skipMismatch = false } = {}) => {
      if (content.groups.has("data")) checkSomeMatch(net, names, place);
      return weightsReport(net, names, copyHdf5Weights(net, content, { ...place, skipMismatch }));
    };
  }
  const { whole, names, layers } = readBinaryWeights(bytes, place);
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

/**
 * Names of the layers with parameters in a .caffemodel or HDF5 file. Throws a CremaError as
 * {@link openWeights} does.
 */
export async function weightedLayers(path: string): Promise<Set<string>> {
  const bytes = await readWeightsFile(path);
  if (isHdf5(bytes)) return hdf5Layers(readHdf5(await loadHdf5(), bytes, { file: path }));
  return readBinaryWeights(bytes, { file: path }).names;
}

function hdf5Layers({ values }: Hdf5Content): Set<string> {
  const names = Array.from(values.keys(), (name) => /^data\/(.*)\/\d+$/.exec(name)?.[1]);
  return new Set(names.filter((name) => name !== undefined));
}

async function readWeightsFile(path: string): Promise<Uint8Array> {
  return await readBytes(path, "weights (.caffemodel)");
}

/**
 * Reads a .caffemodel: what a net copies of it, with old V1 layers upgraded, and the names of the layers with
 * parameters. Throws a CremaError when it is empty or damaged.
 */
function readBinaryWeights(
  bytes: Uint8Array,
  place: DecodeOptions,
): { whole: Uint8Array; names: Set<string>; layers: readonly LayerParameter[] } {
  if (bytes.length === 0) throw new CremaError("Expected weights but found nothing: 0 bytes", place);
  const weights = weightsOnly(bytes) ?? bytes;
  const net = decode("NetParameter", weights, place);
  const found = net.layer?.length ?? 0, { layer_count: expected = found } = net;
  if (found < expected) {
    throw new CremaError(
      `Expected the weights of ${counted(expected, "layer")} but found those of ${found}`,
      {
        ...place,
        hint: "The file was cut. Check that it was copied whole.",
      },
    );
  }
  const isOld = net.layers !== undefined && net.layers.length > 0;
  const { layer = [] } = isOld ? upgradeNet(net) : net;
  return {
    layers: layer,
    whole: isOld ? encode("NetParameter", { layer: layer.map(weightsOf) }) : weights,
    names: new Set(layer.filter(({ blobs = [] }) => blobs.length > 0).map(({ name = "" }) => name)),
  };
}

/** What of a layer a net copies. */
function weightsOf({ name = "", type = "", blobs = [] }: LayerParameter): LayerParameter {
  return { name, type, blobs };
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
