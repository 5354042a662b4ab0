/** The types of raw values that hold floats, by their numbers in NVIDIA's `Type`. */
const FLOATS = { 0: Float64Array, 1: Float32Array, 2: Float16Array } as const;

/** NVIDIA's other types, for messages. */
const OTHERS: Readonly<Record<number, string>> = { 3: "INT", 4: "UINT", 5: "BOOL" };

/**
 * The values of a blob in the form of NVIDIA's Caffe, whose weights may have 16 bits: `raw_data` with `raw_data_type`, or the
 * same of `diff`. Half floats become floats of 32 bits, without a loss. Throws a RangeError for a type that is
 * missing or holds no floats, and for bytes that are no whole values.
 */
export function rawValues(
  field: "raw_data" | "raw_diff",
  type: number | undefined,
  bytes: Uint8Array,
): Float32Array | Float64Array {
  const array = FLOATS[type as keyof typeof FLOATS];
  if (array === undefined) {
    const what = type === undefined ? "no type" : `type ${OTHERS[type] ?? type}`;
    throw new RangeError(`${field} of ${what} holds no floats`);
  }
  if (bytes.length % array.BYTES_PER_ELEMENT !== 0) {
    throw new RangeError(`${bytes.length} bytes of ${field} are no whole floats`);
  }
  const copy = new Uint8Array(bytes); // a file's bytes need not be aligned
  if (!littleEndian) {
    for (let at = 0; at < copy.length; at += array.BYTES_PER_ELEMENT) {
      copy.subarray(at, at + array.BYTES_PER_ELEMENT).reverse();
    }
  }
  const values = new array(copy.buffer);
  return values instanceof Float16Array ? Float32Array.from(values) : values;
}

const littleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;
