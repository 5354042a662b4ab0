import type { ByteSource } from "../../base/byte_source.ts";
import { CremaError } from "../../base/error.ts";
import { byteSize, type FloatType, toFloat32 } from "../../base/float_types.ts";
import { repeatedKey } from "./repeated_key.ts";
import {
  type NamedParameter,
  shapeText,
  sizeOf,
  type StoredParameter,
  type Weights,
} from "./stored_parameter.ts";

/** The header's length, before the header. */
const LENGTH_BYTES = 8;

/** The format's own limit of a header. */
const LONGEST_HEADER = 100_000_000;

/** The types of elements that the format knows, with their sizes in bytes. */
const ELEMENT_BYTES: ReadonlyMap<string, number> = new Map([
  ...["BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3", "F8_E8M0"].map((type) => [type, 1] as const),
  ...["U16", "I16", "F16", "BF16"].map((type) => [type, 2] as const),
  ...["U32", "I32", "F32"].map((type) => [type, 4] as const),
  ...["U64", "I64", "F64"].map((type) => [type, 8] as const),
]);

const FLOATS: ReadonlyMap<string, FloatType> = new Map([
  ["F16", "float16"],
  ["BF16", "bfloat16"],
  ["F32", "float32"],
  ["F64", "float64"],
]);

/** Whether bytes look as if a .safetensors file began with them: a length, and then a JSON object. */
export function isSafetensors(bytes: Uint8Array): boolean {
  if (bytes.length <= LENGTH_BYTES || bytes[LENGTH_BYTES] !== 0x7b) return false;
  return headerLength(bytes) <= LONGEST_HEADER;
}

function headerLength(bytes: Uint8Array): number {
  return Number(new DataView(bytes.buffer, bytes.byteOffset, LENGTH_BYTES).getBigUint64(0, true));
}

/**
 * Reads a .safetensors file (https://huggingface.co/docs/safetensors): the length of a header, the header, a JSON object
 * with each tensor's type, shape and place, and then the values. Throws a CremaError when tensors lie outside the file,
 * overlap, leave room between them, or have other sizes than their shapes; values are read when they are asked for.
 */
export function readSafetensors(source: ByteSource): Weights {
  const { file, size } = source;
  if (size < LENGTH_BYTES) throw damaged(file, `${size} bytes, where its header's length takes 8`);
  const length = headerLength(source.read(0, LENGTH_BYTES)), start = LENGTH_BYTES + length;
  if (length > LONGEST_HEADER || start > size) {
    throw damaged(file, `a header of ${length} bytes in a file of ${size}`);
  }
  const tensors = tensorsOf(source.read(LENGTH_BYTES, length), file);
  checkPlaces(tensors, size - start, file);
  const isFloat = ({ dtype }: Tensor) => dtype.startsWith("F") || dtype.startsWith("BF");
  return {
    parameters: tensors.filter(isFloat).map((tensor) => parameterOf(tensor, source, start)),
    leftOut: tensors.filter((tensor) => !isFloat(tensor)).map(({ name, dtype }) => ({ name, type: dtype })),
  };
}

interface Tensor {
  name: string;
  dtype: string;
  shape: readonly number[];
  begin: number;
  end: number;
}

function damaged(file: string | undefined, found: string, hint?: string): CremaError {
  return new CremaError(`Expected a .safetensors file but found ${found}`, {
    file,
    hint: hint ?? "Check that the file was written and copied whole.",
  });
}

function tensorsOf(header: Uint8Array, file: string | undefined): Tensor[] {
  let text: string, content: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(header);
    content = JSON.parse(text);
  } catch (cause) {
    throw damaged(file, `a header that is no JSON: ${(cause as Error).message}`);
  }
  if (!text.startsWith("{") || typeof content !== "object" || content === null) {
    throw damaged(file, "a header that is no JSON object");
  }
  const repeated = repeatedKey(text);
  if (repeated !== undefined) throw damaged(file, `tensor '${repeated}' twice`);
  return Object.entries(content).filter(([name]) => name !== "__metadata__").map(([name, value]) =>
    tensorOf(name, value as unknown, file)
  );
}

