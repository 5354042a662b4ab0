import { type Location, PrototxtError } from "../../base/error.ts";

/** The kind of a {@link Token}. */
export type TokenKind = "word" | "number" | "string" | "punctuation" | "end";

/** A piece of a prototxt and its place. */
export interface Token {
  /** Its kind. */
  kind: TokenKind;
  /** As written: a string with its quotes. */
  text: string;
  /** Line, from 1. */
  line: number;
  /** Column, from 1. */
  column: number;
}

const PUNCTUATION = "{}<>:[],;-";
const SPACE = /(?:[ \t\v\f\r\n]+|#[^\n]*)+/y;
// deno-lint-ignore no-control-regex -- not seen in a message, so an error names them by number
const WORD = /[^\s#"'{}<>:[\],;\x00-\x1f\x7f-]+/y;
const NUMBERS = [
  /(?:[0-9]+\.[0-9]*(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+|[0-9]+)[fF]?/y,
  /0[xX][0-9A-Fa-f]+/y,
];
const ESCAPE = /\\(?:[abfnrtv?\\'"]|[xX][0-9A-Fa-f]{1,2}|[0-7]{1,3}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8})/y;
const SIMPLE_ESCAPES: Readonly<Record<string, number>> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11 };

/**
 * Cuts a prototxt into tokens with their places. It refuses what protobuf's text format refuses at this
 * level: malformed numbers, quotes and escapes.
 */
export class Tokenizer {
  readonly #source: string;
  readonly #file: string | undefined;
  #at = 0;
  #line = 1;
  #lineStart = 0;
  #ahead: Token | undefined;

  /** Starts at the beginning of `source`; `file` is for error messages. */
  constructor(source: string, file: string | undefined) {
    this.#source = source;
    this.#file = file;
  }

  /** The next token, without taking it. */
  peek(): Token {
    return this.#ahead ??= this.#read();
  }

  /** Takes the next token. */
  next(): Token {
    const token = this.peek();
    this.#ahead = undefined;
    return token;
  }

  /** Takes the next token if its text is `punctuation`. */
  skip(punctuation: string): boolean {
    const token = this.peek();
    if (token.kind !== "punctuation" || token.text !== punctuation) return false;
    this.#ahead = undefined;
    return true;
  }

  /** An error at a place. */
  error(at: Location, reason: string, hint?: string): PrototxtError {
    return new PrototxtError(reason, { file: this.#file, line: at.line, column: at.column, hint });
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.#source)?.[0];
  }

  #place(offset = this.#at): { line: number; column: number } {
    return { line: this.#line, column: offset - this.#lineStart + 1 };
  }

  #read(): Token {
    const space = this.#match(SPACE) ?? "";
    for (let i = 0; i < space.length; i++) {
      if (space[i] === "\n") {
        this.#line++;
        this.#lineStart = this.#at + i + 1;
      }
    }
    this.#at += space.length;
    const place = this.#place();
    const first = this.#source[this.#at];
    if (first === undefined) return { kind: "end", text: "", ...place };
    if (first === '"' || first === "'") return this.#string(first);
    if (/[0-9]/.test(first) || (first === "." && /[0-9]/.test(this.#source[this.#at + 1] ?? ""))) {
      return this.#number();
    }
    if (PUNCTUATION.includes(first)) {
      this.#at++;
      return { kind: "punctuation", text: first, ...place };
    }
    const text = this.#match(WORD);
    if (text === undefined) {
      const code = first.codePointAt(0)!.toString(16).padStart(4, "0");
      const hint = first === "\x1a" ? "It is Ctrl-Z, with which DOS ended files: delete it." : undefined;
      throw this.error(place, `Expected a field or a value but found the character U+${code}`, hint);
    }
    this.#at += text.length;
    return { kind: "word", text, ...place };
  }

  #number(): Token {
    const place = this.#place();
    const text = NUMBERS.map((pattern) => this.#match(pattern) ?? "")
      .reduce((longest, candidate) => candidate.length > longest.length ? candidate : longest);
    const badOctal = /^0[0-9]+$/.test(text) && /[89]/.test(text);
    const rest =
      /^[A-Za-z0-9_]*/.exec(this.#source.slice(this.#at + text.length, this.#at + text.length + 40))![0];
    if (rest !== "" || badOctal) throw this.error(place, `Expected a number but found '${text}${rest}'`);
    this.#at += text.length;
    return { kind: "number", text, ...place };
  }

  #string(quote: string): Token {
    const place = this.#place();
    const start = this.#at++;
    for (;;) {
      const char = this.#source[this.#at];
      if (char === quote) break;
      if (char === undefined || char === "\n") {
        throw this.error(
          place,
          `Expected a closing ${quote} but found the end of the ${char === undefined ? "file" : "line"}`,
        );
      }
      if (char === "\\") {
        const escape = this.#match(ESCAPE);
        const code = escape !== undefined && /^\\[uU]/.test(escape) ? parseInt(escape.slice(2), 16) : 0;
        if (escape === undefined || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
          const found = escape ?? this.#source.slice(this.#at, this.#at + 2).trimEnd();
          throw this.error(
            this.#place(),
            `Expected an escape such as \\n or \\" in a string but found '${found}'`,
            escape === undefined ? "Write '/' between folders, and '\\\\' for a backslash." : undefined,
          );
        }
        this.#at += escape.length;
      } else {
        this.#at++;
      }
    }
    this.#at++;
    return { kind: "string", text: this.#source.slice(start, this.#at), ...place };
  }
}

/** The bytes of a string token, with its escapes resolved and everything else in UTF-8. */
export function stringBytes(token: Token): Uint8Array {
  const encoder = new TextEncoder();
  const bytes: number[] = [];
  const body = token.text.slice(1, -1);
  for (let at = 0; at < body.length;) {
    if (body[at] !== "\\") {
      const stop = body.indexOf("\\", at);
      const run = body.slice(at, stop === -1 ? undefined : stop);
      for (const byte of encoder.encode(run)) bytes.push(byte);
      at += run.length;
      continue;
    }
    ESCAPE.lastIndex = at;
    const escape = ESCAPE.exec(body)![0];
    const letter = escape[1]!;
    if (/[xX]/.test(letter)) bytes.push(parseInt(escape.slice(2), 16));
    else if (/[0-7]/.test(letter)) bytes.push(parseInt(escape.slice(1), 8) & 255);
    else if (/[uU]/.test(letter)) {
      bytes.push(...encoder.encode(String.fromCodePoint(parseInt(escape.slice(2), 16))));
    } else bytes.push(SIMPLE_ESCAPES[letter] ?? letter.charCodeAt(0));
    at += escape.length;
  }
  return new Uint8Array(bytes);
}
