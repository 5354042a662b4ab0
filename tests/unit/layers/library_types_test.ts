import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { LIBRARY_TYPES, PYTHON_MODULES } from "../../../layers/library_types.ts";
import * as library from "../../../layers/mod.ts";
import { claimedTypes, layerClasses } from "../../../script/layer/layer_classes.ts";
import { libraryLayer } from "../../../script/layer/library_layer.ts";
import { moduleGraph } from "../../../tools/module_graph.ts";

const classes = layerClasses(library, (value) => claimedTypes(value).length > 0);

Deno.test("the index of the library's types names each type once, in order, and the module of its class", async () => {
  const types = [...classes.values()].flatMap(claimedTypes);
  assert.deepEqual(Object.keys(LIBRARY_TYPES), types.toSorted());
  for (const value of classes.values()) {
    for (const type of claimedTypes(value)) {
      assert.equal((await libraryLayer(type, {})).scriptClass, value, type);
    }
  }
});

Deno.test("the index of Python modules names files of the library, each with its Python class", async () => {
  for (const [name, file] of Object.entries(PYTHON_MODULES)) {
    const exports = await import(new URL(`../../../layers/${file}.ts`, import.meta.url).href);
    assert.deepEqual([...layerClasses(exports).keys()].length, 1, name);
  }
  assert.deepEqual(Object.keys(PYTHON_MODULES), Object.keys(PYTHON_MODULES).toSorted());
});

Deno.test("nothing imports a layer of the library before a net needs it", async () => {
  const root = fileURLToPath(new URL("../../../", import.meta.url)).slice(0, -1);
  const graph = await moduleGraph(root, ["mod.ts", "cli/train.ts"]);
  const files = new Set(Object.values(LIBRARY_TYPES).map((file) => `layers/${file}.ts`));
  assert.ok(graph.has("layers/library_types.ts"));
  assert.deepEqual([...graph.keys()].filter((module) => files.has(module) || module === "layers/mod.ts"), []);
});
