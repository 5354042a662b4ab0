import protobuf from "protobufjs";
import { CremaError } from "../../base/error.ts";

/** What a schema was extended by. */
export interface Additions {
  /** The fields, among them those of new messages. */
  readonly fields: ReadonlySet<protobuf.Field>;
  /** The names of values that enums of the schema got. */
  readonly values: ReadonlyMap<protobuf.Enum, readonly string[]>;
}

/**
 * Adds to a schema what another one of the same package has in addition: the messages, fields and enum values
 * of a fork's caffe.proto, which it returns. What both have stays as it is. Throws a CremaError when the two
 * contradict each other, or when the text is no schema.
 */
export function extendSchema(own: protobuf.Namespace, text: string, file: string): Additions {
  return new Extension(file).extend(own, packageIn(text, own, file));
}

/** The same package in a .proto's text, with all references resolved. */
function packageIn(text: string, own: protobuf.Namespace, file: string): protobuf.Namespace {
  try {
    const { root, package: name = "none" } = protobuf.parse(text, { keepCase: true });
    const found = root.get(own.name);
    if (!(found instanceof protobuf.Namespace)) {
      throw new CremaError(`Expected the package '${own.name}' but found '${name}'`, { file });
    }
    // The text may hold only the additions, which refer to our messages.
    for (const ours of own.nestedArray) {
      if (found.get(ours.name) === null) {
        found.addJSON({ [ours.name]: ours.toJSON() as protobuf.AnyNestedObject });
      }
    }
    root.resolveAll();
    return found;
  } catch (cause) {
    if (cause instanceof CremaError) throw cause;
    throw new CremaError(`Expected a .proto but found an error: ${(cause as Error).message}`, {
      file,
      cause,
    });
  }
}

class Extension {
  readonly #file: string;
  /** Fields that were moved. The types that they refer to are looked up again, in our schema. */
  readonly #moved: protobuf.Field[] = [];
  readonly #values = new Map<protobuf.Enum, string[]>();

  constructor(file: string) {
    this.#file = file;
  }

  extend(own: protobuf.Namespace, other: protobuf.Namespace): Additions {
    this.#namespace(own, other);
    for (const field of this.#moved) {
      field.resolved = false;
      field.resolve();
    }
    return { fields: new Set(this.#moved), values: this.#values };
  }

  #namespace(own: protobuf.Namespace, other: protobuf.Namespace): void {
    for (const theirs of [...other.nestedArray]) {
      const ours = own.get(theirs.name);
      if (ours === null) {
        if (theirs instanceof protobuf.Type) this.#note(theirs);
        own.add(theirs);
      } else if (ours instanceof protobuf.Type && theirs instanceof protobuf.Type) {
        this.#message(ours, theirs);
      } else if (ours instanceof protobuf.Enum && theirs instanceof protobuf.Enum) {
        this.#enum(ours, theirs);
      } else {
        throw this.#conflict(`${nameOf(ours)} to be ${kindOf(ours)}`, kindOf(theirs));
      }
    }
  }

  /** Notes all fields of a message that is about to be moved as a whole. */
  #note(type: protobuf.Type): void {
    this.#moved.push(...type.fieldsArray);
    for (const nested of type.nestedArray) if (nested instanceof protobuf.Type) this.#note(nested);
  }

  #message(ours: protobuf.Type, theirs: protobuf.Type): void {
    for (const field of [...theirs.fieldsArray]) {
      const same = Object.hasOwn(ours.fields, field.name) ? ours.fields[field.name]! : undefined;
      if (same !== undefined) {
        if (signature(same) === signature(field)) continue;
        throw this.#conflict(`${nameOf(same)} to be '${signature(same)}'`, `'${signature(field)}'`);
      }
      const taken = ours.fieldsById[field.id];
      if (taken !== undefined) {
        throw this.#conflict(`field ${field.id} of ${ours.name} to be ${taken.name}`, field.name);
      }
      ours.add(field);
      field.partOf = null; // its oneof stays behind
      this.#moved.push(field);
    }
    this.#namespace(ours, theirs);
  }

  #enum(ours: protobuf.Enum, theirs: protobuf.Enum): void {
    for (const [name, id] of Object.entries(theirs.values)) {
      const number = Object.hasOwn(ours.values, name) ? ours.values[name] : undefined;
      if (number === id) continue;
      if (number !== undefined) throw this.#conflict(`${name} of ${nameOf(ours)} to be ${number}`, `${id}`);
      const taken = ours.valuesById[id];
      if (taken !== undefined) throw this.#conflict(`${id} of ${nameOf(ours)} to be ${taken}`, name);
      ours.add(name, id);
      this.#values.set(ours, [...this.#values.get(ours) ?? [], name]);
    }
  }

  #conflict(expected: string, found: string): CremaError {
    return new CremaError(`Expected ${expected}, as in Crema's caffe.proto, but found ${found}`, {
      file: this.#file,
      hint: "If you do not use it, leave it out of a copy of the file.",
    });
  }
}

/** A name within the package: "PoolingParameter.PoolMethod". */
function nameOf(object: protobuf.ReflectionObject): string {
  return object.fullName.replace(/^\.\w+\./, "");
}

function kindOf(object: protobuf.ReflectionObject): string {
  return object instanceof protobuf.Type
    ? "a message"
    : object instanceof protobuf.Enum
    ? "an enum"
    : "something else";
}

/** What decides how a field is written in binary. Whether it is repeated makes no difference. */
function signature({ type, name, id }: protobuf.Field): string {
  return `${type.split(".").at(-1)} ${name} = ${id}`;
}
