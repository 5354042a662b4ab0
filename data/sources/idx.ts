import { CremaError } from "../../base/error.ts";
import { gunzip } from "./gunzip.ts";
import type { RecordSource, SourceRecord } from "./record_source.ts";

/** An array as an IDX file holds it, the last axis fastest. */
export interface IdxArray {
  /** The lengths of its axes. */
  shape: number[];
  /** The values: bytes (type 0x08) or floats (type 0x0d). */
  data: Uint8Array | Float32Array;
}

/**
 * Reads an IDX file, the format of MNIST, plain or gzipped. Throws a CremaError when there is no such file, or it is
 * something else, or its length is wrong.
 */
export function readIdx(path: string): IdxArray {
  return parseIdx(contents(path), path);
}

/** Reads the bytes of an IDX file, unpacked; `file` is for errors. Throws a CremaError as {@link readIdx} does. */
export function parseIdx(bytes: Uint8Array, file: string): IdxArray {
  const fail = (expected: string, found: string) =>
    new CremaError(`Expected ${expected} but found ${found}`, { file });
  if (bytes.length < 4 || bytes[0] !== 0 || bytes[1] !== 0) {
    throw fail("an IDX file, which begins with two zero bytes,", describeStart(bytes));
  }
  const type = bytes[2]!, axes = bytes[3]!;
  if (type !== BYTES && type !== FLOATS) {
    throw fail(
      "an IDX file of bytes (0x08) or floats (0x0d)",
      `type 0x${type.toString(16).padStart(2, "0")}`,
    );
  }
  if (axes === 0) throw fail("an IDX file of at least one axis", "none");
  const start = 4 + 4 * axes;
  if (bytes.length < start) throw fail(`a header of ${start} bytes`, `${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis));
  const count = shape.reduce((product, length) => product * length, 1);
  const length = start + count * (type === BYTES ? 1 : 4);
  if (bytes.length !== length) {
    throw fail(`${length} bytes for an array of ${shape.join("x")}`, `${bytes.length} bytes`);
  }
  if (type === BYTES) return { shape, data: bytes.subarray(start) };
  return { shape, data: Float32Array.from({ length: count }, (_, i) => view.getFloat32(start + 4 * i)) };
}

/**
 * The pair of IDX files that MNIST and its likes come as: images of (N, H, W) or (N, C, H, W), and a label for each.
 */
export class IdxSource implements RecordSource {
  /** The file of the images. */
  readonly name: string;
  /** Number of images. */
  readonly count: number;
  readonly #images: IdxArray;
  readonly #labels: IdxArray;
  readonly #shape: { channels: number; height: number; width: number };
  #index = 0;

  /** Reads both files whole. Throws a CremaError when one of them is damaged, or they do not belong together. */
  constructor(images: string, labels: string) {
    this.name = images;
    this.#images = readIdx(images);
    this.#labels = readIdx(labels);
    const { shape } = this.#images;
    if (shape.length !== 3 && shape.length !== 4) {
      throw new CremaError(`Expected images of 3 or 4 axes but found ${shape.length}`, { file: images });
    }
    if (this.#labels.shape.length !== 1) {
      throw new CremaError(`Expected labels of 1 axis but found ${this.#labels.shape.length}`, {
        file: labels,
      });
    }
    if (this.#labels.shape[0] !== shape[0]) {
      throw new CremaError(
        `Expected ${shape[0]} labels, one an image of '${images}', but found ${this.#labels.shape[0]}`,
        {
          file: labels,
        },
      );
    }
    const [channels, height, width] = shape.length === 3 ? [1, ...shape.slice(1)] : shape.slice(1);
    this.count = shape[0]!;
    this.#shape = { channels: channels!, height: height!, width: width! };
  }

  /** Makes the record `index` the next one; `count` stands at the end. */
  seek(index: number): void {
    if (!Number.isInteger(index) || index < 0 || index > this.count) {
      throw new CremaError(`Expected a record from 0 to ${this.count - 1} but found ${index}`, {
        file: this.name,
      });
    }
    this.#index = index;
  }

  /** Reads the next record; undefined after the last. */
  read(): SourceRecord | undefined {
    const index = this.#index;
    if (index === this.count) return undefined;
    this.#index++;
    const { channels, height, width } = this.#shape;
    const size = channels * height * width;
    return {
      ...this.#shape,
      label: this.#labels.data[index]!,
      data: this.#images.data.subarray(index * size, (index + 1) * size),
      encoded: false,
    };
  }

  /** Does nothing: the files were read whole. */
  [Symbol.dispose](): void {}
}

const BYTES = 0x08, FLOATS = 0x0d;

function contents(path: string): Uint8Array {
  let bytes;
  try {
    bytes = Deno.readFileSync(path);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new CremaError("Expected an IDX file but found none", { file: path, cause });
  }
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  return gunzip(path, bytes);
}

function describeStart(bytes: Uint8Array): string {
  if (bytes.length === 0) return "an empty file";
  return Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
