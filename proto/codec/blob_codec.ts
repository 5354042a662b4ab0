import protobuf from "protobufjs";
import { rawValues } from "./raw_values.ts";
import { type FloatArrayConstructor, ownMessageType, typedArrayFields } from "./schema.ts";

/**
 * Weights are read and written as whole typed arrays: protobufjs would go through a number[] one element at a
 * time, which for AlexNet's 240 MB costs seconds and half a gigabyte. The reflected type BlobProto gets its
 * own `decode` and `encode`; protobufjs calls them wherever a blob is inside another message.
 */
const blobType = ownMessageType("BlobProto");
const shapeType = ownMessageType("BlobShape");

/**
 * Where NVIDIA's Caffe has values in a form of its own. Its numbers count here, since it is weights that are read by
 * them; no other fork has fields of these numbers.
 */
const rawFields = new Map<number, { name: "raw_data" | "raw_diff"; typeId: number }>([
  [12, { name: "raw_data", typeId: 10 }],
  [13, { name: "raw_diff", typeId: 11 }],
]);

/** The numbers of {@link rawFields}, for whoever looks for such blobs. */
export const RAW_FIELDS: ReadonlySet<number> = new Set(rawFields.keys());

const RAW_TYPES: ReadonlySet<number> = new Set([...rawFields.values()].map(({ typeId }) => typeId));

const WIRE_BYTES = 2;
const littleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/** The packed float fields of BlobProto, by number. */
const floatFields = new Map<number, { name: string; array: FloatArrayConstructor; wire: number }>();
for (const field of blobType.fieldsArray) {
  const array = typedArrayFields[`BlobProto.${field.name}`];
  if (array === undefined) continue;
  floatFields.set(field.id, { name: field.name, array, wire: array === Float32Array ? 5 : 1 });
}

/** The legacy sizes of BlobProto (num, channels, height, width), by number. */
const sizeFields = new Map(
  blobType.fieldsArray.filter((field) => field.type === "int32").map((field) => [field.id, field.name]),
);
const SHAPE = blobType.fields["shape"]!.id;

type Floats = Float32Array | Float64Array;

function readFloats(reader: protobuf.Reader, array: FloatArrayConstructor, length: number): Floats {
  if (length % array.BYTES_PER_ELEMENT !== 0) throw new RangeError(`${length} bytes are no whole floats`);
  if (length > reader.len - reader.pos) throw new RangeError(`index out of range: ${reader.pos} + ${length}`);
  // A copy: the file's bytes need not be aligned, and must not be kept alive by one blob.
  const bytes = new Uint8Array(length);
  bytes.set(reader.buf.subarray(reader.pos, reader.pos + length));
  reader.pos += length;
  if (!littleEndian) swapBytes(bytes, array.BYTES_PER_ELEMENT);
  return new array(bytes.buffer);
}

function swapBytes(bytes: Uint8Array, size: number): void {
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
}

function join(array: FloatArrayConstructor, parts: Floats[]): Floats {
  const total = new array(parts.reduce((count, part) => count + part.length, 0));
  let at = 0;
  for (const part of parts) {
    total.set(part, at);
    at += part.length;
  }
  return total;
}

