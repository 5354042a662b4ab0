import { bigInteger, isFloat } from "../read_tensor.ts";
import type { ElementType, OnnxTensor } from "../tensor.ts";

/** The product of lengths: how many values a shape has. */
export function countOf(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}

/** How far apart neighbours along each axis are. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let i = shape.length - 2; i >= 0; i--) strides[i] = strides[i + 1]! * shape[i + 1]!;
  return strides;
}

/** A tensor's values as numbers. Integers beyond 2⁵³, which stand for "to the end" in practice, are rounded. */
export function valuesOf({ data }: OnnxTensor): ArrayLike<number> & Iterable<number> {
  return data instanceof BigInt64Array ? Array.from(data, Number) : data;
}

/** A tensor of numbers, as its type stores them: floats are rounded to 32 bits, whole numbers are cut. */
export function tensorOf(
  values: ArrayLike<number>,
  shape: readonly number[],
  type: ElementType,
): OnnxTensor {
  if (isFloat(type)) {
    return { shape, type, data: values instanceof Float32Array ? values : Float32Array.from(values) };
  }
  if (type === "bool") {
    return { shape, type, data: Int32Array.from(values, (value) => value === 0 ? 0 : 1) };
  }
  const isWide = type === "int64" || type === "uint64" || type === "uint32";
  return {
    shape,
    type,
    data: isWide ? BigInt64Array.from(values, bigInteger) : Int32Array.from(values),
  };
}
