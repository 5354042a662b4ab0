import protobuf from "protobufjs";
import { nearest } from "../../base/distance.ts";
import type { Location } from "../../base/error.ts";
import { FORK_NUMBERS, isOfForks } from "../codec/fork_numbers.ts";
import { isBigInt, messageType, qualifiedName, schemaAdditions } from "../codec/schema.ts";
import { stringBytes, type Token, Tokenizer } from "./tokenizer.ts";

/** The place of a field's entry and, when it is a message, the places of its own fields. */
export interface LocatedEntry {
  /** The place of the field's name. */
  at: Location;
  /** The fields inside, when the entry is a message. */
  message?: LocatedMessage | undefined;
}

/** The entries of each field of a message, in the order of the file. */
export type LocatedMessage = Map<string, LocatedEntry[]>;

const INTEGER_RANGES: Readonly<Record<string, readonly [bigint, bigint]>> = {
  ...of(["int32", "sint32", "sfixed32"], [-(2n ** 31n), 2n ** 31n - 1n]),
  ...of(["uint32", "fixed32"], [0n, 2n ** 32n - 1n]),
  // JavaScript's exact integers: nothing in Caffe needs more.
  ...of(["int64", "sint64", "sfixed64"], [-(2n ** 53n) + 1n, 2n ** 53n - 1n]),
  ...of(["uint64", "fixed64"], [0n, 2n ** 53n - 1n]),
};

function of<Value>(types: readonly string[], value: Value): Record<string, Value> {
  return Object.fromEntries(types.map((type) => [type, value]));
}

/** What to do about a field that no schema here has, if it can be one. */
function forkHint(name: string): string | undefined {
  if (!/^[a-z][a-z0-9_]*$/.test(name)) return undefined;
  return schemaAdditions() === undefined
    ? "If it is a field of a Caffe fork, set the environment variable CREMA_PROTO to the fork's caffe.proto."
    : "The caffe.proto that CREMA_PROTO names does not have it either.";
}

/** The ranges of fields that are bigints. */
const ALL_BITS: Readonly<Record<string, readonly [bigint, bigint]>> = {
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
};

/**
 * Walks over a prototxt of the given type and notes the place of everything in it. Throws a PrototxtError at
 * the first thing that protobuf's text format refuses, with file, line, column and what was expected there.
 * (The library that turns the text into a message knows lines at best.)
 */
export function locate(type: protobuf.Type, text: string, file: string | undefined): LocatedMessage {
  return new Locator(new Tokenizer(text, file)).message(type);
}

class Locator {
  readonly #tokens: Tokenizer;

  constructor(tokens: Tokenizer) {
    this.#tokens = tokens;
  }

  /** The fields of a message, up to its closing bracket or, for the outermost, the end of the file. */
  message(type: protobuf.Type, opened?: { by: Token; name: Token }): LocatedMessage {
    const found: LocatedMessage = new Map();
    const close = opened === undefined ? undefined : opened.by.text === "{" ? "}" : ">";
    for (;;) {
      const token = this.#tokens.peek();
      if (token.kind === "end" && close !== undefined) {
        throw this.#tokens.error(
          token,
          `Expected '${close}' to close the '${opened!.name.text}' on line ${opened!.name.line} ` +
            `but found the end of the file`,
        );
      }
      if (token.kind === "end" || (token.kind === "punctuation" && token.text === close)) {
        this.#tokens.next();
        this.#checkRequired(type, found, opened?.name ?? token);
        return found;
      }
      this.#field(type, found);
      if (!this.#tokens.skip(",")) this.#tokens.skip(";");
    }
  }

