import assert from "node:assert/strict";
import { join } from "node:path";
import { readSolver } from "../../../../proto/nets/read_solver.ts";
import { locationOf } from "../../../../proto/text/location.ts";
import { fixture, withFolder } from "../fixture.ts";

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
