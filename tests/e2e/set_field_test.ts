import assert from "node:assert/strict";
import { decode } from "../../proto/mod.ts";
import { inFolder, runCrema } from "./run_crema.ts";
import { tinySolver, writeTiny } from "./tiny_net.ts";

Deno.test("a solver by its name alone, with fields set: snapshots, isolated processes and tests see them", async () => {
  await inFolder(async (folder) => {
    await writeTiny(folder, tinySolver({ max_iter: 40, random_seed: 1 }));
    const set = ["--set", "max_iter=3", "--set", "net:hidden.num_output=5", "--set", "snapshot_prefix=other"];
    const trained = await runCrema(
      folder,
      "train",
      "solver.prototxt",
      "--isolate",
      ...set,
      "--patience",
      "0",
    );
    assert.equal(trained.code, 0, trained.stderr);
    const { layer = [] } = decode("NetParameter", await Deno.readFile(`${folder}/other_iter_3.caffemodel`));
    const hidden = layer.find(({ name }) => name === "hidden")!;
    assert.equal(hidden.inner_product_param?.num_output, 5);
    assert.deepEqual(hidden.blobs![0]!.shape!.dim, [5, 10]);
    const args = ["--weights", "other_iter_3.caffemodel", "--iterations", "2", "--json"];
    const tested = await runCrema(folder, "test", "net.prototxt", ...args, "--set", "hidden.num_output=5");
    assert.equal(tested.code, 0, tested.stderr);
    assert.ok("accuracy" in JSON.parse(tested.stdout));
  });
});

Deno.test("find-lr prints its suggestion and draws it, and writes nothing else", async () => {
  await inFolder(async (folder) => {
    await writeTiny(folder, tinySolver({ random_seed: 1 }));
    const args = ["--from", "1e-4", "--to", "10", "--steps", "40", "--out", "lr.svg"];
    const { code, stdout, stderr } = await runCrema(folder, "find-lr", "solver.prototxt", ...args);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^lr 0\.0001 +loss [\d.]+ +smoothed [\d.]+\n/);
    const [, suggestion] = /Suggested base_lr, where the loss falls fastest: ([\d.e-]+)\n$/.exec(stdout) ??
      [];
    assert.ok(Number(suggestion) >= 1e-4 && Number(suggestion) <= 10, stdout);
    const svg = await Deno.readTextFile(`${folder}/lr.svg`);
    assert.match(svg, /^<svg [\s\S]*steepest: [\s\S]*<\/svg>\n$/);
    const names = Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
    assert.deepEqual(names, ["lr.svg", "net.prototxt", "solver.prototxt"]);
    // What can't be drawn to is told before the test.
    for (
      const [out, expected] of [["lr.png", /a file \.svg/], [
        "no/lr.svg",
        /its folder is not there/,
      ]] as const
    ) {
      const refused = await runCrema(folder, "find-lr", "solver.prototxt", "--out", out);
      assert.deepEqual([refused.code, refused.stdout], [1, ""]);
      assert.match(refused.stderr, expected);
    }
  });
});
