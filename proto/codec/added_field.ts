import protobuf from "protobufjs";
import type { MessageName, Messages } from "../messages.ts";
import { findField } from "./find_field.ts";
import { qualifiedName, schemaAdditions } from "./schema.ts";

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
  const additions = schemaAdditions();
  if (additions === undefined) return undefined;
  const { fields, values } = additions;
  const found = findField(name, message, skip, (field, value) => {
    const { resolvedType } = field;
    return fields.has(field) ||
      (resolvedType instanceof protobuf.Enum && values.get(resolvedType)?.includes(value as string) === true);
  });
  if (found === undefined) return undefined;
  const qualified = qualifiedName(found.field);
  return {
    message: found.message,
    field: found.field.name,
    added: fields.has(found.field) ? qualified : `${qualified}: ${found.value}`,
    layer: found.layer,
  };
}
