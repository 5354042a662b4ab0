import { CremaError } from "./error.ts";

/** The types of numbers that weights may have in a file. In memory they are float32. */
export const FLOAT_TYPES = { float32: 4, float16: 2, bfloat16: 2, float64: 8 } as const;

/** One of {@link FLOAT_TYPES}. */
export type FloatType = keyof typeof FLOAT_TYPES;

/**
 * Floats of any type as float32, from little-endian bytes that nothing else uses. Those of 16 bits lose nothing, those of
 * 64 bits are rounded.
 *
 * ```ts
 * import { toFloat32 } from "./float_types.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(toFloat32(Uint8Array.of(0x00, 0x3e), "float16"), Float32Array.of(1.5));
 * assert.deepEqual(toFloat32(Uint8Array.of(0xc0, 0x3f), "bfloat16"), Float32Array.of(1.5));
 * ```
 */
export function toFloat32(bytes: Uint8Array<ArrayBuffer>, type: FloatType): Float32Array<ArrayBuffer> {
  const own = bytes.byteOffset % FLOAT_TYPES[type] === 0 ? bytes : bytes.slice();
  const count = own.length / FLOAT_TYPES[type];
  switch (type) {
    case "float32":
      return new Float32Array(own.buffer, own.byteOffset, count);
    case "float16":
      return Float32Array.from(new Float16Array(own.buffer, own.byteOffset, count));
    case "float64":
      return Float32Array.from(new Float64Array(own.buffer, own.byteOffset, count));
    case "bfloat16": {
      const bits = Uint32Array.from(new Uint16Array(own.buffer, own.byteOffset, count));
      for (let i = 0; i < count; i++) bits[i]! <<= 16;
      return new Float32Array(bits.buffer);
    }
  }
}

/** The number of bytes that a shape takes. Throws a CremaError when it can't be in memory. */
export function byteSize(
  shape: readonly number[],
  size: number,
  place: { file?: string | undefined },
): number {
  const bytes = shape.reduce((product, axis) => product * axis, size);
  if (shape.every((axis) => Number.isSafeInteger(axis) && axis >= 0) && Number.isSafeInteger(bytes)) {
    return bytes;
  }
  throw new CremaError(`Expected a shape of whole lengths but found (${shape.join(", ")})`, place);
}
