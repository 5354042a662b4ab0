import protobuf from "protobufjs";
import type { MessageName, Messages } from "../messages.ts";
import { findField, type FoundField } from "./find_field.ts";
import { qualifiedName } from "./schema.ts";

/** A field of a message that another schema does not have, or a value of an enum that it does not have there. */
export interface UnknownField extends Omit<FoundField, "field" | "value"> {
  /** The field's name. */
  readonly field: string;
  /** What is not known: "PoolingParameter.ceil_mode", or "PoolingParameter.pool: SOFT". */
  readonly unknown: string;
}

/**
 * Whether a schema has a field, by its number, in a message of a name ("PoolingParameter"), and where that is
 * an enum, its value.
 */
export type KnowsField = (message: string, field: { name: string; id: number }, value: number) => boolean;

/** The first field of a message that a schema does not know; messages in `skip` are not looked at. */
export function unknownField<N extends MessageName>(
  name: N,
  message: Messages[N],
  skip: ReadonlySet<object>,
  knows: KnowsField,
): UnknownField | undefined {
  const knownWith = (field: protobuf.Field, value: number) =>
    knows(field.parent!.fullName.replace(/^\.caffe\./, ""), field, value);
  const numberOf = ({ resolvedType }: protobuf.Field, value: unknown) =>
    resolvedType instanceof protobuf.Enum ? resolvedType.values[value as string] ?? -1 : 0;
  const found = findField(name, message, skip, (field, value) => !knownWith(field, numberOf(field, value)));
  if (found === undefined) return undefined;
  const { field, value } = found;
  // Its first value is known wherever the enum is.
  const first = field.resolvedType instanceof protobuf.Enum
    ? Object.values(field.resolvedType.values)[0]!
    : 0;
  const qualified = qualifiedName(field);
  return {
    message: found.message,
    field: field.name,
    unknown: knownWith(field, first) && field.resolvedType instanceof protobuf.Enum
      ? `${qualified}: ${value}`
      : qualified,
    layer: found.layer,
  };
}
