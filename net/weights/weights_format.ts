import { isHdf5 } from "../../data/arrays/hdf5_content.ts";
import { isZip } from "../../data/arrays/npz_entries.ts";
import { isSafetensors } from "./safetensors.ts";

/** The formats of files of weights. */
export type WeightsFormat = "caffemodel" | "hdf5" | "safetensors" | "npz" | "onnx";

const ENDINGS: readonly (readonly [string, WeightsFormat])[] = [
  [".caffemodel", "caffemodel"],
  [".h5", "hdf5"],
  [".hdf5", "hdf5"],
  [".safetensors", "safetensors"],
  [".npz", "npz"],
  [".onnx", "onnx"],
];

/** The endings of files of weights, for people. */
export const WEIGHTS_ENDINGS: string = ENDINGS.map(([ending]) => ending).join(", ");

/**
 * The format that a file's ending names; undefined for other endings.
 *
 * ```ts
 * import { formatByName } from "./weights_format.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(formatByName("lenet.caffemodel.h5"), "hdf5");
 * assert.equal(formatByName("lenet_iter_100"), undefined);
 * ```
 */
export function formatByName(path: string): WeightsFormat | undefined {
  const name = path.toLowerCase();
  return ENDINGS.find(([ending]) => name.endsWith(ending))?.[1];
}

/** How many bytes {@link formatOf} looks at. */
export const HEAD_BYTES = 16;

/** The format of a file by how it begins, or by its ending where that does not tell; otherwise it is a .caffemodel. */
export function formatOf(head: Uint8Array, path = ""): WeightsFormat {
  if (isHdf5(head)) return "hdf5";
  if (isZip(head)) return "npz";
  const named = formatByName(path);
  if (named === "onnx" || named === "safetensors" || named === "npz") return named;
  return isSafetensors(head) ? "safetensors" : "caffemodel";
}
