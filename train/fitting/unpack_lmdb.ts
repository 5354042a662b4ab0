import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { CremaError } from "../../base/error.ts";
import { loadSharp } from "../../data/images/load_sharp.ts";
import { LmdbSource } from "../../data/sources/lmdb_source.ts";
import type { SourceRecord } from "../../data/sources/record_source.ts";
import type { FindImagesOptions, ImageSet, LabelledImage } from "./image_set.ts";
import { counted } from "../../base/counted.ts";

/**
 * Writes the images of an LMDB of Datum messages as files, `<unpackTo>/<label>/<record>.png` (or as the encoded files that
 * they are), so that they can be split and read as others. Throws a CremaError for records that are no images of bytes,
 * and for negative labels.
 */
export async function unpackLmdb(
  path: string,
  { unpackTo, onProgress }: FindImagesOptions,
): Promise<ImageSet> {
  using source = new LmdbSource(path);
  const train: LabelledImage[] = [];
  const digits = String(Math.max(0, source.count - 1)).length;
  for (let index = 0; index < source.count; index++) {
    const record = source.read();
    if (record === undefined) break;
    const place = `record ${index} of '${path}'`;
    if (record.label < 0) throw new CremaError(`${place}: Expected a label from 0 but found ${record.label}`);
    const { bytes, kind } = await imageFile(record, place);
    const folder = join(unpackTo, String(record.label));
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `${String(index).padStart(digits, "0")}.${kind}`);
    Deno.writeFileSync(file, bytes);
    train.push({ path: file, label: record.label, place });
    onProgress?.(index + 1, source.count, `Unpacking ${path}`);
  }
  const count = 1 + train.reduce((most, { label }) => Math.max(most, label), -1);
  return { source: path, classes: Array.from({ length: count }, (_, label) => String(label)), train };
}

/** The image file of a record. */
async function imageFile(
  { channels, height, width, data, encoded }: SourceRecord,
  place: string,
): Promise<{ bytes: Uint8Array; kind: string }> {
  if (data instanceof Float32Array || (!encoded && channels !== 1 && channels !== 3)) {
    const found = data instanceof Float32Array ? "floats" : counted(channels, "channel");
    throw new CremaError(`${place}: Expected an image of bytes, in grey or colour, but found ${found}`);
  }
  if (encoded) return { bytes: data, kind: data[0] === 0xff && data[1] === 0xd8 ? "jpg" : "png" };
  const plane = height * width, pixels = new Uint8Array(data.length);
  for (let c = 0; c < channels; c++) {
    // Records are in Caffe's order, blue first; PNG files have red first.
    const to = channels - 1 - c;
    for (let i = 0; i < plane; i++) pixels[i * channels + to] = data[c * plane + i]!;
  }
  const sharp = await loadSharp();
  const image = sharp(pixels, { raw: { width, height, channels: channels as 1 | 3 } });
  if (channels === 1) image.toColourspace("b-w");
  return { bytes: new Uint8Array(await image.png({ compressionLevel: 1 }).toBuffer()), kind: "png" };
}
