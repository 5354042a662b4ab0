import { CremaError } from "../base/error.ts";
import type { TensorProto } from "./messages.ts";

/** Types of elements, by the name of their values' array, and their number in ONNX (`TensorProto.DataType`). */
export const ELEMENT_TYPES = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
} as const;

/** The type of a tensor's elements. */
export type ElementType = keyof typeof ELEMENT_TYPES;

/**
 * A constant tensor as Crema computes with it: floats of every width are numbers in `Float32Array` (64 bits lose digits),
 * integers and truth values of every width are in `Int32Array` or, of 64 bits, in `BigInt64Array`.
 */
export interface OnnxTensor {
  /** Its lengths; none for a scalar. */
  readonly shape: readonly number[];
  /** Its values, those of the last axis beside each other. */
  readonly data: Float32Array | Int32Array | BigInt64Array;
  /** The type in the file, where it is not that of the array: of what was a truth value, for one. */
  readonly type: ElementType;
}

/** Makes a tensor of floats. Throws a CremaError if the shape needs another number of them. */
export function floatTensor(data: Float32Array | readonly number[], shape: readonly number[]): OnnxTensor {
  return checked({ shape, data: Float32Array.from(data), type: "float32" });
}

/** Makes a tensor of integers of 64 bits, which ONNX uses for shapes, axes and indices. */
export function intTensor(data: readonly number[], shape: readonly number[] = [data.length]): OnnxTensor {
  return checked({ shape, data: BigInt64Array.from(data, (value) => BigInt(value)), type: "int64" });
}

function checked(tensor: OnnxTensor): OnnxTensor {
  const count = tensor.shape.reduce((product, dim) => product * dim, 1);
  if (count !== tensor.data.length) {
    throw new CremaError(
      `Expected ${count} values for a tensor of (${tensor.shape.join(", ")}) but found ${tensor.data.length}`,
    );
  }
  return tensor;
}

/** Writes a tensor as it stands in a file, its values as raw bytes. */
export function tensorProto({ shape, data, type }: OnnxTensor, name?: string): TensorProto {
  const values = type === "bool" ? Uint8Array.from(data as Int32Array) : data;
  return {
    dims: [...shape],
    data_type: ELEMENT_TYPES[type],
    ...(name === undefined ? {} : { name }),
    raw_data: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
  };
}
