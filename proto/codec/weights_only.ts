import protobuf from "protobufjs";
import { installBlobCodec, RAW_FIELDS } from "./blob_codec.ts";
import { ownMessageType } from "./schema.ts";
import { joinBytes } from "../../base/join_bytes.ts";

installBlobCodec();

/**
 * A .caffemodel without all that copying weights does not need: of each layer, its name, type and blobs are left. What
 * else a layer holds may mean another thing in the fork that wrote it, and may not even parse. Values in NVIDIA's form
 * are there in Caffe's. Old (V1) layers stay whole. Undefined when the bytes are damaged, or have no layers.
 */
export function weightsOnly(bytes: Uint8Array): Uint8Array | undefined {
  try {
    const kept = keptParts(bytes);
    return kept === undefined ? undefined : joinBytes(kept);
  } catch {
    return undefined; // whoever decodes the bytes says why
  }
}

const numbersOf = (type: string, names: readonly string[]): ReadonlySet<number> => {
  const { fields } = ownMessageType(type);
  return new Set(names.map((name) => fields[name]!.id));
};

const NET_FIELDS = numbersOf("NetParameter", ["name", "layers", "layer_count"]);
const LAYER = ownMessageType("NetParameter").fields["layer"]!.id;
const LAYERS = ownMessageType("NetParameter").fields["layers"]!.id;
const BLOBS = ownMessageType("LayerParameter").fields["blobs"]!.id;
const BLOB = ownMessageType("BlobProto");
const LAYER_FIELDS = numbersOf("LayerParameter", ["name", "type", "blobs"]);

const WIRE_BYTES = 2;

function keptParts(bytes: Uint8Array): Uint8Array[] | undefined {
  const parts: Uint8Array[] = [];
  let layers = 0;
  for (const { id, wire, start, inner, end } of fieldsOf(bytes, 0, bytes.length)) {
    if (id === LAYER && wire === WIRE_BYTES) {
      const fields = Array.from(fieldsOf(bytes, inner, end))
        .filter((field) => LAYER_FIELDS.has(field.id) && field.wire === WIRE_BYTES)
        .map((field) => field.id === BLOBS ? blobIn(bytes, field) : bytes.subarray(field.start, field.end));
      parts.push(header(LAYER, fields.reduce((sum, field) => sum + field.length, 0)), ...fields);
    } else if (NET_FIELDS.has(id)) {
      parts.push(bytes.subarray(start, end));
    }
    if (id === LAYER || id === LAYERS) layers++;
  }
  return layers === 0 ? undefined : parts;
}

/** The tag and the length before a field's bytes. */
function header(id: number, length: number): Uint8Array {
  return protobuf.Writer.create().uint32((id << 3 | WIRE_BYTES) >>> 0).uint32(length).finish();
}

/** A blob as the engines read it: as it is, or with values in Caffe's form where they are in NVIDIA's. */
function blobIn(bytes: Uint8Array, { start, inner, end }: WireField): Uint8Array {
  const isRaw = Array.from(fieldsOf(bytes, inner, end)).some(({ id }) => RAW_FIELDS.has(id));
  if (!isRaw) return bytes.subarray(start, end);
  const blob = BLOB.encode(BLOB.decode(bytes.subarray(inner, end))).finish();
  return joinBytes([header(BLOBS, blob.length), blob]);
}

/** A field in binary: from `start` to `end`, its content from `inner` on. */
interface WireField {
  id: number;
  wire: number;
  start: number;
  inner: number;
  end: number;
}

function* fieldsOf(bytes: Uint8Array, from: number, to: number): Generator<WireField> {
  const reader = protobuf.Reader.create(bytes);
  reader.pos = from;
  reader.len = to;
  while (reader.pos < to) {
    const start = reader.pos, tag = reader.tag(), id = tag >>> 3, wire = tag & 7;
    let inner = reader.pos;
    if (wire === WIRE_BYTES) {
      const length = reader.uint32();
      inner = reader.pos;
      reader.skip(length);
    } else {
      reader.skipType(wire, undefined, id);
    }
    yield { id, wire, start, inner, end: reader.pos };
  }
}
