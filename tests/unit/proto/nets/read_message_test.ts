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

Deno.test("text in UTF-16 is called that, not weights", () =>
  withFolder(async (folder) => {
    const text = 'name: "n"\n';
    for (const marked of [true, false]) {
      for (const big of [true, false]) {
        const units = [...(marked ? [0xfeff] : []), ...Array.from(text, (char) => char.charCodeAt(0))];
        const view = new DataView(new ArrayBuffer(2 * units.length));
        units.forEach((unit, i) => view.setUint16(2 * i, unit, !big));
        const path = join(folder, "net.prototxt");
        await Deno.writeFile(path, new Uint8Array(view.buffer));
        await assert.rejects(readNet(path), (error: CremaError) => {
          assert.equal(error.file, path);
          assert.match(
            error.message,
            /Expected a prototxt in UTF-8 but found text in UTF-16\. Save it in UTF-8/,
          );
          return true;
        });
      }
    }
  }));

Deno.test("a path with backslashes gets a hint", async () => {
  for (const path of ["nets\\lenet.prototxt", "C:\\nets\\lenet.prototxt", "data\train.prototxt"]) {
    await assert.rejects(readNet(path), /found no such file\. Write '\/' between folders/);
  }
});

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
