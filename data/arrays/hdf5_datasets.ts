import { CremaError } from "../../base/error.ts";
import { readBytesSync } from "../../base/read_bytes.ts";
import { hdf5Reason, isHdf5, withHdf5File } from "./hdf5_content.ts";
import type { Hdf5Library } from "./load_hdf5.ts";
import { countOf, type NdArray } from "./nd_array.ts";

/** The shapes of datasets, and a way to read them. */
export interface Hdf5Datasets {
  /** The shape of each dataset. */
  readonly shapes: readonly (readonly number[])[];
  /** The values of the datasets; empty if only the shapes were asked for. */
  readonly arrays: readonly NdArray[];
}

/**
 * Reads datasets of numbers by their names, or only their shapes. Throws a CremaError when the file is missing or damaged, and
 * when a dataset is missing or has no rows.
 */
export function readHdf5Datasets(
  library: Hdf5Library,
  path: string,
  names: readonly string[],
  options: { shapesOnly?: boolean } = {},
): Hdf5Datasets {
  const bytes = readBytesSync(path, "an HDF5 file");
  if (!isHdf5(bytes)) throw new CremaError(`Expected an HDF5 file at '${path}' but found something else`);
  const shapes: number[][] = [], arrays: NdArray[] = [];
  try {
    withHdf5File(library, "r", bytes, (file) => {
      for (const name of names) {
        const dataset = file.keys().includes(name) || name.includes("/") ? file.get(name) : null;
        if (!(dataset instanceof library.h5.Dataset)) {
          const others = file.keys().map((key) => `'${key}'`).join(", ") || "none";
          throw new CremaError(
            `Expected a dataset '${name}', the name of the top, in '${path}' but found ${others}`,
          );
        }
        const { shape } = dataset;
        if (shape === null || shape.length === 0 || countOf(shape) === 0) {
          throw new CremaError(`Expected rows in the dataset '${name}' of '${path}' but found none`);
        }
        shapes.push(shape);
        if (!options.shapesOnly) arrays.push({ shape, data: numbersOf(dataset.value, name, path) });
      }
    });
    return { shapes, arrays };
  } catch (cause) {
    if (cause instanceof CremaError) throw cause;
    throw new CremaError(
      `Expected an HDF5 file at '${path}' but found one that can't be read: ${hdf5Reason(cause)}`,
      { hint: "Check that the file was written and copied whole.", cause },
    );
  }
}

function numbersOf(value: unknown, name: string, path: string): Float32Array {
  if (value instanceof Float32Array) return value;
  if (typeof value === "number" || typeof value === "bigint") return Float32Array.of(Number(value));
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    return Float32Array.from(value as unknown as ArrayLike<number | bigint>, Number);
  }
  throw new CremaError(`Expected numbers in the dataset '${name}' of '${path}' but found something else`);
}
