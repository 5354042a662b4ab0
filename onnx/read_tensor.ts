import { CremaError } from "../base/error.ts";
import { FLOAT_TYPES, type FloatType, toFloat32 } from "../base/float_types.ts";
import type { TensorProto } from "./messages.ts";
import { ELEMENT_TYPES, type ElementType, type OnnxTensor } from "./tensor.ts";

/** Reads bytes of a file beside the model: `length` of them from `offset` on, or all that follow. */
export type ExternalData = (location: string, offset: number, length: number | undefined) => Uint8Array;

/** Bytes of an element as raw data. */
const SIZES: Readonly<Record<Exclude<ElementType, "string">, number>> = {
  ...FLOAT_TYPES,
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  int32: 4,
  int64: 8,
  bool: 1,
  uint32: 4,
  uint64: 8,
};

const NAMES = new Map<number, ElementType>(
  Object.entries(ELEMENT_TYPES).map(([name, number]) => [number, name as ElementType]),
);

/** The type of elements that ONNX gives a number; undefined for one that Crema doesn't know. */
export function elementType(number: number | undefined): ElementType | undefined {
  return NAMES.get(number ?? 0);
}

/** Whether a type's elements are floats, of any width. */
export function isFloat(type: ElementType): type is FloatType {
  return Object.hasOwn(FLOAT_TYPES, type);
}

/**
 * Reads a tensor from a model: its raw bytes, its fields of numbers, or external data, of every type but strings. Floats
 * of all widths become floats of 32 bits. Throws a CremaError when the shape and the values don't fit, when the type is
 * unknown, or when its values are in another file and can't be had.
 *
 * ```ts
 * import assert from "node:assert/strict";
 * import { readTensor } from "./read_tensor.ts";
 *
 * const { data, shape } = readTensor({ dims: [2], data_type: 10, int32_data: [0x3c00, 0xc000] });
 * assert.deepEqual([data, shape], [Float32Array.of(1, -2), [2]]);
 * ```
 */
export function readTensor(proto: TensorProto, external?: ExternalData): OnnxTensor {
  const { name = "", dims: shape = [] } = proto;
  const what = `tensor '${name}'`;
  const type = elementType(proto.data_type);
  if (type === undefined || type === "string") {
    throw new CremaError(
      `Expected numbers in ${what} but found ${type ?? `elements of type ${proto.data_type ?? 0}`}`,
    );
  }
  if (!shape.every((dim) => Number.isSafeInteger(dim) && dim >= 0)) {
    throw new CremaError(`Expected lengths of 0 or more in ${what} but found (${shape.join(", ")})`);
  }
  const count = shape.reduce((product, dim) => product * dim, 1);
  const raw = rawBytes(proto, what, external);
  if (raw !== undefined) {
    if (raw.length !== count * SIZES[type]) {
      throw new CremaError(
        `Expected ${count * SIZES[type]} bytes in ${what} of (${shape.join(", ")}) but found ${raw.length}`,
      );
    }
    return { shape, type, data: fromBytes(type, raw.slice().buffer) };
  }
  const values = numbersOf(proto, type);
  if (values.length !== count) {
    throw new CremaError(
      `Expected ${count} values in ${what} of (${shape.join(", ")}) but found ${values.length}`,
    );
  }
  return { shape, type, data: fromNumbers(type, values) };
}

function rawBytes(
  { raw_data: raw, data_location: place, external_data: facts = [] }: TensorProto,
  what: string,
  external: ExternalData | undefined,
): Uint8Array | undefined {
  if (place !== 1) return raw;
  const fact = (wanted: string) => facts.find(({ key }) => key === wanted)?.value;
  const number = (wanted: string) => {
    const text = fact(wanted);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
    throw new CremaError(
      `Expected a number of bytes as ${wanted} of the external data of ${what} but found '${text}'`,
    );
  };
  const location = fact("location");
  if (location === undefined) {
    throw new CremaError(`Expected the file of the external data of ${what} but found none`);
  }
  if (external === undefined) {
    throw new CremaError(`Expected the values of ${what} in the model but found them in '${location}'`, {
      hint: "Import the model by its path, so that files beside it are found.",
    });
  }
  return external(location, number("offset") ?? 0, number("length"));
}

/** The numbers of a tensor that has no raw bytes; those of 16-bit floats are their bits. */
export function numbersOf(proto: TensorProto, type: ElementType): readonly number[] {
  switch (type) {
    case "float32":
      return proto.float_data ?? [];
    case "float64":
      return proto.double_data ?? [];
    case "int64":
      return proto.int64_data ?? [];
    case "uint32":
    case "uint64":
      return proto.uint64_data ?? [];
    default:
      return proto.int32_data ?? [];
  }
}

function fromNumbers(type: ElementType, values: readonly number[]): OnnxTensor["data"] {
  switch (type) {
    case "float32":
    case "float64":
      return Float32Array.from(values);
    // The numbers are their bits.
    case "float16":
    case "bfloat16":
      return toFloat32(new Uint8Array(Uint16Array.from(values).buffer), type);
    case "int64":
    case "uint64":
    case "uint32":
      return BigInt64Array.from(values, bigInteger);
    case "bool":
      return Int32Array.from(values, (value) => value === 0 ? 0 : 1);
    default:
      return Int32Array.from(values);
  }
}

function fromBytes(type: Exclude<ElementType, "string">, buffer: ArrayBuffer): OnnxTensor["data"] {
  switch (type) {
    case "float32":
    case "float64":
    case "float16":
    case "bfloat16":
      return toFloat32(new Uint8Array(buffer), type);
    case "int64":
    case "uint64":
      return new BigInt64Array(buffer);
    case "uint32":
      return BigInt64Array.from(new Uint32Array(buffer), BigInt);
    case "int32":
      return new Int32Array(buffer);
    case "int16":
      return Int32Array.from(new Int16Array(buffer));
    case "uint16":
      return Int32Array.from(new Uint16Array(buffer));
    case "int8":
      return Int32Array.from(new Int8Array(buffer));
    case "uint8":
      return Int32Array.from(new Uint8Array(buffer));
    case "bool":
      return Int32Array.from(new Uint8Array(buffer), (value) => value === 0 ? 0 : 1);
  }
}

/** A whole number in the range of 64 bits: beyond 2⁵³, JavaScript's numbers may have been rounded out of it. */
export function bigInteger(value: number): bigint {
  if (!(value > -(2 ** 63))) return -(2n ** 63n);
  return value >= 2 ** 63 ? 2n ** 63n - 1n : BigInt(Math.trunc(value));
}
