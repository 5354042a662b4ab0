import assert from "node:assert/strict";
import { hiddenImports } from "../../../../script/modules/hidden_imports.ts";

/** What is found in a source, as "line:column what". */
const found = (source: string) =>
  hiddenImports("file:///m.ts", source).map(({ line, column, what }) => `${line}:${column} ${what}`);

Deno.test("imports by a computed name and Workers are found, with line and column", () => {
  for (
    const [source, ...expected] of [
      ["import(name)", "1:1 import"],
      ["\n  await import( `./${name}.ts` );", "2:9 import"],
      ['import("./a" + ".ts")', "1:1 import"],
      ["import /* type */ (name)", "1:1 import"],
      ["import(cond ? './a.ts' : './b.ts')", "1:1 import"],
      ["import.defer(name)", "1:1 import"],
      ['new Worker(new URL("./w.ts", import.meta.url))', "1:1 Worker"],
      ["x = new globalThis.Worker(u);\ny = new SharedWorker(u)", "1:5 Worker", "2:5 Worker"],
      ["`${import(name)}`", "1:4 import"],
      ["`${ {a: `${1}`} } ${new Worker(u)}`", "1:21 Worker"],
      ["a / b; import(name); c / d", "1:8 import"],
      ['const r = /[/"]/; import(name)', "1:19 import"],
      ["const r = x ? /`/ : 1; new Worker(u)", "1:24 Worker"],
      ["'\\'' ; import(name)", "1:8 import"],
    ] as const
  ) assert.deepEqual(found(source!), expected, source);
});

Deno.test("what the module graph has, and what is not code, is not found", () => {
  for (
    const source of [
      'import a from "./a.ts"; export * from "./b.ts";',
      'await import("./a.ts"); import(\'./b.ts\', { with: { type: "json" } }); import(`./c.ts`)',
      "import.meta.url; import.meta.resolve(name)",
      "loader.import(name); reimport(name); $import(name)",
      "// import(name)\n/* new Worker(u) */",
      "\"import(name)\" + 'new Worker(u)' + `new Worker(u) ${1} import(name)`",
      "/import(name)|new Worker(u)/.test(x)",
      "class Worker {}; Worker.start(); new WorkerPool()",
    ]
  ) assert.deepEqual(found(source), [], source);
});

Deno.test("no source takes long or fails", () => {
  for (const piece of ["`${", "/*", "'", '"', "`", "/", "((", "{}", "\\"]) {
    assert.deepEqual(found(piece.repeat(20_000)), [], piece);
  }
});
