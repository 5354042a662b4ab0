import protobuf from "protobufjs";
import { CremaError } from "../../base/error.ts";
import { FORK_NUMBERS, isOfForks } from "./fork_numbers.ts";

/** What a schema was extended by. */
export interface Additions {
  /** The fields, among them those of new messages. */
  readonly fields: ReadonlySet<protobuf.Field>;
  /** The names of values that enums of the schema got. */
  readonly values: ReadonlyMap<protobuf.Enum, readonly string[]>;
}

/** How a schema is extended. */
export interface ExtendOptions {
  /**
   * Whose numbers count where both have a field or value that is of forks: "own" (the default) for reading text,
   * "theirs" for bytes that the fork's own library is to read.
   */
  numbers?: "own" | "theirs" | undefined;
  /** The messages of the own schema that only forks have. Their fields are of forks, whatever their number. */
  forks?: ReadonlySet<protobuf.Type> | undefined;
}

/**
 * Adds to a schema what another one of the same package has in addition: the messages, fields and enum values
 * of a fork's caffe.proto, which it returns. What both have stays as it is, but for what the own schema has of
 * forks: there names decide, and the other's types and defaults replace ours. Throws a CremaError when the two
 * contradict each other in what is not of forks, or when the text is no schema.
 */
export function extendSchema(
  own: protobuf.Namespace,
  text: string,
  file: string,
  options: ExtendOptions = {},
): Additions {
  return new Extension(file, options).extend(own, packageIn(text, own, file));
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
    addMissing(own, found);
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

/** Adds to a namespace the types that only the other one has, also within their common messages. */
function addMissing(from: protobuf.Namespace, to: protobuf.Namespace): void {
  for (const ours of from.nestedArray) {
    const theirs = to.get(ours.name);
    if (theirs === null) to.addJSON({ [ours.name]: ours.toJSON() as protobuf.AnyNestedObject });
    else if (ours instanceof protobuf.Namespace && theirs instanceof protobuf.Namespace) {
      addMissing(ours, theirs);
    }
  }
}

class Extension {
  readonly #file: string;
  /** Fields that were moved. The types that they refer to are looked up again, in our schema. */
  readonly #moved: protobuf.Field[] = [];
  readonly #values = new Map<protobuf.Enum, string[]>();
  /** Fields that both have, with another number than before. */
  readonly #renumbered: protobuf.Field[] = [];
  readonly #theirs: boolean;
  readonly #forks: ReadonlySet<protobuf.ReflectionObject>;

  constructor(file: string, { numbers, forks = new Set() }: ExtendOptions) {
    this.#file = file;
    this.#theirs = numbers === "theirs";
    this.#forks = forks;
  }

  extend(own: protobuf.Namespace, other: protobuf.Namespace): Additions {
    this.#namespace(own, other);
    for (const field of [...this.#moved, ...this.#renumbered]) {
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
        const isOfForks = this.#isOfForks(ours, same.id);
        if (!isOfForks && signature(same) === signature(field)) continue;
        if (!isOfForks) {
          throw this.#conflict(`${nameOf(same)} to be '${signature(same)}'`, `'${signature(field)}'`);
        }
        if (!this.#theirs && typeOf(same) === typeOf(field)) field.id = same.id;
        ours.remove(same);
      }
      this.#makeRoom(ours, field);
      ours.add(field);
      field.partOf = null; // its oneof stays behind
      if (same === undefined || typeOf(same) !== typeOf(field)) this.#moved.push(field);
      else this.#renumbered.push(field);
    }
    this.#namespace(ours, theirs);
  }

  /** Sees to it that a message has the number of a field free: the one whose numbers do not count moves. */
  #makeRoom(ours: protobuf.Type, field: protobuf.Field): void {
    const taken = ours.fieldsById[field.id];
    if (taken === undefined) return;
    if (!this.#isOfForks(ours, taken.id)) {
      throw this.#conflict(`field ${field.id} of ${ours.name} to be ${taken.name}`, field.name);
    }
    const free = freeNumber(ours.fieldsById);
    if (this.#theirs) {
      ours.remove(taken);
      taken.id = free;
      ours.add(taken);
      this.#renumbered.push(taken);
    } else {
      field.id = free;
    }
  }

  #isOfForks(owner: protobuf.ReflectionObject | null, number: number): boolean {
    return isOfForks(number) || (owner !== null && this.#forks.has(owner));
  }

  #enum(ours: protobuf.Enum, theirs: protobuf.Enum): void {
    for (const [name, id] of Object.entries(theirs.values)) {
      const number = Object.hasOwn(ours.values, name) ? ours.values[name] : undefined;
      if (number === id) continue;
      if (number !== undefined) {
        if (!this.#isOfForks(ours.parent, number)) {
          throw this.#conflict(`${name} of ${nameOf(ours)} to be ${number}`, `${id}`);
        }
        if (!this.#theirs) continue;
        ours.remove(name);
      }
      const taken = ours.valuesById[id];
      if (taken !== undefined && !this.#isOfForks(ours.parent, id)) {
        throw this.#conflict(`${id} of ${nameOf(ours)} to be ${taken}`, name);
      }
      if (taken !== undefined && this.#theirs) {
        ours.remove(taken);
        ours.add(taken, freeNumber(ours.valuesById));
      }
      ours.add(name, ours.valuesById[id] === undefined ? id : freeNumber(ours.valuesById));
      if (number === undefined) this.#values.set(ours, [...this.#values.get(ours) ?? [], name]);
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
function signature(field: protobuf.Field): string {
  return `${typeOf(field)} ${field.name} = ${field.id}`;
}

function typeOf({ type }: protobuf.Field): string {
  return type.split(".").at(-1)!;
}

/** A number beyond all that are taken. */
function freeNumber(byNumber: Record<number, unknown>): number {
  return Math.max(FORK_NUMBERS, ...Object.keys(byNumber).map(Number)) + 1;
}
