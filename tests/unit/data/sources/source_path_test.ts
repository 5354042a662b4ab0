import assert from "node:assert/strict";
import { resolveSource } from "../../../../data/sources/source_path.ts";
import { temporaryFolder } from "../fixture.ts";

Deno.test("a path is looked up from the current folder first, then beside the prototxt", () => {
  using folder = temporaryFolder();
  Deno.mkdirSync(`${folder.path}/db`);
  Deno.mkdirSync(`${folder.path}/data`);
  const prototxt = `${folder.path}/net.prototxt`;
  assert.equal(resolveSource("/absolute", prototxt), "/absolute");
  assert.equal(resolveSource("db", prototxt), `${folder.path}/db`);
  // The repository, where tests run, has a folder of this name as well.
  assert.equal(resolveSource("data", prototxt), "data");
  assert.equal(resolveSource("nowhere", prototxt), "nowhere");
  assert.equal(resolveSource("db"), "db");
});
