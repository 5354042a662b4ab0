import assert from "node:assert/strict";
import { join } from "node:path";
import { encode } from "../../../../proto/codec/binary.ts";
import { CremaError } from "../../../../base/error.ts";
import { locationOf } from "../../../../proto/text/location.ts";
import { readNet, readSolver } from "../../../../proto/nets/read.ts";
import { parseText } from "../../../../proto/text/text.ts";
import { fixture, fixtureText } from "../fixture.ts";

async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("readNet reads and upgrades text, and keeps the lines", async () => {
  const path = fixture("v1.prototxt");
  const net = await readNet(path);
  assert.deepEqual(net, parseText("NetParameter", fixtureText("v1.upgraded.prototxt")));
  assert.deepEqual(locationOf(net.layer![0]!), { file: path, line: 3, column: 1 });
});

Deno.test("readNet reads and upgrades binary files by extension or on demand", () =>
  withFolder(async (folder) => {
    const bytes = encode("NetParameter", { name: "n", layers: [{ type: "RELU" }] });
    const upgraded = { name: "n", layer: [{ type: "ReLU" }] };
    await Deno.writeFile(join(folder, "n.caffemodel"), bytes);
    await Deno.writeFile(join(folder, "n.weights"), bytes);
    assert.deepEqual(await readNet(join(folder, "n.caffemodel")), upgraded);
    assert.deepEqual(await readNet(join(folder, "n.weights"), { format: "binary" }), upgraded);
    await Deno.writeTextFile(join(folder, "t.pb"), 'name: "n"');
    assert.deepEqual(await readNet(join(folder, "t.pb"), { format: "text" }), { name: "n" });
  }));

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

Deno.test("readSolver upgrades and completes snapshot_prefix as Caffe does", () =>
  withFolder(async (folder) => {
    const path = join(folder, "my.solver.prototxt");
    const prefixOf = async (text: string) => {
      await Deno.writeTextFile(path, text);
      return (await readSolver(path)).snapshot_prefix;
    };
    assert.equal(await prefixOf(""), join(folder, "my.solver"));
    assert.equal(await prefixOf('snapshot_prefix: "out/lenet"'), "out/lenet");
    assert.equal(await prefixOf(`snapshot_prefix: "${folder}"`), join(folder, "my.solver"));
    await Deno.mkdir(join(folder, "out"));
    assert.equal(await prefixOf(`snapshot_prefix: "${folder}/out/"`), join(folder, "out", "my.solver"));
    assert.deepEqual(
      await readSolver(fixture("solver.prototxt")).then(({ type, base_lr }) => [type, base_lr]),
      [
        "Nesterov",
        0.01,
      ],
    );
    const solver = await readSolver(fixture("solver.prototxt"));
    assert.equal(locationOf(solver, "base_lr")!.line, 5);
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
