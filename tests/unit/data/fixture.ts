import { LmdbWriter, type LmdbWriterOptions } from "../../../data/sources/lmdb_writer.ts";
import type { RecordSource, SourceRecord } from "../../../data/sources/record_source.ts";
import { Engine } from "../../../ffi/engine.ts";
import type { Prefetcher } from "../../../data/prefetch/prefetcher.ts";

/** The engine under test. Its library has the transform. */
export function engine(): Engine {
  return Engine.open();
}

/** A temporary folder, which is removed with everything in it. */
export function temporaryFolder(): { path: string } & Disposable {
  const path = Deno.makeTempDirSync({ prefix: "crema-data-" });
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

/**
 * A record of bytes that identifies itself: its first two bytes are its number, and its label is that number
 * modulo 10.
 */
export function numbered(index: number, channels = 1, height = 4, width = 3): SourceRecord {
  const data = new Uint8Array(channels * height * width);
  for (let i = 2; i < data.length; i++) data[i] = (index * 31 + i * 7) & 255;
  data[0] = index & 255;
  data[1] = index >> 8;
  return { channels, height, width, label: index % 10, data, encoded: false };
}

/** Writes records as an LMDB. */
export function writeLmdb(
  path: string,
  records: Iterable<SourceRecord>,
  options?: LmdbWriterOptions,
): string {
  using writer = new LmdbWriter(path, options);
  for (const record of records) writer.write(record);
  writer.finish();
  return path;
}

/** An LMDB of `count` numbered records. */
export function numberedLmdb(path: string, count: number): string {
  return writeLmdb(path, Array.from({ length: count }, (_, index) => numbered(index)));
}

/** A source that reads records from an array. */
export class ArraySource implements RecordSource {
  readonly name = "array";
  readonly count: number | undefined;
  readonly #records: SourceRecord[];
  #index = 0;

  constructor(records: SourceRecord[], knowsCount = true) {
    this.#records = records;
    this.count = knowsCount ? records.length : undefined;
  }

  seek(index: number): void {
    this.#index = index;
  }

  read(): SourceRecord | undefined {
    return this.#records[this.#index++];
  }

  [Symbol.dispose](): void {}
}

/** The numbers of the records in the next batch of untransformed numbered records. */
export function takeNumbers(prefetcher: Prefetcher): number[] {
  let numbers: number[] = [];
  prefetcher.take(({ tops: [values] }) => {
    const { shape: [num = 0], data } = values!, size = data.length / num;
    numbers = Array.from({ length: num }, (_, item) => data[item * size]! + 256 * data[item * size + 1]!);
  });
  return numbers;
}

/** An IDX file of bytes. */
export function idxBytes(shape: number[], data: Uint8Array, type = 0x08): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4 + 4 * shape.length + data.length);
  bytes[2] = type;
  bytes[3] = shape.length;
  shape.forEach((length, axis) => new DataView(bytes.buffer).setUint32(4 + 4 * axis, length));
  bytes.set(data, 4 + 4 * shape.length);
  return bytes;
}
