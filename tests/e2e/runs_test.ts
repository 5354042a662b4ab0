import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { inFolder, readLines, runCrema, startCrema } from "./run_crema.ts";
import { tinySolver, writeTiny } from "./tiny_net.ts";

Deno.test("crema train --run keeps a folder, and crema runs lists, compares and removes it", async (t) => {
  await inFolder(async (folder) => {
    const train = (...args: string[]) => runCrema(folder, "train", "--solver", "solver.prototxt", ...args);
    await writeTiny(folder, tinySolver({ test_iter: 2, test_interval: 20, snapshot: 20, random_seed: 7 }));

    await t.step("the same weights as without a run, in the run's folder", async () => {
      const { code, stderr } = await train("--run", "one", "--histograms");
      assert.equal(code, 0, stderr);
      assert.match(stderr, /run\.ts:1\] The run is in runs\/one; best: accuracy [\d.]+ at \d+\n/);
      assert.ok(!existsSync(`${folder}/tiny_iter_40.caffemodel`));
      assert.equal((await train()).code, 0);
      assert.deepEqual(
        Deno.readFileSync(`${folder}/tiny_iter_40.caffemodel`),
        Deno.readFileSync(`${folder}/runs/one/last.caffemodel`),
      );
      const args = JSON.parse(Deno.readTextFileSync(`${folder}/runs/one/args.json`));
      assert.deepEqual(args.arguments, [
        "train",
        "--solver",
        "solver.prototxt",
        "--run",
        "one",
        "--histograms",
      ]);
      const log = Deno.readTextFileSync(`${folder}/runs/one/log.txt`);
      for (
        const line of [
          "Use CPU.",
          "Starting Optimization",
          "Solving tiny",
          "Iteration 30, lr = ",
          "Mean of 3 classes",
        ]
      ) {
        assert.ok(log.includes(line), line);
      }
    });

    await t.step("an existing run is an error, unless it goes on", async () => {
      const { code, stderr } = await train("--run", "one");
      assert.equal(code, 1);
      assert.match(stderr, /Expected a new run but found that 'runs\/one' exists/);
      await Deno.writeTextFile(
        `${folder}/solver.prototxt`,
        tinySolver({ test_iter: 2, test_interval: 20, max_iter: 60 }),
      );
      const resumed = await train("--run", "one", "--snapshot", "auto");
      assert.equal(resumed.code, 0, resumed.stderr);
      assert.match(resumed.stderr, /Resuming from runs\/one\/snapshots\/one_iter_40\.solverstate/);
      assert.match(
        Deno.readTextFileSync(`${folder}/runs/one/log.txt`),
        /Iteration 0, lr[^]*Iteration 50, lr/,
      );
    });

    await t.step("options of runs need a run", async () => {
      const { code, stderr } = await train("--histograms");
      assert.equal(code, 1);
      assert.match(stderr, /Expected --run with --histograms/);
    });

    await t.step("a killed run and a damaged one are listed", async () => {
      await Deno.writeTextFile(
        `${folder}/long.prototxt`,
        tinySolver({ test_iter: 1, test_interval: 5, max_iter: 1e9 }),
      );
      const child = startCrema(folder, "train", "--solver", "long.prototxt", "--run", "two");
      const metrics = `${folder}/runs/two/metrics.jsonl`;
      while (!existsSync(metrics) || !/"iteration":10,.*"train"/.test(Deno.readTextFileSync(metrics))) {
        await new Promise((done) => setTimeout(done, 20));
      }
      child.kill("SIGKILL");
      await child.output();
      Deno.mkdirSync(`${folder}/runs/odd`);
      Deno.writeTextFileSync(`${folder}/runs/odd/run.json`, "{");
      const { code, stdout } = await runCrema(folder, "runs");
      assert.equal(code, 0);
      const lines = stdout.trimEnd().split("\n").map((line) => line.split(/  +/).slice(0, 5));
      assert.deepEqual(lines[0], ["name", "net", "iterations", "best", "state"]);
      assert.match(lines[1]?.[0] ?? "", /^─+$/);
      assert.deepEqual([lines[2]?.[0], lines[2]?.[2], lines[2]?.[4]], ["one", "60/60", "done"]);
      assert.deepEqual([lines[3]?.[0], lines[3]?.[4]], ["two", "killed"]);
      assert.match(stdout, /\nodd +damaged\nodd is damaged: runs\/odd\/run\.json: Expected the record/);
      const listed = JSON.parse((await runCrema(folder, "runs", "--json")).stdout);
      assert.deepEqual(listed.map(({ name, state }: { name: string; state: string }) => [name, state]), [
        ["one", "done"],
        ["two", "killed"],
        ["odd", "damaged"],
      ]);
    });

    await t.step("compare tables the runs and draws them", async () => {
      const { code, stdout, stderr } = await runCrema(folder, "runs", "compare", "one", "two");
      assert.equal(code, 0, stderr);
      assert.match(stdout, /^ +one +two\n─+\nstate +done +killed\n/);
      assert.match(stdout, /\nmax_iter +60 +1000000000\n/);
      assert.match(stdout, /[⠁-⣿][^]*\nPlot: runs\/compare\.svg\n$/);
      assert.match(
        Deno.readTextFileSync(`${folder}/runs/compare.svg`),
        />one train loss<[^]*>two train loss</,
      );
      const { runs } = JSON.parse((await runCrema(folder, "runs", "compare", "one", "two", "--json")).stdout);
      assert.equal(runs[0].record.iteration, 60);
    });

    await t.step("a page of them until it is ended", async () => {
      const child = startCrema(folder, "ui");
      const address = Promise.withResolvers<string>();
      const lines = readLines(
        child.stdout,
        (line) => address.resolve(/: (http\S+)$/.exec(line)?.[1] ?? line),
      );
      const errors = new Response(child.stderr).text();
      const url = await Promise.race([address.promise, errors]);
      const page = await (await fetch(new URL("/compare?run=one&run=two", url))).json();
      assert.deepEqual(page.map(({ name }: { name: string }) => name), ["one", "two"]);
      child.kill("SIGTERM");
      assert.equal((await child.status).code, 0, await errors);
      assert.equal((await lines).length, 1);
      const { code, stderr } = await runCrema(folder, "ui", "runs/one");
      assert.equal(code, 1);
      assert.match(stderr, /Expected the folder of all runs but found one run, 'runs\/one'.*crema ui runs$/m);
    });

    await t.step("rm asks first, and removes what it is told", async () => {
      const refused = await runCrema(folder, "runs", "rm", "two");
      assert.equal(refused.code, 1);
      assert.match(refused.stderr, /Expected --yes to remove runs but found no terminal to ask on/);
      const missing = await runCrema(folder, "runs", "rm", "two", "nobody", "--yes");
      assert.equal(missing.code, 1);
      assert.ok(existsSync(`${folder}/runs/two`));
      const removed = await runCrema(folder, "runs", "rm", "two", "odd", "--yes");
      assert.equal(removed.stdout, "Removed runs/two\nRemoved runs/odd\n", removed.stderr);
      assert.ok(!existsSync(`${folder}/runs/two`) && existsSync(`${folder}/runs/one`));
    });
  });
});
