import protobuf from "protobufjs";
import { ownMessageType } from "./schema.ts";

/** The key of the fields of a binary message that the schema does not have: whole fields, as bytes. */
export const UNKNOWN: unique symbol = Symbol("unknown fields");

/** What protobufjs calls them. */
interface WithUnknowns {
  $unknowns?: Uint8Array[];
}

/** The unknown fields of a decoded message; undefined if it has none. */
export function unknownsOf(message: protobuf.Message): Uint8Array[] | undefined {
  const { $unknowns } = message as WithUnknowns;
  return $unknowns === undefined || $unknowns.length === 0 ? undefined : $unknowns;
}

/** Gives a message the unknown fields that its encoder writes after the others. */
export function setUnknowns(message: protobuf.Message, fields: Uint8Array[]): void {
  Object.defineProperty(message, "$unknowns", { value: fields, enumerable: false, writable: true });
}

/** The messages that layers hold: forks use their numbers for messages of their own. */
const holders = ["LayerParameter", "V1LayerParameter"].map(ownMessageType);
const tolerated = new WeakSet<object>();

/** Whether a field holds parameters of a layer, whose number may mean something else in the fork that wrote it. */
export function isLayerParam(field: protobuf.Field): boolean {
  return holders.includes(field.parent as protobuf.Type) && field.name.endsWith("_param") &&
    field.resolvedType instanceof protobuf.Type;
}

/**
 * Makes the decoders of layers' parameters keep what does not parse as unknown bytes, inside a layer: the layer itself,
 * with its name and its blobs, is read all the same. Calling it again does nothing for types that have it.
 */
export function tolerateForeignParams(): void {
  for (const holder of holders) {
    for (const field of holder.fieldsArray) {
      if (isLayerParam(field.resolve())) tolerate(field.resolvedType as protobuf.Type);
    }
  }
}

type Decode = (
  source: protobuf.Reader | Uint8Array,
  length?: number,
  endTag?: number,
  depth?: number,
  into?: protobuf.Message,
) => protobuf.Message;

function tolerate(type: protobuf.Type): void {
  if (tolerated.has(type.decode)) return;
  let strict: Decode | undefined;
  const decode: Decode = (source, length, endTag, depth, into) => {
    strict ??= strictDecoder(type, decode); // made when it is needed: there are hundreds
    if (length === undefined || !(source instanceof protobuf.Reader)) {
      return strict(source, length, endTag, depth, into);
    }
    const { pos, len } = source, end = pos + length;
    if (end > len) return strict(source, length, endTag, depth, into); // the file was cut
    try {
      return strict(source, length, endTag, depth, into);
    } catch {
      source.pos = end;
      source.len = len;
      const message = into ?? type.create();
      if (!source.discardUnknown) {
        setUnknowns(message, [...unknownsOf(message) ?? [], source.buf.slice(pos, end)]);
      }
      return message;
    }
  };
  type.decode = decode as typeof type.decode;
  tolerated.add(decode);
}

/** The generated decoder of a type whose `decode` is `tolerant`, and stays so. */
function strictDecoder(type: protobuf.Type, tolerant: Decode): Decode {
  type.setup();
  const strict = type.decode as Decode, encode = type.encode;
  type.decode = tolerant as typeof type.decode;
  const required = type.fieldsArray.filter((field) => field.required);
  if (required.length > 0) {
    type.encode = (message, writer = protobuf.Writer.create()) => {
      const unknowns = unknownsOf(message as protobuf.Message);
      if (unknowns === undefined || required.every(({ name }) => Object.hasOwn(message, name))) {
        return encode.call(type, message, writer);
      }
      for (const bytes of unknowns) writer.raw(bytes);
      return writer;
    };
  }
  return strict;
}
