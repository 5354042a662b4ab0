/**
 * The `param_str` of a Python layer, which such layers read as YAML or as a Python dictionary:
 * `'feat_stride': 16`, one key per line, or `{'scales': [8, 16]}`. Values are numbers, booleans, null, text,
 * lists and mappings in brackets; tags such as `!!python/tuple` are left out. Throws a SyntaxError for other
 * text.
 *
 * ```ts
 * import { readPythonParam } from "./python_param.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(readPythonParam("'feat_stride': 16\n'scales': !!python/tuple [8, 16.5]"), {
 *   feat_stride: 16,
 *   scales: [8, 16.5],
 * });
 * ```
 */
export function readPythonParam(text: string): Record<string, unknown> {
  return new Reader(text).document();
}

const WORDS = new Map<string, unknown>([
  ["true", true],
  ["True", true],
  ["false", false],
  ["False", false],
  ["null", null],
  ["None", null],
  ["~", null],
]);

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): Record<string, unknown> {
    this.#skip(/(?:\s|#.*)*/y);
    const result = this.#peek() === "{" ? this.#mapping() : this.#lines();
    this.#skip(/(?:\s|#.*)*/y);
    if (this.#at < this.#text.length) this.#fail("the end");
    return result;
  }

  /** `key: value` on each line, as far in as the first. */
  #lines(): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    while (this.#at < this.#text.length) {
      const key = this.#key();
      this.#skip(/[ \t]*/y);
      result[key] = this.#value(/[^\n#]*/y);
      if (this.#skip(/[ \t]*(?:#.*)?(?:\n|$)/y) === undefined) this.#fail("the end of the line");
      this.#skip(/(?:\s|#.*)*/y);
    }
    return result;
  }

  #mapping(): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    this.#each("}", () => {
      const key = this.#key();
      this.#skip(/\s*/y);
      result[key] = this.#value(/[^,{}[\]()\n]*/y);
    });
    return result;
  }

  #list(end: string): unknown[] {
    const result: unknown[] = [];
    this.#each(end, () => result.push(this.#value(/[^,{}[\]()\n]*/y)));
    return result;
  }

  /** Reads what stands between an opening bracket and `end`, separated by commas. */
  #each(end: string, read: () => void): void {
    this.#at++;
    this.#skip(/\s*/y);
    while (this.#peek() !== end) {
      read();
      this.#skip(/\s*/y);
      if (this.#skip(/,\s*/y) === undefined && this.#peek() !== end) this.#fail(`',' or '${end}'`);
    }
    this.#at++;
  }

  #key(): string {
    const quoted = this.#quoted();
    const key = quoted ?? this.#skip(/\w[\w.-]*/y) ?? this.#fail("a key");
    if (this.#skip(/\s*:(?=\s|['"[{(]|$|\d)/y) === undefined) this.#fail("':'");
    return key;
  }

  #value(plain: RegExp): unknown {
    this.#skip(/!\S*\s*/y); // a tag
    const first = this.#peek();
    if (first === "{") return this.#mapping();
    if (first === "[") return this.#list("]");
    if (first === "(") return this.#list(")");
    const quoted = this.#quoted();
    if (quoted !== undefined) return quoted;
    const word = (this.#skip(plain) ?? "").trim();
    if (word === "") this.#fail("a value");
    if (WORDS.has(word)) return WORDS.get(word);
    return /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(word) ? Number(word) : word;
  }

  #quoted(): string | undefined {
    const double = this.#skip(/"(?:[^"\\]|\\.)*"/y);
    if (double !== undefined) return double.slice(1, -1).replaceAll(/\\(.)/g, "$1");
    return this.#skip(/'(?:[^']|'')*'/y)?.slice(1, -1).replaceAll("''", "'");
  }

  #peek(): string | undefined {
    return this.#text[this.#at];
  }

  /** What matches here, which is then read; undefined if nothing does. */
  #skip(sticky: RegExp): string | undefined {
    sticky.lastIndex = this.#at;
    const found = sticky.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #fail(expected: string): never {
    const found = this.#text.slice(this.#at, this.#at + 20);
    throw new SyntaxError(`Expected ${expected} but found ${found === "" ? "the end" : `'${found}'`}`);
  }
}
