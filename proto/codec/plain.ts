import protobuf from "protobufjs";
import { CremaError } from "../../base/error.ts";
import { nearest } from "../../base/distance.ts";
import { shortestFloat32 } from "../../base/float32.ts";
import { type FloatArrayConstructor, isBigInt, qualifiedName, typedArrayFields } from "./schema.ts";
import { isLayerParam, setUnknowns, UNKNOWN, unknownsOf } from "./unknown_fields.ts";

/** A message as an object: what messages.ts describes, without the types. */
export type PlainMessage = Record<string, unknown> & { [UNKNOWN]?: Uint8Array[] };

/** The part of `Long` (the 64 bit integer of protobufjs) that is used here. */
interface LongLike {
  toNumber(): number;
  toString(): string;
}

const integerRanges: Readonly<Record<string, readonly [number, number]>> = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint32: [0, 2 ** 32 - 1],
  int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  uint64: [0, Number.MAX_SAFE_INTEGER],
};

function scalarToPlain(field: protobuf.Field, value: unknown): unknown {
  if (field.resolvedType instanceof protobuf.Enum) {
    return field.resolvedType.valuesById[value as number] ?? value;
  }
  switch (field.type) {
    case "float":
      return shortestFloat32(value as number);
    case "int64":
    case "uint64": {
      if (isBigInt(field)) return BigInt((value as LongLike).toString());
      const number = typeof value === "number" ? value : (value as LongLike).toNumber();
      if (Number.isSafeInteger(number)) return number;
      throw new CremaError(
        `Expected ${qualifiedName(field)} to be within ±2^53 but found ${value as LongLike}`,
      );
    }
    case "bytes": {
      const bytes = value as Uint8Array;
      return new Uint8Array(bytes); // copied, and not a Buffer
    }
    default:
      return value;
  }
}

/**
 * Turns a message of protobufjs into the objects that messages.ts describes: enums by name, 64 bit integers
 * as numbers (bigints where all bits count), floats as their shortest decimal, weights as typed arrays, absent
 * fields left out.
 */
export function toPlain(type: protobuf.Type, message: protobuf.Message): PlainMessage {
  const source = message as unknown as PlainMessage;
  const plain: PlainMessage = {};
  for (const field of type.fieldsArray) {
    if (!Object.hasOwn(source, field.name)) continue;
    const value = source[field.name];
    if (value === undefined || value === null) continue;
    const convert = (item: unknown) =>
      field.resolvedType instanceof protobuf.Type
        ? messageToPlain(field, field.resolvedType, item as protobuf.Message)
        : scalarToPlain(field, item);
    const typed = typedArrayFields[qualifiedName(field)];
    if (typed !== undefined) {
      const list = value as ArrayLike<number>;
      if (list.length > 0) plain[field.name] = list instanceof typed ? list : typed.from(list);
    } else if (field.repeated) {
      const list = value as unknown[];
      if (list.length > 0) plain[field.name] = list.map(convert);
    } else {
      plain[field.name] = convert(value);
    }
  }
  const unknowns = unknownsOf(message);
  if (unknowns !== undefined) plain[UNKNOWN] = unknowns.map((bytes) => new Uint8Array(bytes));
  return plain;
}

/** A message in another one. Parameters of layers that a fork wrote under our number may have values that none has. */
function messageToPlain(field: protobuf.Field, type: protobuf.Type, message: protobuf.Message): PlainMessage {
  if (!isLayerParam(field)) return toPlain(type, message);
  try {
    return toPlain(type, message);
  } catch {
    return { [UNKNOWN]: [type.encode(message).finish().slice()] };
  }
}

function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) return "an array";
  if (value !== null && typeof value === "object") {
    return `an object (${value.constructor?.name ?? "Object"})`;
  }
  return typeof value === "bigint" ? `the bigint ${value}n` : String(value);
}

function mismatch(field: protobuf.Field, expected: string, value: unknown, hint?: string): CremaError {
  return new CremaError(`Expected ${qualifiedName(field)} to be ${expected} but found ${show(value)}`, {
    hint,
  });
}

function enumFromPlain(field: protobuf.Field, type: protobuf.Enum, value: unknown): number {
  if (typeof value === "string" && Object.hasOwn(type.values, value)) return type.values[value]!;
  if (typeof value === "number" && type.valuesById[value] !== undefined) return value;
  const names = Object.keys(type.values);
  const near = typeof value === "string" ? nearest(value, names) : undefined;
  throw mismatch(
    field,
    `one of ${names.join(", ")}`,
    value,
    near === undefined ? undefined : `Did you mean ${JSON.stringify(near)}?`,
  );
}

