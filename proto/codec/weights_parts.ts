import protobuf from "protobufjs";
import { CremaError } from "../../base/error.ts";
import { encode } from "./binary.ts";
import { ownMessageType } from "./schema.ts";

/** A layer of a .caffemodel that is to be written. */
export interface WeightsLayer {
  /** Its name, by which it is found. */
  readonly name: string;
  /** Its type, where it is known; nothing depends on it. */
  readonly type?: string | undefined;
  /** Its parameters. Each is read once, when it is its turn. */
  readonly blobs: readonly { readonly shape: readonly number[]; read(): Float32Array }[];
}

const numberOf = (type: string, name: string) => ownMessageType(type).fields[name]!.id;
const LAYER = numberOf("NetParameter", "layer");
const BLOBS = numberOf("LayerParameter", "blobs");
const DATA = numberOf("BlobProto", "data");

const WIRE_BYTES = 2;

/** Caffe reads no more of a message. */
const LARGEST = 2 ** 31 - 1;

/**
 * The bytes of a .caffemodel, in parts: only the parameters that are being written are in memory. Throws a CremaError from
 * 2 GiB on, which protobuf can't hold.
 *
 * ```ts
 * import { decode } from "./binary.ts";
 * import { weightsParts } from "./weights_parts.ts";
 * import { joinBytes } from "../../base/join_bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const blobs = [{ shape: [2], read: () => Float32Array.of(1, 2) }];
 * const { layer } = decode("NetParameter", joinBytes([...weightsParts([{ name: "ip", blobs }])]));
 * assert.deepEqual(layer?.[0]?.blobs?.[0]?.data, Float32Array.of(1, 2));
 * ```
 */
export function* weightsParts(layers: readonly WeightsLayer[]): Generator<Uint8Array> {
  const measured = layers.map((layer) => ({ layer, size: layerSize(layer) }));
  const total = measured.reduce((sum, { size }) => sum + size, 0);
  if (total > LARGEST) {
    throw new CremaError(`Expected less than 2 GiB for a .caffemodel but found ${total} bytes`, {
      hint: "Write an .h5 or a .safetensors file instead.",
    });
  }
  // First, so that a file that was cut can be told.
  yield encode("NetParameter", { layer_count: layers.length });
  for (const { layer, size } of measured) {
    yield header(LAYER, size);
    yield head(layer);
    for (const blob of layer.blobs) {
      const { data, shape } = blobParts(blob);
      yield header(BLOBS, data.length + dataSize(blob) + shape.length);
      // In the order of their numbers, as Caffe writes them.
      yield data;
      const { buffer, byteOffset, byteLength } = blob.read();
      yield new Uint8Array(buffer, byteOffset, byteLength);
      yield shape;
    }
  }
}

function header(id: number, length: number): Uint8Array {
  return protobuf.Writer.create().uint32((id << 3 | WIRE_BYTES) >>> 0).uint32(length).finish().slice();
}

function head({ name, type }: WeightsLayer): Uint8Array {
  return encode("LayerParameter", { name, ...(type === undefined ? {} : { type }) });
}

function dataSize({ shape }: WeightsLayer["blobs"][number]): number {
  return 4 * shape.reduce((product, axis) => product * axis, 1);
}

/** What stands before a blob's values, and after them. */
function blobParts(blob: WeightsLayer["blobs"][number]): { data: Uint8Array; shape: Uint8Array } {
  const size = dataSize(blob);
  return {
    data: size === 0 ? new Uint8Array() : header(DATA, size),
    shape: encode("BlobProto", { shape: { dim: [...blob.shape] } }),
  };
}

function layerSize(layer: WeightsLayer): number {
  return layer.blobs.reduce((sum, blob) => {
    const { data, shape } = blobParts(blob), size = data.length + dataSize(blob) + shape.length;
    return sum + header(BLOBS, size).length + size;
  }, head(layer).length);
}
