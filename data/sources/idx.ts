import { CremaError } from "../../base/error.ts";
import { pathHint } from "../../base/path_hint.ts";
import { gunzip } from "./gunzip.ts";

/** The value types that can be read. */
const BYTES = 0x08, FLOATS = 0x0d;

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

function contents(path: string): Uint8Array {
  let bytes;
  try {
    bytes = Deno.readFileSync(path);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new CremaError("Expected an IDX file but found none", { file: path, hint: pathHint(path), cause });
  }
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  return gunzip(path, bytes);
}

function describeStart(bytes: Uint8Array): string {
  if (bytes.length === 0) return "an empty file";
  return Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
