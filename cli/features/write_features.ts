import { loadHdf5, type NdArray, npzOf, type RecordWriter, writeHdf5 } from "../../data/mod.ts";
import type { BlobValues } from "../../net/mod.ts";
import { encode } from "../../proto/mod.ts";
import { shortestFloat32 } from "../../base/mod.ts";

/** What features can be written as. */
export const FEATURE_FORMATS = ["lmdb", "leveldb", "hdf5", "npz", "csv"] as const;

/** One of {@link FEATURE_FORMATS}. */
export type FeatureFormat = typeof FEATURE_FORMATS[number];

/**
 * Adds the items of a batch to a database as Caffe's extract_features does: a Datum of floats per item, under its number
 * in ten digits.
 */
export function writeDatums(writer: RecordWriter, { shape, values }: BlobValues): void {
  const items = shape[0] ?? 1, size = items === 0 ? 0 : values.length / items;
  const [channels = 1, height = 1, width = 1] = shape.slice(1);
  for (let item = 0; item < items; item++) {
    const float_data = values.subarray(item * size, (item + 1) * size);
    const datum = { channels, height, width, float_data };
    writer.writeBytes(String(writer.count).padStart(10, "0"), encode("Datum", datum));
  }
}

/** The bytes of a file with arrays: datasets of an .h5 or arrays of an .npz by their names, or the rows of one as CSV. */
export async function fileOf(
  format: "hdf5" | "npz" | "csv",
  arrays: ReadonlyMap<string, NdArray>,
): Promise<Uint8Array> {
  if (format === "npz") return npzOf(arrays);
  if (format === "csv") return new TextEncoder().encode(Array.from(arrays.values(), csvOf).join(""));
  const values = new Map(Array.from(arrays, ([name, { shape, data }]) => [name, { shape, values: data }]));
  return writeHdf5(await loadHdf5(), { groups: new Set(), values });
}

/** A line per item, its values separated by commas, in as many digits as tell float32 values apart. */
function csvOf({ shape, data }: NdArray): string {
  const items = shape[0] ?? 1, size = items === 0 ? 0 : data.length / items;
  return Array.from(
    { length: items },
    (_, item) => `${Array.from(data.subarray(item * size, (item + 1) * size), shortestFloat32).join(",")}\n`,
  ).join("");
}