/** Reads a BlobProto from the next `length` bytes (default: all), merging it into `into` if given. */
function decodeBlob(
  source: protobuf.Reader | Uint8Array,
  length?: number,
  _endTag?: number,
  _depth?: number,
  into?: protobuf.Message,
): protobuf.Message {
  const reader = source instanceof protobuf.Reader ? source : protobuf.Reader.create(source);
  const outerEnd = reader.len;
  const end = length === undefined ? reader.len : reader.pos + length;
  if (end > reader.len) throw new RangeError(`index out of range: ${reader.pos} + ${length}`);
  reader.len = end;
  const blob = (into ?? blobType.create()) as protobuf.Message & Record<string, unknown>;
  const parts = new Map<number, Floats[]>();
  const rawTypes = new Map<number, number>(), raw = new Map<number, Uint8Array>();
  while (reader.pos < end) {
    const tag = reader.tag();
    const id = tag >>> 3;
    const wire = tag & 7;
    const floats = floatFields.get(id);
    if (floats !== undefined && (wire === WIRE_BYTES || wire === floats.wire)) {
      const size = wire === WIRE_BYTES ? reader.size() : floats.array.BYTES_PER_ELEMENT;
      const list = parts.get(id) ?? [];
      if (list.length === 0) {
        parts.set(id, list);
        const present = into === undefined ? undefined : blob[floats.name];
        if (present instanceof floats.array) list.push(present);
      }
      list.push(readFloats(reader, floats.array, size));
    } else if (sizeFields.has(id) && wire === 0) {
      blob[sizeFields.get(id)!] = reader.int32();
    } else if (id === SHAPE && wire === WIRE_BYTES) {
      const dims = shapeType.decode(reader, reader.size()) as protobuf.Message & { dim?: unknown[] };
      const present = Object.hasOwn(blob, "shape") ? blob["shape"] as { dim?: unknown[] } : undefined;
      if (present?.dim !== undefined) dims.dim = [...present.dim, ...(dims.dim ?? [])];
      blob["shape"] = dims;
    } else if (rawFields.has(id) && wire === WIRE_BYTES) {
      raw.set(id, reader.bytes());
    } else if (RAW_TYPES.has(id) && wire === 0) {
      rawTypes.set(id, reader.int32());
    } else {
      reader.skipType(wire, undefined, id);
    }
  }
  if (reader.pos !== end) throw new RangeError(`index out of range: ${reader.pos} > ${end}`);
  reader.len = outerEnd;
  for (const [id, list] of parts) {
    const { name, array } = floatFields.get(id)!;
    blob[name] = list.length === 1 ? list[0] : join(array, list);
  }
  for (const [id, bytes] of raw) setRaw(blob, id, rawTypes, bytes);
  return blob;
}

/** Sets a blob's values from those of NVIDIA's form, unless it has them in Caffe's too. */
function setRaw(
  blob: Record<string, unknown>,
  id: number,
  types: ReadonlyMap<number, number>,
  bytes: Uint8Array,
): void {
  const { name, typeId } = rawFields.get(id)!, own = name === "raw_data" ? "data" : "diff";
  const has = (field: string) => (blob[field] as ArrayLike<number> | undefined)?.length;
  if (has(own) || has(`double_${own}`)) return;
  const values = rawValues(name, types.get(typeId), bytes);
  blob[values instanceof Float64Array ? `double_${own}` : own] = values;
}

/** Writes a blob whose float fields are typed arrays. */
function encodeBlob(message: Record<string, unknown>, writer = protobuf.Writer.create()): protobuf.Writer {
  for (const field of blobType.fieldsArray.toSorted((a, b) => a.id - b.id)) {
    if (!Object.hasOwn(message, field.name)) continue;
    const value = message[field.name];
    if (value === undefined || value === null) continue;
    const floats = floatFields.get(field.id);
    if (floats !== undefined) {
      const array = value as Floats;
      if (array.length === 0) continue;
      let bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
      if (!littleEndian) swapBytes(bytes = bytes.slice(), array.BYTES_PER_ELEMENT);
      writer.uint32((field.id << 3 | WIRE_BYTES) >>> 0).bytes(bytes);
    } else if (field.id === SHAPE) {
      shapeType.encode(value as protobuf.Message, writer.uint32((SHAPE << 3 | WIRE_BYTES) >>> 0).fork())
        .ldelim();
    } else {
      writer.uint32(field.id << 3).int32(value as number);
    }
  }
  return writer;
}

let installed = false;

/** Gives the reflected type BlobProto its codec. Calling it again does nothing. */
export function installBlobCodec(): void {
  if (installed) return;
  installed = true;
  blobType.setup();
  Object.assign(blobType, { decode: decodeBlob, encode: encodeBlob });
}
