import protobuf from "protobufjs";
import type { DefaultedFields, MessageName, Messages } from "../messages.ts";
import { messageType } from "./schema.ts";

/** A message in which no field that has a default, and no repeated field, is missing. */
export type WithDefaults<N extends MessageName> =
  & Messages[N]
  & Required<Pick<Messages[N], DefaultedFields[N] & keyof Messages[N]>>;

/**
 * A copy of a message in which absent fields have caffe.proto's defaults and absent repeated fields are
 * empty. Messages inside it stay as they are. A field without a default stays absent, since its absence means
 * something to Caffe (`kernel_h` for example).
 *
 * ```ts
 * import { withDefaults } from "./defaults.ts";
 * import assert from "node:assert/strict";
 *
 * const pooling = withDefaults("PoolingParameter", { kernel_size: 2 });
 * assert.equal(pooling.stride, 1);
 * assert.equal(pooling.pool, "MAX");
 * assert.equal(pooling.kernel_h, undefined);
 * ```
 */
export function withDefaults<N extends MessageName>(name: N, message?: Messages[N]): WithDefaults<N> {
  const complete: Record<string, unknown> = { ...message };
  for (const field of messageType(name).fieldsArray) {
    if (complete[field.name] !== undefined) continue;
    if (field.repeated) complete[field.name] = [];
    else if (field.options?.["default"] !== undefined) complete[field.name] = defaultOf(field);
  }
  return complete as WithDefaults<N>;
}

function defaultOf(field: protobuf.Field): unknown {
  const value = field.typeDefault as unknown;
  if (field.resolvedType instanceof protobuf.Enum) return field.resolvedType.valuesById[value as number];
  return typeof value === "object" && value !== null ? (value as { toNumber(): number }).toNumber() : value;
}
