import protobuf from "protobufjs";
import { installBlobCodec } from "./blob_codec.ts";
import { CremaError } from "../../base/error.ts";
import type { MessageName, Messages } from "../messages.ts";
import { fromPlain, toPlain } from "./plain.ts";
import { forkMessageType, messageType } from "./schema.ts";
import { tolerateForeignParams } from "./unknown_fields.ts";

installBlobCodec();

/** Where the bytes come from, for error messages. */
export interface DecodeOptions {
  /** Path or URL of the file. */
  file?: string | undefined;
}

/**
 * Reads a message from protobuf's binary form (.caffemodel, .binaryproto, .solverstate, records of Datum).
 * Fields that caffe.proto does not have are kept, out of sight, for {@link encode}; so are parameters of layers
 * whose number means another message in the fork that wrote them. Throws a CremaError when the bytes are truncated or
 * are no such message.
 *
 * ```ts
 * import { decode, encode } from "./binary.ts";
 * import assert from "node:assert/strict";
 *
 * const bytes = encode("BlobProto", { shape: { dim: [2] }, data: new Float32Array([1, 2]) });
 * assert.deepEqual(decode("BlobProto", bytes).data, new Float32Array([1, 2]));
 * ```
 */
export function decode<N extends MessageName>(
  name: N,
  bytes: Uint8Array,
  options: DecodeOptions = {},
): Messages[N] {
  const type = messageType(name);
  tolerateForeignParams();
  const reader = protobuf.Reader.create(bytes);
  reader.discardUnknown = false;
  let plain;
  try {
    plain = toPlain(type, type.decode(reader));
  } catch (cause) {
    throw new CremaError(
      `Expected a binary ${name} but found ${describe(bytes, name)} (${(cause as Error).message})`,
      { ...options, hint: advice(bytes, name), cause },
    );
  }
  if (bytes.length > 0 && Object.keys(plain).length === 0) {
    throw new CremaError(`Expected a binary ${name} but found ${describe(bytes, name)}`, {
      ...options,
      hint: advice(bytes, name),
    });
  }
  return plain as unknown as Messages[N];
}

/** For whom a message is written. */
export interface EncodeOptions {
  /** Whether the library of the fork that CREMA_PROTO names reads the bytes: its numbers count then. */
  forFork?: boolean | undefined;
}

/**
 * Writes a message in protobuf's binary form, byte for byte as Caffe does. Throws a CremaError when the
 * object has a field that the message lacks, or a value of the wrong type.
 */
export function encode<N extends MessageName>(
  name: N,
  message: Messages[N],
  options: EncodeOptions = {},
): Uint8Array {
  const type = options.forFork ? forkMessageType(name) : messageType(name);
  const encodable = fromPlain(type, message);
  const writer = new protobuf.Writer();
  // Room for all weights at once: a buffer that doubles would copy them several times.
  writer.buf = new Uint8Array(weightBytes(encodable) + 1024);
  // A copy of the right size: finish() takes small results from a pool, whose buffer holds other data too.
  return type.encode(encodable, writer).finish(true).slice();
}

/**
 * Throws a CremaError when an object is not such a message, as {@link encode} does: for messages that come from
 * a program, whose types were promised but not looked at.
 */
export function checkMessage<N extends MessageName>(name: N, message: Messages[N]): void {
  fromPlain(messageType(name), message);
}

/** The size of all typed arrays in a message. */
function weightBytes(value: unknown): number {
  if (ArrayBuffer.isView(value)) return value.byteLength;
  if (value === null || typeof value !== "object") return 0;
  return Object.values(value).reduce<number>((sum, item) => sum + weightBytes(item), 0);
}

const HDF5_SIGNATURE = [0x89, 0x48, 0x44, 0x46];

function isHdf5(bytes: Uint8Array): boolean {
  return HDF5_SIGNATURE.every((byte, at) => bytes[at] === byte);
}

function isText(bytes: Uint8Array): boolean {
  const head = bytes.subarray(0, 512);
  return head.length > 0 && head.every((byte) => byte === 9 || byte === 10 || byte === 13 || byte >= 32) &&
    /^\s*(#|[a-z_]+\s*[:{<])/m.test(new TextDecoder().decode(head));
}

/** The files that are taken for one another: the fields of which a whole one has at least one, and how it is given. */
const FILES: Partial<Record<MessageName, { fields: readonly string[]; what: string; use: string }>> = {
  NetParameter: {
    fields: ["layer", "layers"],
    what: "the weights of a net",
    use:
      "Weights (.caffemodel) are given with --weights, the state of a solver (.solverstate) with --snapshot.",
  },
  SolverState: {
    fields: ["history", "learned_net"],
    what: "the state of a solver",
    use:
      "The state of a solver (.solverstate) is given with --snapshot, weights (.caffemodel) with --weights.",
  },
};

/** What the bytes are, when they are another kind of file than the one expected. */
function otherFile(bytes: Uint8Array, expected: MessageName): { what: string; use: string } | undefined {
  for (const [name, file] of Object.entries(FILES)) {
    if (name === expected || FILES[expected] === undefined) continue;
    try {
      const type = messageType(name), reader = protobuf.Reader.create(bytes);
      reader.discardUnknown = true;
      const plain = toPlain(type, type.decode(reader));
      if (file.fields.some((field) => Object.hasOwn(plain, field))) return file;
    } catch {
      // not this kind either
    }
  }
  return undefined;
}

function describe(bytes: Uint8Array, expected: MessageName): string {
  if (isHdf5(bytes)) return "an HDF5 file";
  if (isText(bytes)) return "text";
  const other = otherFile(bytes, expected);
  return other?.what ?? `${bytes.length} bytes that are truncated or something else`;
}

function advice(bytes: Uint8Array, expected: MessageName): string | undefined {
  if (isHdf5(bytes)) return "Save it with snapshot_format: BINARYPROTO.";
  if (isText(bytes)) return "A prototxt is given where a binary file is needed.";
  return otherFile(bytes, expected)?.use ?? "Check that the file was written and copied whole.";
}
