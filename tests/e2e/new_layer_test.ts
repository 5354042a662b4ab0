import assert from "node:assert/strict";
import { inFolder, ROOT, runCrema } from "./run_crema.ts";

/** Checks that a new layer's files work as they are. */
async function assertWorks(folder: string, file: string, testOptions: string[] = []): Promise<void> {
  const check = await runCrema(folder, "check", `./${file}.ts`);
  assert.equal(check.code, 0, check.stdout + check.stderr);

  // Deno must not take the folder's deno.json for its own when it reads doc comments.
  const show = await runCrema(folder, "layers", "show", `./${file}.ts`);
  assert.equal(show.code, 0, show.stderr);
  assert.match(show.stdout, /^\.\/\w+\.ts\nfile:.*\n\n\w+Layer\n\n {2}\S/);

  const test = await new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", ...testOptions, `${file}_test.ts`],
    cwd: folder,
    env: { NO_COLOR: "1" },
  }).output();
  const told = new TextDecoder().decode(test.stdout) + new TextDecoder().decode(test.stderr);
  assert.equal(test.code, 0, told);
  assert.match(told, /ok \| 2 passed \| 0 failed/);

  // As a careful user's project would have it.
  for (const args of [["fmt", "--check"], ["lint"], ["check", ...testOptions]]) {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [...args, `${file}.ts`, `${file}_test.ts`],
      cwd: folder,
      env: { NO_COLOR: "1" },
    }).output();
    assert.equal(code, 0, new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr));
  }

  const train = await runCrema(folder, "train", "--solver", `${file}_solver.prototxt`);
  assert.equal(train.code, 0, train.stderr);
  const losses = [...train.stderr.matchAll(/Iteration \d+ \(.*, loss = (\S+)/g)].map(([, loss]) =>
    Number(loss)
  );
  assert.equal(losses.length, 10);
  assert.ok(losses.at(-1)! < losses[0]! / 4, `the loss falls: ${losses.join(" ")}`);
}

Deno.test("crema new layer writes a loss, its test and a net that trains with it", async () => {
  await inFolder(async (folder) => {
    const made = await runCrema(folder, "new", "layer", "center_loss");
    assert.equal(made.code, 0, made.stderr);
    for (const file of ["center_loss.ts", "center_loss_test.ts", "center_loss_net.prototxt", "deno.json"]) {
      assert.match(made.stdout, new RegExp(`^wrote ${file}$`, "m"));
    }
    assert.match(made.stdout, /\n {2}crema train --solver center_loss_solver\.prototxt\n$/);
    assert.match(
      await Deno.readTextFile(`${folder}/center_loss.ts`),
      /export class CenterLossLayer extends Layer<.*static type = "CenterLoss";.*static isLoss = true;/s,
    );
    await assertWorks(folder, "center_loss");

    const before = await Deno.readTextFile(`${folder}/center_loss.ts`);
    await Deno.remove(`${folder}/center_loss_test.ts`);
    const again = await runCrema(folder, "new", "layer", "CenterLossLayer");
    assert.equal(again.code, 1);
    assert.match(again.stderr, /^error: Expected to write new files but found center_loss\.ts, .* already\./);
    assert.equal(await Deno.readTextFile(`${folder}/center_loss.ts`), before);
    await assert.rejects(Deno.stat(`${folder}/center_loss_test.ts`), Deno.errors.NotFound);
  });
});

Deno.test("crema new layer writes a layer with a parameter, beside a deno.json without Crema", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/deno.json`, "{}");
    const made = await runCrema(folder, "new", "layer", "SoftSlope");
    assert.equal(made.code, 0, made.stderr);
    assert.equal(await Deno.readTextFile(`${folder}/deno.json`), "{}");
    assert.ok(made.stdout.includes(`deno test -A --config ${ROOT}deno.json soft_slope_test.ts`), made.stdout);
    await assertWorks(folder, "soft_slope", ["--config", `${ROOT}deno.json`]);
  });
});

Deno.test("crema new refuses what can't be a layer's name, and kinds of files that it does not know", async () => {
  await inFolder(async (folder) => {
    for (const name of ["../center", "9loss", "a b", ""]) {
      const { code, stderr } = await runCrema(folder, "new", "layer", name);
      assert.equal(code, 1);
      assert.match(stderr, /^error: Expected a name such as center_loss or CenterLoss but found /);
    }
    const { code, stderr } = await runCrema(folder, "new", "net", "lenet");
    assert.equal(code, 1);
    assert.match(stderr, /Allowed choices are layer/);
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  });
});
