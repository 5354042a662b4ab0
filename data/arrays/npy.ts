import { CremaError } from "../../base/error.ts";
import { countOf, type NdArray, ndArray } from "./nd_array.ts";
import { counted } from "../../base/counted.ts";

/** The first bytes of a .npy file. */
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** Bytes of the header of an .npy file are padded to a multiple of this. */
const ALIGNMENT = 64;

/** An array of a .npy file. */
export interface NpyArray extends NdArray {
  /** Whether its values were bytes. */
  readonly bytes: boolean;
}

/** Whether bytes begin as a .npy file. */
export function isNpy(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, i) => bytes[i] === byte);
}

/** What the header of a .npy file says. */
export interface NpyHeader {
  /** The sizes of the axes. */
  readonly shape: readonly number[];
  /** NumPy's name of the type of the values, such as `<f4`. */
  readonly type: string;
  /** Where the values begin. */
  readonly start: number;
}

/**
 * Reads the header of what NumPy's `save` wrote: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html.
 * Throws a CremaError that names `file` when the bytes begin in another way, or when the values are in Fortran's order.
 */
export function readNpyHeader(bytes: Uint8Array, file: string): NpyHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!isNpy(bytes) || bytes.length < 12) throw unlike(file, "something else");
  const isOld = bytes[6] === 1, start = isOld ? 10 : 12;
  const length = isOld ? view.getUint16(8, true) : view.getUint32(8, true);
  if (start + length > bytes.length) throw unlike(file, "that its header is cut off");
  const header = new TextDecoder("latin1").decode(bytes.subarray(start, start + length));
  const [, type = ""] = /'descr':\s*'([^']*)'/.exec(header) ?? [];
  const [, order = ""] = /'fortran_order':\s*(\w+)/.exec(header) ?? [];
  const [, axes] = /'shape':\s*\(([^)]*)\)/.exec(header) ?? [];
  if (axes === undefined) throw unlike(file, "a header without a shape");
  const shape = axes.split(",").map((axis) => axis.trim()).filter((axis) => axis !== "").map(Number);
  if (!shape.every((axis) => Number.isSafeInteger(axis) && axis >= 0)) {
    throw unlike(file, `a shape of (${axes})`);
  }
  // With one axis, or none, both orders are the same.
  if (order !== "False" && !(order === "True" && shape.length < 2)) {
    throw unlike(file, "one in Fortran's order", "Save `numpy.ascontiguousarray(array)` instead.");
  }
  return { shape, type, start: start + length };
}

function unlike(file: string, what: string, hint?: string): CremaError {
  return new CremaError(`Expected a .npy array but found ${what}`, { file, hint });
}

/**
 * Reads an array that NumPy's `save` wrote, of bytes, or of floats of 4 or 8 bytes, as floats. Throws a CremaError that
 * names `file` when the bytes hold something else.
 *
 * ```ts
 * import { readNpy } from "./npy.ts";
 * import assert from "node:assert/strict";
 *
 * const header = "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 1), }".padEnd(117) + "\n";
 * const bytes = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0, ...new TextEncoder().encode(header), 7, 9);
 * assert.deepEqual(readNpy(bytes, "two.npy"), { shape: [2, 1], data: new Float32Array([7, 9]), bytes: true });
 * ```
 */
export function readNpy(bytes: Uint8Array, file: string): NpyArray {
  const { shape, type, start } = readNpyHeader(bytes, file);
  const size = { "|u1": 1, "<f4": 4, "<f8": 8 }[type];
  if (size === undefined) {
    throw unlike(file, `values of type '${type}'`, "Save `array.astype('float32')`, or 'uint8', instead.");
  }
  const count = countOf(shape), values = bytes.subarray(start);
  if (values.length !== count * size) {
    throw unlike(
      file,
      `${counted(values.length, "byte")} of values where (${shape.join(", ")}) takes ${count * size}`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data = new Float32Array(count), at = start;
  for (let i = 0; i < count; i++) {
    data[i] = size === 1
      ? values[i]!
      : size === 4
      ? view.getFloat32(at + 4 * i, true)
      : view.getFloat64(at + 8 * i, true);
  }
  return { ...ndArray(shape, data), bytes: size === 1 };
}

/**
 * An array as the bytes of a NumPy .npy file: float32, the last axis fastest.
 *
 * ```ts
 * import { ndArray } from "./nd_array.ts";
 * import { npyOf } from "./npy.ts";
 * import assert from "node:assert/strict";
 *
 * const bytes = npyOf(ndArray([2, 3]));
 * assert.equal(bytes.length, 128 + 24);
 * assert.match(new TextDecoder("latin1").decode(bytes), /'descr': '<f4', 'fortran_order': False, 'shape': \(2, 3\)/);
 * ```
 */
export function npyOf({ shape, data }: NdArray): Uint8Array {
  // A tuple of one has a comma in Python.
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const dictionary = `{'descr': '<f4', 'fortran_order': False, 'shape': ${tuple}, }`;
  const start = 10;
  const length = Math.ceil((start + dictionary.length + 1) / ALIGNMENT) * ALIGNMENT - start;
  const header = new TextEncoder().encode(`${dictionary.padEnd(length - 1)}\n`);
  const bytes = new Uint8Array(start + length + 4 * data.length);
  bytes.set([...MAGIC, 1, 0, length & 255, length >> 8]);
  bytes.set(header, start);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), start + length);
  return bytes;
}
