import { CremaError } from "../../base/error.ts";
import { readBytesSync } from "../../base/read_bytes.ts";
import { float32Values } from "../arrays/float32_values.ts";
import { InputLimitError } from "../arrays/input_limits.ts";
import { gunzip, gunzipStart } from "./gunzip.ts";
import { counted } from "../../base/counted.ts";

/** The value types that can be read. */
const BYTES = 0x08, FLOATS = 0x0d;

/** A header may ask for more than any array can hold. */
const MAX_LENGTH = 2 ** 32;

/** An array from an IDX file, with the last axis fastest. */
export interface IdxArray {
  /** The lengths of its axes. */
  shape: number[];
  /** The values: bytes (type 0x08) or floats (type 0x0d). */
  data: Uint8Array | Float32Array;
}

/**
 * Reads an IDX file (the format of MNIST), plain or gzipped. Throws a CremaError when the file is missing, is
 * not an IDX file, or has the wrong length.
 */
export function readIdx(path: string): IdxArray {
  return parseIdx(contents(path), path);
}

/**
 * Parses the unpacked bytes of an IDX file. Errors name `file`. Throws a CremaError as {@link readIdx} does.
 */
export function parseIdx(bytes: Uint8Array, file: string): IdxArray {
  const { type, shape, start, length } = parseHeader(bytes, file);
  if (bytes.length !== length) throw wrongLength(length, shape, counted(bytes.length, "byte"), file);
  if (type === BYTES) return { shape, data: bytes.subarray(start) };
  return { shape, data: float32Values(bytes.subarray(start), { littleEndian: false }) };
}

/**
 * The plain bytes of an IDX file: unpacks a gzipped one, no further than its own header says, and than `maxBytes`. Errors
 * name `file`. Throws a CremaError when it is damaged or longer than its header says, and an InputLimitError when it is
 * longer than `maxBytes`.
 */
export function unpackIdx(bytes: Uint8Array, file: string, maxBytes = Infinity): Uint8Array {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const { shape, length } = parseHeader(gunzipStart(file, bytes), file);
  if (length > maxBytes) return gunzip(file, bytes, maxBytes);
  try {
    return gunzip(file, bytes, Math.min(length, MAX_LENGTH));
  } catch (error) {
    if (!(error instanceof InputLimitError)) throw error;
    throw wrongLength(length, shape, "more", file);
  }
}

/** What the start of an IDX file says. */
interface IdxHeader {
  type: number;
  shape: number[];
  /** Where the values begin, in bytes. */
  start: number;
  /** The length of the whole file, in bytes. */
  length: number;
}

function parseHeader(bytes: Uint8Array, file: string): IdxHeader {
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
  const count = shape.reduce((product, size) => product * size, 1);
  return { type, shape, start, length: start + count * (type === BYTES ? 1 : 4) };
}

function wrongLength(length: number, shape: readonly number[], found: string, file: string): CremaError {
  return new CremaError(
    `Expected ${counted(length, "byte")} for an array of ${shape.join("x")} but found ${found}`,
    {
      file,
    },
  );
}

function contents(path: string): Uint8Array {
  return unpackIdx(readBytesSync(path, "an IDX file"), path);
}

function describeStart(bytes: Uint8Array): string {
  if (bytes.length === 0) return "an empty file";
  return Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
