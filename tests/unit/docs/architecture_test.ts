import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { OWN_FOLDERS } from "../../../base/own_folders.ts";
import { root } from "../../../tools/root.ts";

const page = await Deno.readTextFile(join(root, "docs/architecture.md"));

Deno.test("docs/architecture.md names files that exist", () => {
  const named = Array.from(page.matchAll(/`((?:\w+\/)+[\w.]*|\w+\.\w+)`/g), ([, path]) => path!);
  const files = named.filter((path) => path.includes("/"));
  assert.ok(files.length > 40, `found ${files.length} names`);
  assert.deepEqual(files.filter((path) => !existsSync(join(root, path))), []);
});

Deno.test("docs/architecture.md draws the folders in the order in which they may import", () => {
  const drawn = Array.from(page.matchAll(/^(\w+)\/ {2,}/gm), ([, folder]) => folder!);
  assert.deepEqual(
    drawn.filter((folder) => (OWN_FOLDERS as readonly string[]).includes(folder)),
    OWN_FOLDERS.toReversed(),
  );
});
