import { isHdf5, readHdf5 } from "../data/arrays/hdf5_content.ts";
import { loadHdf5 } from "../data/arrays/load_hdf5.ts";
import type { NetHandle } from "../ffi/net_handle.ts";
import { decode, encode } from "../proto/codec/binary.ts";
import { readBytes } from "../base/read_bytes.ts";
import { upgradeNet } from "../proto/upgrade/upgrade.ts";
import { copyHdf5Weights } from "./hdf5_weights.ts";

/**
 * Reads weights, a .caffemodel or HDF5, by path or as bytes, and returns what copies them into nets by layer name. Throws a
 * CremaError when they are missing, or broken: before any net takes a part of them.
 */
export async function openWeights(given: string | Uint8Array): Promise<(net: NetHandle) => void> {
  const place = typeof given === "string" ? { file: given } : {};
  const bytes = typeof given === "string" ? await readWeightsFile(given) : given;
  if (isHdf5(bytes)) {
    const content = readHdf5(await loadHdf5(), bytes, place);
    return (net) => copyHdf5Weights(net, content, place);
  }
  const whole = typeof given === "string" ? presentForm(bytes, given) : bytes;
  return (net) => net.copyFrom(whole);
}

/** Names of the layers that weights, a .caffemodel or HDF5, have parameters of. Throws a CremaError as {@link openWeights} does. */
export async function weightedLayers(path: string): Promise<Set<string>> {
  const bytes = await readWeightsFile(path);
  if (isHdf5(bytes)) {
    const { values } = readHdf5(await loadHdf5(), bytes, { file: path });
    const names = Array.from(values.keys(), (name) => /^data\/(.*)\/\d+$/.exec(name)?.[1]);
    return new Set(names.filter((name) => name !== undefined));
  }
  const { layer = [] } = decode("NetParameter", presentForm(bytes, path), { file: path });
  return new Set(layer.filter(({ blobs = [] }) => blobs.length > 0).map(({ name = "" }) => name));
}

async function readWeightsFile(path: string): Promise<Uint8Array> {
  return await readBytes(path, "weights (.caffemodel)");
}

/** The bytes of a .caffemodel in the present form, whatever its age. Throws a CremaError when it is broken. */
function presentForm(bytes: Uint8Array, file: string): Uint8Array {
  const net = decode("NetParameter", bytes, { file });
  return net.layers === undefined || net.layers.length === 0
    ? bytes
    : encode("NetParameter", upgradeNet(net));
}
