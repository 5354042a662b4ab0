import { isHdf5, readHdf5 } from "../data/arrays/hdf5_content.ts";
import { loadHdf5 } from "../data/arrays/load_hdf5.ts";
import type { NetHandle } from "../ffi/net_handle.ts";
import { decode, encode } from "../proto/codec/binary.ts";
import { readBytes } from "../base/read_bytes.ts";
import { upgradeNet } from "../proto/upgrade/upgrade.ts";
import { copyHdf5Weights } from "./hdf5_weights.ts";

/**
 * Reads weights from a .caffemodel or HDF5 file, or from its bytes. Returns a function that copies them into
 * a net by layer name. Throws a CremaError when they are missing or damaged, before any net is changed.
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

/**
 * Names of the layers with parameters in a .caffemodel or HDF5 file. Throws a CremaError as
 * {@link openWeights} does.
 */
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

/** Upgrades the bytes of a .caffemodel with old V1 layers. Throws a CremaError when they are damaged. */
function presentForm(bytes: Uint8Array, file: string): Uint8Array {
  const net = decode("NetParameter", bytes, { file });
  return net.layers === undefined || net.layers.length === 0
    ? bytes
    : encode("NetParameter", upgradeNet(net));
}
