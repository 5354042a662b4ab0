import protobuf from "protobufjs";
import type { MessageName, Messages } from "../messages.ts";
import type { PlainMessage } from "./plain.ts";
import { messageType } from "./schema.ts";

/** A field that is set in a message or in one inside of it. */
export interface FoundField {
  /** The message that it is in. */
  readonly message: object;
  /** The field. */
  readonly field: protobuf.Field;
  /** Its value, or one of its values if it is repeated. */
  readonly value: unknown;
  /** The layer that it is in. */
  readonly layer?: string | undefined;
}

/**
 * The first field of a message, or of the messages inside of it, that is `wanted` with a value that it has;
 * undefined if there is none. Messages in `skip` are not looked at.
 */
export function findField<N extends MessageName>(
  name: N,
  message: Messages[N],
  skip: ReadonlySet<object>,
  wanted: (field: protobuf.Field, value: unknown) => boolean,
): FoundField | undefined {
  return search(messageType(name), message as PlainMessage, skip, wanted, undefined);
}

function search(
  type: protobuf.Type,
  message: PlainMessage,
  skip: ReadonlySet<object>,
  wanted: (field: protobuf.Field, value: unknown) => boolean,
  layer: string | undefined,
): FoundField | undefined {
  if (skip.has(message)) return undefined;
  const within = type.name === "LayerParameter" ? message["name"] as string | undefined : layer;
  for (const [name, value] of Object.entries(message)) {
    const field = Object.hasOwn(type.fields, name) ? type.fields[name] : undefined;
    if (field === undefined || value === undefined) continue;
    const { resolvedType } = field;
    // Long lists of numbers are typed arrays, one value here.
    const list = field.repeated && Array.isArray(value) ? value : [value];
    for (const item of list) {
      if (wanted(field, item)) return { message, field, value: item, layer: within };
      if (!(resolvedType instanceof protobuf.Type)) continue;
      const inner = search(resolvedType, item, skip, wanted, within);
      if (inner !== undefined) return inner;
    }
  }
  return undefined;
}
