import protobuf from "protobufjs";
import type { MessageName, Messages } from "../messages.ts";
import { FORK_NUMBERS, isOfForks } from "./fork_numbers.ts";
import type { PlainMessage } from "./plain.ts";
import { messageType, qualifiedName, schemaAdditions } from "./schema.ts";
import { typeParamField } from "./type_param_field.ts";

/** A field of a message that an engine does not read. */
export interface UnreadField {
  /** The message that it is in. */
  readonly message: object;
  /** Its name. */
  readonly field: string;
  /** What it is: "DropoutParameter.random_seed", or a value of an enum, "PoolingParameter.pool: SOFT". */
  readonly what: string;
  /** Whether only the schema of CREMA_PROTO has it. */
  readonly isAddition: boolean;
  /** The layer that it is in. */
  readonly layer?: string | undefined;
}

/** What the search for unread fields leaves out. */
export interface UnreadFieldOptions {
  /** Messages that are not looked at. */
  readonly skip?: ReadonlySet<object> | undefined;
  /** Whether fields of forks that Crema's own schema has are looked for, besides those of CREMA_PROTO. */
  readonly forks?: boolean | undefined;
  /** The fields and values of forks that the engine does read, or that change no result: as `what` has them. */
  readonly read?: ReadonlySet<string> | undefined;
  /** The layer types whose fields of forks are looked for: those that Caffe itself has. */
  readonly types?: ReadonlySet<string> | undefined;
}

/**
 * The first field of a message that an engine would ignore: one that CREMA_PROTO added to Crema's schema, or whose
 * value it added; or one that only forks of Caffe have, in a layer of a type that Caffe has too. A field of forks that
 * has its default is none. Undefined if there is nothing of the kind.
 */
export function unreadField<N extends MessageName>(
  name: N,
  message: Messages[N],
  options: UnreadFieldOptions = {},
): UnreadField | undefined {
  if (schemaAdditions() === undefined && options.forks !== true) return undefined;
  return new Search(options).in(messageType(name), message as PlainMessage, undefined);
}

class Search {
  readonly #options: UnreadFieldOptions;
  readonly #additions = schemaAdditions();

  constructor(options: UnreadFieldOptions) {
    this.#options = options;
  }

  in(type: protobuf.Type, message: PlainMessage, layer: PlainMessage | undefined): UnreadField | undefined {
    if (this.#options.skip?.has(message)) return undefined;
    const within = type.name === "LayerParameter" ? message : layer;
    for (const [name, value] of Object.entries(message)) {
      const field = Object.hasOwn(type.fields, name) ? type.fields[name] : undefined;
      if (field === undefined || value === undefined) continue;
      const found = { message, field: name, layer: within?.["name"] as string | undefined };
      const qualified = qualifiedName(field);
      if (this.#additions?.fields.has(field)) return { ...found, what: qualified, isAddition: true };
      if (isOfForks(field.id) && this.#isUnread(field, value, within)) {
        return { ...found, what: qualified, isAddition: false };
      }
      const { resolvedType } = field;
      for (const item of field.repeated && Array.isArray(value) ? value : [value]) {
        if (resolvedType instanceof protobuf.Enum) {
          const what = `${qualified}: ${item}`;
          if (this.#additions?.values.get(resolvedType)?.includes(item)) {
            return { ...found, what, isAddition: true };
          }
          if (resolvedType.values[item]! >= FORK_NUMBERS && this.#counts(what, within)) {
            return { ...found, what, isAddition: false };
          }
        } else if (resolvedType instanceof protobuf.Type) {
          const inner = this.in(resolvedType, item, within);
          if (inner !== undefined) return inner;
        }
      }
    }
    return undefined;
  }

  #isUnread(field: protobuf.Field, value: unknown, layer: PlainMessage | undefined): boolean {
    if (isDefault(field, value) || !this.#counts(qualifiedName(field), layer)) return false;
    // The parameters of the layer's own type.
    return field.parent?.name !== "LayerParameter" || typeParamField(String(layer?.["type"])) !== field;
  }

  #counts(what: string, layer: PlainMessage | undefined): boolean {
    const { forks, read, types } = this.#options;
    if (forks !== true || read?.has(what)) return false;
    return layer === undefined || types === undefined || types.has(String(layer["type"]));
  }
}

function isDefault(field: protobuf.Field, value: unknown): boolean {
  if (field.repeated) return (value as unknown[]).length === 0;
  const preset = field.typeDefault as unknown;
  if (field.resolvedType instanceof protobuf.Enum) return field.resolvedType.values[String(value)] === preset;
  if (field.resolvedType instanceof protobuf.Type) return false;
  if (field.type === "float") return Math.fround(Number(value)) === Math.fround(Number(preset));
  return field.options?.["default"] !== undefined && String(value) === String(preset);
}
