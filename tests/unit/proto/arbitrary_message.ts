import fc from "fast-check";
import protobuf from "protobufjs";
import type { MessageName, Messages } from "../../../proto/messages.ts";
import { isBigInt, messageType, typedArrayFields } from "../../../proto/codec/schema.ts";

function scalar(field: protobuf.Field): fc.Arbitrary<unknown> {
  if (field.resolvedType instanceof protobuf.Enum) {
    return fc.constantFrom(...Object.keys(field.resolvedType.values));
  }
  if (isBigInt(field)) return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
  switch (field.type) {
    case "string":
      return fc.string({ unit: "binary", maxLength: 12 });
    case "bytes":
      return fc.uint8Array({ maxLength: 12 });
    case "bool":
      return fc.boolean();
    case "float":
      // The decimals people write, and any float in its shortest form.
      return fc.oneof(
        fc.constantFrom(0, -0, 0.01, 1e-8, 0.1, -1, 1e10, Infinity, -Infinity, NaN),
        fc.float().map((value) => Number(value.toPrecision(6))).filter((value) => Math.abs(value) > 1e-37),
      ).filter((value) => Math.abs(value) < 3e38 || !Number.isFinite(value));
    case "double":
      return fc.double();
    case "int32":
      return fc.integer();
    case "uint32":
      return fc.integer({ min: 0, max: 2 ** 32 - 1 });
    case "int64":
      return fc.maxSafeInteger();
    default:
      return fc.maxSafeNat();
  }
}

function value(field: protobuf.Field, depth: number): fc.Arbitrary<unknown> {
  const typed = typedArrayFields[`${field.parent!.name}.${field.name}`];
  if (typed === Float32Array) return fc.float32Array({ minLength: 1, maxLength: 5 });
  if (typed === Float64Array) return fc.float64Array({ minLength: 1, maxLength: 5 });
  const one = field.resolvedType instanceof protobuf.Type
    ? message(field.resolvedType, depth - 1)
    : scalar(field);
  return field.repeated ? fc.array(one, { minLength: 1, maxLength: 3 }) : one;
}

function message(type: protobuf.Type, depth: number): fc.Arbitrary<Record<string, unknown>> {
  const fields = type.fieldsArray.filter((field) =>
    depth > 0 || !(field.resolvedType instanceof protobuf.Type)
  );
  const required = fields.filter((field) => field.required);
  const optional = fields.filter((field) => !field.required);
  return fc.subarray(optional, { maxLength: Math.min(8, optional.length) }).chain((chosen) =>
    fc.record(
      Object.fromEntries([...required, ...chosen].map((field) => [field.name, value(field, depth)])),
      {
        noNullPrototype: true,
      },
    )
  );
}

/** Any message of the schema, at most `depth` messages deep. */
export function arbitraryMessage<N extends MessageName>(name: N, depth = 3): fc.Arbitrary<Messages[N]> {
  return message(messageType(name), depth) as unknown as fc.Arbitrary<Messages[N]>;
}
