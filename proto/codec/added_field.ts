import protobuf from "protobufjs";
import type { MessageName, Messages } from "../messages.ts";
import type { PlainMessage } from "./plain.ts";
import { messageType, qualifiedName, schemaAdditions } from "./schema.ts";

/** A field of a message that only the schema of CREMA_PROTO has, or has the value of. */
export interface AddedField {
  /** The message that it is in. */
  readonly message: object;
  /** Its name. */
  readonly field: string;
  /** What was added: "DropoutParameter.scale_train", or a value of an enum, "PoolingParameter.pool: SOFT". */
  readonly added: string;
  /** The layer that it is in. */
  readonly layer?: string | undefined;
}

/**
 * The first field of a message that CREMA_PROTO added to Crema's schema, or whose value it added; undefined
 * if there is none. Messages in `skip` are not looked at.
 */
export function addedField<N extends MessageName>(
  name: N,
  message: Messages[N],
  skip: ReadonlySet<object> = new Set(),
): AddedField | undefined {
  if (schemaAdditions() === undefined) return undefined;
  return search(messageType(name), message as PlainMessage, skip, undefined);
}

function search(
  type: protobuf.Type,
  message: PlainMessage,
  skip: ReadonlySet<object>,
  layer: string | undefined,
): AddedField | undefined {
  if (skip.has(message)) return undefined;
  const { fields, values } = schemaAdditions()!;
  const within = type.name === "LayerParameter" ? message["name"] as string | undefined : layer;
  for (const [name, value] of Object.entries(message)) {
    const field = Object.hasOwn(type.fields, name) ? type.fields[name] : undefined;
    if (field === undefined || value === undefined) continue;
    const found = { message, field: name, layer: within };
    if (fields.has(field)) return { ...found, added: qualifiedName(field) };
    const { resolvedType } = field;
    const list = field.repeated && Array.isArray(value) ? value : [value];
    for (const item of list) {
      if (resolvedType instanceof protobuf.Enum && values.get(resolvedType)?.includes(item)) {
        return { ...found, added: `${qualifiedName(field)}: ${item}` };
      }
      if (!(resolvedType instanceof protobuf.Type)) continue;
      const inner = search(resolvedType, item, skip, within);
      if (inner !== undefined) return inner;
    }
  }
  return undefined;
}