function tensorOf(name: string, value: unknown, file: string | undefined): Tensor {
  const { dtype, shape, data_offsets: places } = (value ?? {}) as Record<string, unknown>;
  if (typeof dtype !== "string" || !isSizes(shape) || !isSizes(places) || places.length !== 2) {
    throw damaged(file, `tensor '${name}' without a dtype, a shape of whole sizes, or two data_offsets`);
  }
  const size = ELEMENT_BYTES.get(dtype), [begin, end] = places as [number, number];
  if (size === undefined) {
    throw damaged(
      file,
      `tensor '${name}' of type '${dtype}'`,
      `Types are ${Array.from(ELEMENT_BYTES.keys()).join(", ")}.`,
    );
  }
  const expected = byteSize(shape, size, { file });
  if (end - begin !== expected) {
    throw damaged(
      file,
      `tensor '${name}' in ${end - begin} bytes, where ${shapeText(shape)} of ${dtype} takes ${expected}`,
    );
  }
  return { name, dtype, shape, begin, end };
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((each) => Number.isSafeInteger(each) && each >= 0);
}

/** Checks that the tensors, one after the other, fill all of the bytes after the header. */
function checkPlaces(tensors: readonly Tensor[], size: number, file: string | undefined): void {
  let at = 0;
  for (const { name, begin, end } of tensors.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin < at) throw damaged(file, `tensor '${name}' over another: it begins at ${begin}, before ${at}`);
    if (begin > at) throw damaged(file, `a gap before tensor '${name}', from ${at} to ${begin}`);
    if (end > size) throw damaged(file, `tensor '${name}' up to byte ${end} of ${size}`);
    at = end;
  }
  if (at !== size) throw damaged(file, `${size} bytes of values, where the tensors take ${at}`);
}

function parameterOf(tensor: Tensor, source: ByteSource, start: number): StoredParameter {
  const { name, dtype, shape, begin, end } = tensor, type = FLOATS.get(dtype);
  return {
    name,
    shape,
    type: type ?? "float16",
    read: () => {
      if (type === undefined) {
        throw new CremaError(`Expected weights of 16, 32 or 64 bits but found '${name}' of type ${dtype}`, {
          file: source.file,
          hint: "Convert it with the library that wrote the file, or leave it out.",
        });
      }
      return toFloat32(source.read(start + begin, end - begin), type);
    },
  };
}

/**
 * A .safetensors file of float32, in parts: parameters in their order, each read when it is its turn. Throws a CremaError
 * for a name that the format keeps for itself.
 *
 * ```ts
 * import { safetensorsParts } from "./safetensors.ts";
 * import assert from "node:assert/strict";
 *
 * const [header, values] = safetensorsParts([{ name: "ip/0", shape: [2], read: () => Float32Array.of(1, 2) }]);
 * assert.equal(
 *   new TextDecoder().decode(header!.subarray(8)).trim(),
 *   '{"ip/0":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}',
 * );
 * assert.equal(values!.length, 8);
 * ```
 */
export function* safetensorsParts(parameters: readonly NamedParameter[]): Generator<Uint8Array> {
  let at = 0;
  const entries = parameters.map((parameter) => {
    const { name, shape } = parameter, begin = at;
    if (name === "__metadata__") {
      throw new CremaError("Expected names of parameters but found '__metadata__', which the format keeps", {
        hint: "Rename it.",
      });
    }
    at += 4 * sizeOf(parameter);
    return [name, { dtype: "F32", shape: [...shape], data_offsets: [begin, at] }] as const;
  });
  // Not of an object: numbers as names would come first.
  const text = `{${
    entries.map(([name, entry]) => `${JSON.stringify(name)}:${JSON.stringify(entry)}`).join(",")
  }}`;
  const json = new TextEncoder().encode(text);
  // Spaces after it let the values begin at a multiple of 8.
  const length = Math.ceil(json.length / 8) * 8;
  const header = new Uint8Array(LENGTH_BYTES + length).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true);
  header.set(json, LENGTH_BYTES);
  yield header;
  for (const parameter of parameters) {
    const { buffer, byteOffset, byteLength } = parameter.read();
    yield new Uint8Array(buffer, byteOffset, byteLength);
  }
}
