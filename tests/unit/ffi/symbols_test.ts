import assert from "node:assert/strict";
import { ABI_VERSION, declarations, hostDeclarations } from "../../../ffi/symbols.ts";

const header = Deno.readTextFileSync(new URL("../../../ffi/crema.h", import.meta.url));
const code = header.replaceAll(/\/\/.*/g, "");

/** One spelling for a declaration: single blanks, the star at the type. */
function normal(text: string): string {
  return text.trim().replaceAll(/\s+/g, " ").replaceAll(" *", "*");
}

function parameters(text: string): string[] {
  return normal(text) === "void" ? [] : text.split(",").map(normal);
}

/** The functions that the header exports: name, result, parameters. */
function exported(): [name: string, declarations: string[]][] {
  return [...code.matchAll(/CREMA_EXPORT\s+([^;()]+?)\s*\(([^)]*)\)\s*;/g)].map(
    ([, head = "", list = ""]) => {
      const [, result = "", name = ""] = /^(.*?)(\w+)$/s.exec(head) ?? [];
      return [name, [normal(result), ...parameters(list)]];
    },
  );
}

/** The functions of struct crema_host. */
function hostFunctions(): [name: string, declarations: string[]][] {
  const [, body = ""] = /typedef struct crema_host \{([^}]*)\}/.exec(code) ?? [];
  return [...body.matchAll(/([\w\s*]+?)\(\*(\w+)\)\s*\(([^)]*)\)\s*;/g)]
    .map(([, result = "", name = "", list = ""]) => [name, [normal(result), ...parameters(list)]]);
}

const SCALARS: Record<string, string> = {
  void: "void",
  int32_t: "i32",
  crema_status: "i32",
  int64_t: "i64",
  uint64_t: "u64",
  float: "f32",
  double: "f64",
};

/** The native types that a C declaration may cross as. */
function crossing(declaration: string, isResult: boolean): string[] {
  const type = normal(isResult ? declaration : declaration.replace(/\w+$/, "")).replace(/^const /, "");
  if (!type.endsWith("*")) return [SCALARS[type] ?? "?"];
  if (isResult || /^crema_(net|solver|blob|layer|buffer)\*$/.test(type)) return ["pointer"];
  return ["buffer", "pointer"];
}

function compare(table: Record<string, readonly (readonly [string, string])[]>, found: [string, string[]][]) {
  assert.deepEqual(Object.keys(table), found.map(([name]) => name));
  for (const [name, declared] of found) {
    const entry = table[name]!;
    assert.deepEqual(entry.map(([c]) => c), declared, name);
    for (const [i, [c, native]] of entry.entries()) {
      assert.ok(crossing(c, i === 0).includes(native), `${name}: ${c} crosses as ${native}`);
    }
  }
}

Deno.test("the symbol table mirrors crema.h", () => {
  const functions = exported();
  assert.ok(functions.length > 60);
  assert.equal(functions.length, code.match(/^CREMA_EXPORT /gm)!.length);
  compare(declarations, functions);
});

Deno.test("the host's callbacks mirror struct crema_host", () => {
  const functions = hostFunctions();
  assert.equal(functions.length, 7);
  compare(hostDeclarations, functions);
});

Deno.test("the version of the contract is the header's", () => {
  assert.equal(ABI_VERSION, Number(/#define CREMA_ABI_VERSION (\d+)/.exec(header)?.[1]));
});
