import type { ByteSource } from "../../base/byte_source.ts";
import { CremaError } from "../../base/error.ts";
import { readNpyHeader } from "../../data/arrays/npy.ts";
import { npzEntries, type ZipEntry } from "../../data/arrays/npz_entries.ts";
import { byteSize, FLOAT_TYPES, type FloatType, toFloat32 } from "../../base/float_types.ts";
import { shapeText, type StoredParameter, type Weights } from "./stored_parameter.ts";

/** The longest header of a .npy file that is looked at. */
const LONGEST_HEADER = 2 ** 16;

const FLOATS: ReadonlyMap<string, FloatType> = new Map([
  ["<f2", "float16"],
  ["<f4", "float32"],
  ["<f8", "float64"],
]);

/**
 * Reads the arrays of a .npz file as weights: floats of 16, 32 and 64 bits. Throws a CremaError when the file or the header
 * of an array is damaged; values are read when they are asked for.
 */
export function readNpzWeights(source: ByteSource): Weights {
  const parameters: StoredParameter[] = [], leftOut: { name: string; type: string }[] = [];
  const file = source.file ?? "weights.npz";
  for (const entry of npzEntries(source)) {
    const name = entry.name.replace(/\.npy$/, ""), at = `${file}: ${name}`;
    const { shape, type, start } = readNpyHeader(entry.head(LONGEST_HEADER), at);
    if (/^[<>|=][iubU?]\d*$/.test(type)) {
      leftOut.push({ name, type });
      continue;
    }
    const float = FLOATS.get(type);
    if (float === undefined) {
      throw new CremaError(`Expected floats but found an array of type '${type}'`, {
        file: at,
        hint: "Save `array.astype('float32')` instead.",
      });
    }
    const size = byteSize(shape, FLOAT_TYPES[float], { file: at });
    if (entry.size !== start + size) {
      throw new CremaError(
        `Expected ${size} bytes for ${shapeText(shape)} of ${float} but found ${entry.size - start}`,
        { file: at },
      );
    }
    parameters.push(parameterOf(name, shape, float, entry, start));
  }
  return { parameters, leftOut };
}

function parameterOf(
  name: string,
  shape: readonly number[],
  type: FloatType,
  entry: ZipEntry,
  start: number,
): StoredParameter {
  return { name, shape, type, read: () => toFloat32(entry.read().subarray(start), type) };
}
