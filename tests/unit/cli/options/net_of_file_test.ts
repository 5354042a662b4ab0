import assert from "node:assert/strict";
import { positionalFile } from "../../../../cli/options/positional_file.ts";
import { readNetOf } from "../../../../cli/options/net_of_file.ts";

Deno.test("a net is read from its own file or a solver's, whose phase decides", async () => {
  const folder = await Deno.makeTempDir();
  const write = async (name: string, text: string) => {
    await Deno.writeTextFile(`${folder}/${name}`, text);
    return `${folder}/${name}`;
  };
  try {
    const layer = (name: string, phase: string) =>
      `layer { name: "${name}" type: "ReLU" include { phase: ${phase} } }`;
    const net = await write("net.prototxt", `${layer("a", "TRAIN")}\n${layer("b", "TEST")}`);
    const solver = await write("solver.prototxt", 'net: "net.prototxt" test_iter: 1 test_interval: 1');
    const untested = await write("untested.prototxt", 'net: "net.prototxt"');
    const names = async (file: string, phase: "TRAIN" | "TEST") =>
      (await readNetOf(file, phase)).layer!.map(({ name }) => name);
    assert.deepEqual(await names(net, "TRAIN"), ["a", "b"]);
    assert.deepEqual(await names(solver, "TRAIN"), ["a"]);
    assert.deepEqual(await names(solver, "TEST"), ["b"]);
    await assert.rejects(names(untested, "TEST"), /untested\.prototxt: Expected a solver with a test net/);
    // Of two readers, that which got further tells what is wrong.
    const wrong = await write("wrong.prototxt", "base_lr: 1\nmax_itr: 3");
    await assert.rejects(names(wrong, "TEST"), /wrong\.prototxt:2:1: .*'max_itr', did you mean 'max_iter'/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a file may be given by name or place, but not as two", () => {
  assert.equal(positionalFile("solver", "--solver", "a", undefined), "a");
  assert.equal(positionalFile("solver", "--solver", undefined, "b"), "b");
  assert.equal(positionalFile("solver", "--solver", "a", "a"), "a");
  assert.throws(
    () => positionalFile("solver", "--solver", "a", "b"),
    /Expected one solver but found 'b' and --solver a/,
  );
  assert.throws(
    () => positionalFile("solver", "--solver", undefined, undefined),
    /Expected a solver but found none/,
  );
});
