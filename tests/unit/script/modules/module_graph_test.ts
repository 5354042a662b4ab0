import assert from "node:assert/strict";
import { dirname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import config from "../../../../deno.json" with { type: "json" };
import { moduleGraph } from "../../../../script/modules/module_graph.ts";
import { isOwn } from "../../../../script/modules/own_modules.ts";
import { shownUrl } from "../../../../script/modules/shown_url.ts";

/** Writes files into a folder, and hands over what makes URLs of their names. */
async function withFiles(
  files: Record<string, string>,
  test: (url: (name: string) => string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "crema-graph-" });
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.mkdir(dirname(`${folder}/${name}`), { recursive: true });
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    await test((name) => pathToFileURL(`${folder}/${name}`).href);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a module's graph has what runs: imports, re-exports, JSON, dynamic imports by name, circles; no types", () =>
  withFiles({
    "a.ts":
      `import { b } from "./b.ts"; import type { T } from "./types.ts"; import data from "./data.json" with { type: "json" };
      export { c } from "./c.ts"; export const later = () => import("./later.ts"); export const t: T = [b, data];`,
    "b.ts": `import "./a.ts"; export const b = 1;`,
    "c.ts": "export const c = 1;",
    "data.json": "{}",
    "later.ts": "export {};",
    "types.ts": "export type T = unknown;",
  }, async (url) => {
    const { root, modules, imports, packages, faults } = await moduleGraph(url("a.ts"));
    assert.equal(root, url("a.ts"));
    assert.equal(modules[0], root);
    assert.deepEqual(modules.toSorted(), ["a.ts", "b.ts", "c.ts", "data.json", "later.ts"].map(url));
    assert.deepEqual(imports.get(url("b.ts")), [url("a.ts")]);
    assert.deepEqual([packages.size, faults.size], [0, 0]);
  }));

Deno.test("packages, the runtime and Crema are told by name and version, as the running program resolves them", () =>
  withFiles({
    "a.ts":
      `import { z } from "zod"; import fs from "node:fs"; import { Layer } from "crema"; import * as n from "npm:zod@4";
      import { softmax } from "${new URL("../../../../layers/shared/softmax.ts", import.meta.url).href}";
      export default [z, fs, Layer, n, softmax];`,
  }, async (url) => {
    const { modules, packages } = await moduleGraph(url("a.ts"));
    assert.deepEqual(modules, [url("a.ts")]);
    const zod = config.imports.zod;
    assert.deepEqual([...packages].sort(), [
      ["crema", config.version],
      ["node:fs", `deno@${Deno.version.deno}`],
      ["npm:zod@4", packages.get("npm:zod@4")!],
      ["zod", zod],
    ]);
    assert.match(packages.get("npm:zod@4")!, /^npm:zod@4\.\d+\.\d+$/);
  }));

Deno.test("a package that the program has in node_modules goes by its version; a module of one that is named is a module", () =>
  withFiles({
    "deno.json":
      `{ "imports": { "pack": "./node_modules/pack/main.js", "@own/pack": "./node_modules/@own/pack/a/b.js" } }`,
    "node_modules/pack/package.json": `{ "name": "pack", "version": "1.2.3" }`,
    "node_modules/pack/main.js": `import "./more.js";`,
    "node_modules/pack/more.js": "",
    "node_modules/@own/pack/package.json": `{ "name": "@own/pack", "version": "4.5.6-rc.1" }`,
    "node_modules/@own/pack/a/b.js": "",
    "a.ts": `import "pack"; import "@own/pack";`,
    "run.ts": `import { moduleGraph } from "${
      new URL("../../../../script/modules/module_graph.ts", import.meta.url).href
    }";
      const { modules, packages, faults } = await moduleGraph(Deno.args[0]!);
      console.log(JSON.stringify({ modules, packages: [...packages], faults: [...faults] }));`,
  }, async (url) => {
    const graph = async (name: string) => {
      const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          "-A",
          "--config",
          fileURLToPath(url("deno.json")),
          fileURLToPath(url("run.ts")),
          url(name),
        ],
      }).output();
      const text = new TextDecoder().decode(stdout);
      return JSON.parse(text === "" ? new TextDecoder().decode(stderr) : text);
    };
    assert.deepEqual(await graph("a.ts"), {
      modules: [url("a.ts")],
      packages: [["pack", "npm:pack@1.2.3"], ["@own/pack", "npm:@own/pack@4.5.6-rc.1"]],
      faults: [],
    });
    const [main, more] = ["main.js", "more.js"].map((name) => url(`node_modules/pack/${name}`));
    assert.deepEqual(await graph("node_modules/pack/main.js"), {
      modules: [main, more],
      packages: [],
      faults: [],
    });
  }));

Deno.test("what is not there, does not parse, or has no meaning is a fault of its module", () =>
  withFiles({
    "a.ts": `import "./b.ts"; import "./none.ts"; import "./c.ts";`,
    "b.ts": "let x = ;",
    "c.ts": `import "no-such-name";`,
  }, async (url) => {
    const { modules, faults } = await moduleGraph(url("a.ts"));
    assert.deepEqual(modules.toSorted(), ["a.ts", "b.ts", "c.ts", "none.ts"].map(url));
    assert.deepEqual([...faults.keys()].sort(), ["b.ts", "c.ts", "none.ts"].map(url));
    assert.match(faults.get(url("b.ts"))!, /Expression expected/);
    assert.match(faults.get(url("c.ts"))!, /no-such-name/);
  }));

Deno.test("a deno.json beside a module does not count, and a relative DENO_DIR means what it means here", () =>
  withFiles({
    "deno.json": `{ "imports": { "crema": "file:///nowhere/mod.ts", "./b.ts": "./none.ts" } }`,
    "a.ts": `import "crema"; import "./b.ts";`,
    "b.ts": "export {};",
  }, async (url) => {
    const folder = fileURLToPath(url("."));
    const [cwd, cache] = [Deno.cwd(), Deno.env.get("DENO_DIR")];
    try {
      Deno.chdir(folder);
      Deno.env.set("DENO_DIR", "cache");
      const { modules, packages, faults } = await moduleGraph(url("a.ts"));
      assert.deepEqual(modules, ["a.ts", "b.ts"].map(url));
      assert.deepEqual([...packages], [["crema", config.version]]);
      assert.equal(faults.size, 0);
      assert.ok((await Deno.stat("cache")).isDirectory);
    } finally {
      Deno.chdir(cwd);
      if (cache === undefined) Deno.env.delete("DENO_DIR");
      else Deno.env.set("DENO_DIR", cache);
    }
  }));

Deno.test("Crema's own modules go by its version", async () => {
  const own = new URL("../../../../layers/focal_loss.ts", import.meta.url).href;
  assert.ok(isOwn(own));
  assert.ok(!isOwn(import.meta.url));
  const { modules, packages } = await moduleGraph(own);
  assert.deepEqual(modules, []);
  assert.deepEqual([...packages], [["crema", config.version]]);
  assert.equal(shownUrl("file:///home/me/a%20b.ts"), "/home/me/a b.ts");
  assert.equal(shownUrl("https://example.org/a.ts"), "https://example.org/a.ts");
});
