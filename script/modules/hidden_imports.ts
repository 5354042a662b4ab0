/** A place in a module that loads other modules in a way that nobody can know before it runs. */
export interface HiddenImport {
  /** URL of the module. */
  readonly url: string;
  /** Line, from 1. */
  readonly line: number;
  /** Column, from 1. */
  readonly column: number;
  /** What is there: `import(…)` with a computed name, or a Worker. */
  readonly what: "import" | "Worker";
}

const WORKER = /\bnew\s+(?:(?:globalThis|self|window)\s*\.\s*)?(?:Shared)?Worker\b/g;
const IMPORT =
  /(?<![.\w$#])import\s*(?:\.\s*(?:source|defer)\s*)?\((?!\s*(?:"[^"]*"|'[^']*'|`[^`$]*`)\s*[,)])/g;

/**
 * The places in a module's source at which it starts a Worker or imports a module by a computed name: what
 * they load is in no module graph.
 *
 * ```ts
 * import { hiddenImports } from "./hidden_imports.ts";
 * import assert from "node:assert/strict";
 *
 * const source = 'import "./a.ts";\nconst b = await import("./b.ts");\nconst c = await import(name);';
 * const [only] = hiddenImports("file:///m.ts", source);
 * assert.deepEqual(only, { url: "file:///m.ts", line: 3, column: 17, what: "import" });
 * ```
 */
export function hiddenImports(url: string, source: string): HiddenImport[] {
  const code = codeOf(source);
  const found = [
    ...Array.from(code.matchAll(WORKER), ({ index }) => ({ index, what: "Worker" as const })),
    ...Array.from(code.matchAll(IMPORT), ({ index }) => ({ index, what: "import" as const })),
  ].sort((a, b) => a.index - b.index);
  return found.map(({ index, what }) => {
    const before = code.slice(0, index).split("\n");
    return { url, line: before.length, column: before.at(-1)!.length + 1, what };
  });
}

// A "/" after one of these begins a regular expression, after anything else it divides.
const BEFORE_EXPRESSION =
  /(?:^|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|in|of|do|else|void|throw|new|delete|await|yield))$/;

/** The source with spaces instead of comments, regular expressions and the insides of strings. */
function codeOf(source: string): string {
  const code: string[] = [];
  const keep = (text: string) => code.push(text);
  const blank = (text: string) => code.push(text.replaceAll(/[^\n]/g, " "));
  /** For each `${` that is open, how many braces are open inside of it. */
  const templates: number[] = [];
  let last = ""; // the end of the code so far, without spaces
  let at = 0;
  const take = (pattern: RegExp) => {
    pattern.lastIndex = at;
    const text = pattern.exec(source)?.[0] ?? "";
    at += text.length;
    return text;
  };
  const template = () => {
    blank(take(/(?:[^`\\$]|\\[^]|\$(?!\{))*/y));
    const end = take(/`|\$\{/y);
    keep(end);
    if (end === "${") templates.push(0);
    last = end === "${" ? "{" : "`";
  };
  while (at < source.length) {
    const space = take(/\s+/y);
    if (space !== "") {
      keep(space);
      continue;
    }
    const comment = take(/\/\/[^\n]*|\/\*[^]*?(?:\*\/|$)/y);
    if (comment !== "") {
      blank(comment);
      continue;
    }
    const string = take(/"(?:[^"\\\n]|\\[^])*"?|'(?:[^'\\\n]|\\[^])*'?/y);
    if (string !== "") {
      keep(string[0]!);
      blank(string.slice(1, -1));
      if (string.length > 1) keep(string.at(-1)!);
      last = '"';
      continue;
    }
    if (source[at] === "/" && BEFORE_EXPRESSION.test(last)) {
      const regex = take(/\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/\w*/y);
      if (regex !== "") {
        blank(regex);
        last = ")";
        continue;
      }
    }
    const word = take(/[\w$]+/y);
    if (word !== "") {
      keep(word);
      last = word;
      continue;
    }
    const char = source[at++]!;
    keep(char);
    last = char;
    const open = templates.length - 1;
    if (char === "`") template();
    else if (open >= 0 && char === "{") templates[open]!++;
    else if (open >= 0 && char === "}" && templates[open]!-- === 0) {
      templates.pop();
      template();
    }
  }
  return code.join("");
}
