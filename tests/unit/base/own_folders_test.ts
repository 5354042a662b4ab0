import assert from "node:assert/strict";
import { OWN_FOLDERS } from "../../../base/own_folders.ts";
import { root } from "../../../tools/root.ts";
import { sourceFiles } from "../../../tools/source_files.ts";

/** Folders with modules that are not part of the product. */
const OTHERS = ["bench", "examples", "models", "tests", "tools"];

Deno.test("OWN_FOLDERS names every folder that holds modules of the product", async () => {
  const files = await sourceFiles(root, [".ts"]);
  const folders = new Set(files.filter((file) => file.includes("/")).map((file) => file.split("/")[0]!));
  assert.deepEqual([...folders].sort(), [...OWN_FOLDERS, ...OTHERS].sort());
});