function scalarFromPlain(field: protobuf.Field, value: unknown): unknown {
  if (field.resolvedType instanceof protobuf.Enum) return enumFromPlain(field, field.resolvedType, value);
  switch (field.type) {
    case "string":
      if (typeof value !== "string") throw mismatch(field, "a string", value);
      if (!value.isWellFormed()) throw mismatch(field, "well-formed Unicode", value);
      return value;
    case "bool":
      if (typeof value !== "boolean") throw mismatch(field, "true or false", value);
      return value;
    case "bytes":
      if (!(value instanceof Uint8Array)) throw mismatch(field, "a Uint8Array", value);
      return value;
    case "float":
    case "double":
      if (typeof value !== "number") throw mismatch(field, "a number", value);
      return value;
    default: {
      if (isBigInt(field)) return longFromPlain(field, value);
      const [low, high] = integerRanges[field.type]!;
      if (typeof value !== "number" || !Number.isInteger(value)) throw mismatch(field, "an integer", value);
      if (value < low || value > high) throw mismatch(field, `from ${low} to ${high}`, value);
      return value;
    }
  }
}

/** A bigint, or a number that stands for one, as protobufjs encodes it. */
function longFromPlain(field: protobuf.Field, value: unknown): unknown {
  const whole = typeof value === "number" && Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof whole !== "bigint") throw mismatch(field, "a bigint", value);
  const fits = field.type === "int64" ? BigInt.asIntN(64, whole) : BigInt.asUintN(64, whole);
  if (fits !== whole) throw mismatch(field, "of 64 bits", value);
  // The shape of a `Long`, which is what protobufjs writes.
  return {
    low: Number(BigInt.asIntN(32, whole)),
    high: Number(BigInt.asIntN(32, whole >> 32n)),
    unsigned: field.type === "uint64",
    toString: () => whole.toString(),
  };
}

/** The inverse of {@link toPlain}. Throws a CremaError for an unknown field or a value of the wrong type. */
export function fromPlain(type: protobuf.Type, plain: unknown, depth = 0): protobuf.Message {
  if (plain === null || typeof plain !== "object" || Array.isArray(plain)) {
    throw new CremaError(`Expected a ${type.name} object but found ${show(plain)}`);
  }
  if (depth > protobuf.util.recursionLimit) throw new CremaError(`Expected a ${type.name} but found a cycle`);
  const message: PlainMessage = {};
  for (const [name, value] of Object.entries(plain)) {
    if (value === undefined || value === null) continue;
    const field = Object.hasOwn(type.fields, name) ? type.fields[name] : undefined;
    if (field === undefined) {
      const near = nearest(name, Object.keys(type.fields));
      throw new CremaError(
        `Expected a field of ${type.name} but found '${name}'` +
          (near === undefined ? "" : `, did you mean '${near}'?`),
      );
    }
    const convert = (item: unknown) =>
      field.resolvedType instanceof protobuf.Type
        ? fromPlain(field.resolvedType, item, depth + 1)
        : scalarFromPlain(field, item);
    const typed = typedArrayFields[qualifiedName(field)];
    if (typed !== undefined) {
      message[name] = typedFromPlain(field, typed, value);
    } else if (field.repeated) {
      if (!Array.isArray(value)) throw mismatch(field, "an array", value);
      message[name] = value.map(convert);
    } else {
      message[name] = convert(value);
    }
  }
  const unknowns = (plain as PlainMessage)[UNKNOWN];
  for (const field of type.fieldsArray) {
    if (field.required && unknowns === undefined && !Object.hasOwn(message, field.name)) {
      throw new CremaError(`Expected ${type.name} to have '${field.name}' but found none`);
    }
  }
  const created = type.create(message);
  if (unknowns !== undefined) setUnknowns(created, unknowns);
  return created;
}

function typedFromPlain(
  field: protobuf.Field,
  array: FloatArrayConstructor,
  value: unknown,
): Float32Array | Float64Array {
  if (value instanceof array) return value;
  if (!(Array.isArray(value) || value instanceof Float32Array || value instanceof Float64Array)) {
    throw mismatch(field, `a ${array.name}`, value);
  }
  const wrong = Array.prototype.find.call(value, (item) => typeof item !== "number");
  if (wrong !== undefined) throw mismatch(field, "numbers", wrong);
  return array.from(value as ArrayLike<number>);
}
