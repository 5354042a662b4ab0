import assert from "node:assert/strict";
import { join } from "node:path";
import { CremaError } from "../../../../base/error.ts";
import { encode } from "../../../../proto/codec/binary.ts";
import { readNet } from "../../../../proto/nets/read_net.ts";
import { readSolver } from "../../../../proto/nets/read_solver.ts";
import { withFolder } from "../fixture.ts";

Deno.test("files that are missing, folders, or something else are named in the error", () =>
  withFolder(async (folder) => {
    const missing = join(folder, "missing.prototxt");
    await assert.rejects(readNet(missing), (error) => {
      assert.ok(error instanceof CremaError);
      assert.equal(error.file, missing);
      assert.match(error.message, /Expected a net file but found no such file\. Paths are relative to /);
      return true;
    });
    await assert.rejects(readSolver(folder), /Expected a solver file but found a directory/);
    const weights = join(folder, "weights.prototxt");
    await Deno.writeFile(
      weights,
      encode("NetParameter", { name: "n", layer: [{ blobs: [{ data: new Float32Array(9) }] }] }),
    );
    await assert.rejects(readNet(weights), /weights\.prototxt: Expected a prototxt but found binary data/);
    const text = join(folder, "text.caffemodel");
    await Deno.writeTextFile(text, 'name: "n"\n');
    await assert.rejects(readNet(text), /text\.caffemodel: Expected a binary NetParameter but found text/);
    const wrong = join(folder, "wrong.prototxt");
    await Deno.writeTextFile(wrong, "\nnmae: 'n'\n");
    await assert.rejects(
      readNet(wrong),
      /wrong\.prototxt:2:1: Expected a field of NetParameter but found 'nmae'/,
    );
  }));

Deno.test("every network and solver of models/ is read", async () => {
  const models = new URL("../../../../models/", import.meta.url);
  for await (const folder of Deno.readDir(models)) {
    if (!folder.isDirectory) continue;
    for await (const { name } of Deno.readDir(new URL(`${folder.name}/`, models))) {
      if (!name.endsWith(".prototxt")) continue;
      const path = new URL(`${folder.name}/${name}`, models).pathname;
      if (name.includes("solver")) assert.ok((await readSolver(path)).base_lr! > 0, path);
      else assert.ok((await readNet(path)).layer!.length > 0, path);
    }
  }
});