  #checkRequired(type: protobuf.Type, found: LocatedMessage, at: Token): void {
    const missing = type.fieldsArray.find((field) => field.required && !found.has(field.name));
    if (missing === undefined) return;
    throw this.#tokens.error(at, `Expected ${type.name} to have '${missing.name}' but found none`);
  }

  #field(type: protobuf.Type, found: LocatedMessage): void {
    const name = this.#tokens.next();
    const field = name.kind === "word" && Object.hasOwn(type.fields, name.text)
      ? type.fields[name.text]
      : undefined;
    if (field === undefined) throw this.#unknownField(type, name);
    const entries = found.get(field.name) ?? [];
    if (entries.length > 0 && !field.repeated) {
      throw this.#tokens.error(
        name,
        `Expected '${field.name}' once in a ${type.name} but found it again (first on line ${
          entries[0]!.at.line
        })`,
      );
    }
    found.set(field.name, entries);
    const isMessage = field.resolvedType instanceof protobuf.Type;
    if (!this.#tokens.skip(":") && !isMessage) {
      throw this.#tokens.error(
        this.#tokens.peek(),
        `Expected ':' after '${name.text}' but found ${describe(this.#tokens.peek())}`,
      );
    }
    const list = this.#tokens.peek();
    if (!this.#tokens.skip("[")) {
      entries.push(this.#value(field, name));
      return;
    }
    if (!field.repeated) {
      throw this.#tokens.error(list, `Expected one value for ${qualifiedName(field)} but found a list`);
    }
    if (this.#tokens.skip("]")) return;
    do entries.push(this.#value(field, name)); while (this.#tokens.skip(","));
    const end = this.#tokens.peek();
    if (!this.#tokens.skip("]")) {
      throw this.#tokens.error(
        end,
        `Expected ',' or ']' in a list of ${qualifiedName(field)} but found ${describe(end)}`,
      );
    }
  }

  #unknownField(type: protobuf.Type, token: Token): Error {
    const found = token.kind === "word" ? `'${token.text}'` : describe(token);
    const reason = `Expected a field of ${type.name} but found ${found}`;
    if (token.kind === "punctuation" && (token.text === "}" || token.text === ">")) {
      return this.#tokens.error(token, reason, `There is one '${token.text}' too many, here or above.`);
    }
    if (token.kind !== "word") return this.#tokens.error(token, reason);
    const near = nearest(token.text, Object.keys(type.fields));
    if (near !== undefined && near.toLowerCase() === token.text.toLowerCase()) {
      return this.#tokens.error(token, `${reason}, did you mean '${near}'?`);
    }
    const homes = homesOf(token.text, type);
    if (homes.length > 0) return this.#tokens.error(token, reason, `It belongs in ${homes.join(" or ")}.`);
    if (near !== undefined) {
      // A layer's parameters are a fork's more often than a slip.
      const hint = token.text.endsWith("_param") ? forkHint(token.text) : undefined;
      return this.#tokens.error(token, `${reason}, did you mean '${near}'?`, hint);
    }
    const file = ["SolverParameter", "NetParameter"].find((name) =>
      name !== type.name && Object.hasOwn(messageType(name).fields, token.text)
    );
    if (file !== undefined) return this.#tokens.error(token, reason, `It is a field of ${file}.`);
    return this.#tokens.error(token, reason, forkHint(token.text));
  }

  #value(field: protobuf.Field, name: Token): LocatedEntry {
    if (field.resolvedType instanceof protobuf.Type) {
      const by = this.#tokens.next();
      if (by.kind !== "punctuation" || (by.text !== "{" && by.text !== "<")) {
        throw this.#tokens.error(by, `Expected '{' after '${name.text}' but found ${describe(by)}`);
      }
      return { at: place(name), message: this.message(field.resolvedType, { by, name }) };
    }
    this.#scalar(field);
    return { at: place(name) };
  }

  #scalar(field: protobuf.Field): void {
    if (field.type === "string" || field.type === "bytes") return this.#string(field);
    const start = this.#tokens.peek();
    const negative = this.#tokens.skip("-");
    const token = this.#tokens.next();
    const written = `${negative ? "-" : ""}${describe(token, negative)}`;
    const fail = (expected: string, hint?: string) =>
      this.#tokens.error(
        start,
        `Expected ${expected} for ${qualifiedName(field)} but found ${written}`,
        hint,
      );
    if (field.resolvedType instanceof protobuf.Enum) {
      return checkEnum(field.resolvedType, token, negative, fail);
    }
    switch (field.type) {
      case "bool": {
        const isWord = token.kind === "word" && /^(?:true|True|t|false|False|f)$/.test(token.text);
        const isBit = token.kind === "number" && [0n, 1n].includes(integerOf(token) ?? -1n);
        if (negative || !(isWord || isBit)) throw fail("true or false");
        return;
      }
      case "float":
      case "double": {
        const isWord = token.kind === "word" && /^(?:inf|infinity|nan)$/i.test(token.text);
        // What begins as an octal or hexadecimal number is no decimal one, 01.5 as well.
        const isNumber = token.kind === "number" && !/^0[xX0-7]/.test(token.text);
        if (!isWord && !isNumber) throw fail("a number");
        return;
      }
      default: {
        const magnitude = token.kind === "number" ? integerOf(token) : undefined;
        if (magnitude === undefined) throw fail("an integer");
        const [low, high] = (isBigInt(field) ? ALL_BITS : INTEGER_RANGES)[field.type]!;
        const value = negative ? -magnitude : magnitude;
        if (value < low || value > high || (negative && low === 0n)) {
          throw fail(`an integer from ${low} to ${high}`);
        }
      }
    }
  }

  #string(field: protobuf.Field): void {
    const token = this.#tokens.peek();
    if (token.kind !== "string") {
      const word = token.kind === "word" || token.kind === "number";
      throw this.#tokens.error(
        token,
        `Expected a string for ${qualifiedName(field)} but found ${describe(token)}`,
        word ? `Put it in quotes: "${token.text}".` : undefined,
      );
    }
    const parts: Uint8Array[] = [];
    let isWellFormed = true; // a JavaScript string, unlike a file, can hold half a surrogate pair
    while (this.#tokens.peek().kind === "string") {
      const part = this.#tokens.next();
      isWellFormed &&= part.text.isWellFormed();
      parts.push(stringBytes(part));
    }
    if (field.type === "string" && !(isWellFormed && isUtf8(parts))) {
      throw this.#tokens.error(
        token,
        `Expected UTF-8 text for ${qualifiedName(field)} but found bytes that are not`,
      );
    }
  }
}

