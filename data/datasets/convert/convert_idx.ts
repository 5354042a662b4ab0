import { CremaError } from "../../../base/error.ts";
import { encode } from "../../../proto/codec/binary.ts";
import { below } from "../../random.ts";
import { philox } from "../../../base/philox.ts";
import { IdxSource } from "../../sources/idx_source.ts";
import { type Backend, openWriter } from "../../sources/open_writer.ts";
import type { SourceRecord } from "../../sources/record_source.ts";
import { type ConvertProgress, turn } from "./convert_progress.ts";

/** The IDX files of a dataset such as MNIST, and where its database goes. */
export interface ConvertIdxOptions extends ConvertProgress {
  /** The file of the images, plain or gzipped. */
  images: string;
  /** The file of the labels, likewise. */
  labels: string;
  /** The folder for the database. */
  out: string;
  /** Default: lmdb. */
  backend?: Backend | undefined;
}

/**
 * Writes a database of Datum messages from IDX files, record for record as Caffe's convert_mnist_data does. Returns the
 * number of records. Throws a CremaError when a file is damaged or the two do not match.
 */
export async function convertIdx(options: ConvertIdxOptions): Promise<number> {
  const { images, labels, out, backend = "lmdb", onProgress, signal } = options;
  using source = new IdxSource(images, labels);
  using writer = openWriter(out, backend);
  for (let record = source.read(); record !== undefined; record = source.read()) {
    const { channels, height, width, label } = record;
    const data = bytesOf(record, images);
    const key = String(writer.count).padStart(8, "0");
    writer.writeBytes(key, encode("Datum", { channels, height, width, data, label }));
    if (writer.count % 1000 !== 0 || writer.count === source.count) continue;
    onProgress?.(writer.count, source.count);
    await turn(signal);
  }
  writer.finish();
  onProgress?.(source.count, source.count);
  return source.count;
}

/** How to make pairs: as {@link ConvertIdxOptions}, of random images. */
export interface ConvertPairsOptions extends ConvertIdxOptions {
  /** Seed for the pairs. Default: 0. */
  seed?: number | undefined;
}

/**
 * Writes a database of pairs from IDX files, for siamese nets, as Caffe's convert_mnist_siamese_data does: as many
 * pairs of random images as there are images, each pair one record of two channels, labelled 1 if both are of one class.
 * Returns the number of pairs. Throws a CremaError as {@link convertIdx} does.
 */
export async function convertPairs(options: ConvertPairsOptions): Promise<number> {
  const { images, labels, out, backend = "leveldb", seed = 0, onProgress, signal } = options;
  using source = new IdxSource(images, labels);
  using writer = openWriter(out, backend);
  const { count } = source;
  const key = new Uint32Array([seed, Math.floor(seed / 2 ** 32)]), words = new Uint32Array(4);
  const at = (index: number): SourceRecord => {
    source.seek(index);
    return source.read()!;
  };
  for (let pair = 0; pair < count; pair++) {
    philox(key, new Uint32Array([pair, 0, 0, 0]), words);
    const first = at(below(words[0]!, count)), second = at(below(words[1]!, count));
    const data = new Uint8Array(2 * first.data.length);
    data.set(bytesOf(first, images));
    data.set(bytesOf(second, images), first.data.length);
    const { channels, height, width } = first;
    const label = first.label === second.label ? 1 : 0;
    writer.writeBytes(
      String(pair).padStart(8, "0"),
      encode("Datum", { channels: 2 * channels, height, width, data, label }),
    );
    if (writer.count % 1000 !== 0 || writer.count === source.count) continue;
    onProgress?.(writer.count, count);
    await turn(signal);
  }
  writer.finish();
  onProgress?.(count, count);
  return count;
}

function bytesOf({ data }: SourceRecord, file: string): Uint8Array {
  if (data instanceof Uint8Array) return data;
  throw new CremaError("Expected images of bytes (IDX type 0x08) but found floats", { file });
}