function checkEnum(
  type: protobuf.Enum,
  token: Token,
  negative: boolean,
  fail: (expected: string, hint?: string) => Error,
): void {
  const names = Object.keys(type.values);
  if (token.kind === "word" && !negative && names.includes(token.text)) return;
  if (token.kind === "number") {
    const id = integerOf(token);
    if (id !== undefined && names.some((name) => BigInt(type.values[name]!) === (negative ? -id : id))) {
      return;
    }
  }
  const bare = token.kind === "string" ? token.text.slice(1, -1) : token.text;
  const near = names.find((name) => name.toLowerCase() === bare.toLowerCase()) ?? nearest(bare, names);
  const known = names.filter((name) => type.values[name]! < FORK_NUMBERS);
  const expected = known.length > 10
    ? `a ${type.name}`
    : known.length === 1
    ? known[0]!
    : `one of ${known.join(", ")}`;
  throw fail(
    expected,
    near === undefined || negative
      ? undefined
      : `Did you mean ${near}${token.kind === "string" ? ", without quotes" : ""}?`,
  );
}

const place = (token: Token): Location => ({ line: token.line, column: token.column });

/** The value of a decimal, octal or hexadecimal integer token; undefined for other tokens. */
function integerOf(token: Token): bigint | undefined {
  if (/^0[0-7]+$/.test(token.text)) return BigInt(`0o${token.text.slice(1)}`);
  return /^(?:0[xX][0-9A-Fa-f]+|[0-9]+)$/.test(token.text) ? BigInt(token.text) : undefined;
}

function describe(token: Token, bare = false): string {
  if (token.kind === "end") return "the end of the file";
  const text = token.text.length > 40 ? `${token.text.slice(0, 40)}…` : token.text;
  return token.kind === "string" || bare ? text : `'${text}'`;
}

function isUtf8(parts: Uint8Array[]): boolean {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  try {
    for (const part of parts) decoder.decode(part, { stream: true });
    decoder.decode();
    return true;
  } catch {
    return false;
  }
}

/** Where a misplaced field belongs: the fields of a message or layer whose messages have a field `name`. */
function homesOf(name: string, type: protobuf.Type): string[] {
  const owners = [type, messageType("LayerParameter")];
  const fields = owners.flatMap((owner) =>
    owner.fieldsArray.filter((field) =>
      field.resolvedType instanceof protobuf.Type && Object.hasOwn(field.resolvedType.fields, name) &&
      field.resolvedType !== type && field.name !== "layers"
    )
  );
  const caffes = fields.filter((field) => !isOfForks(field.id));
  const homes = (caffes.length > 0 ? caffes : fields).map((field) => `${field.name} { … }`);
  return [...new Set(homes)].slice(0, 3);
}
