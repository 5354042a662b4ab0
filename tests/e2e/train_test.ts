import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { provideMnist } from "./mnist.ts";
import { inFolder, ROOT, runCrema } from "./run_crema.ts";
import { tinySolver, writeTiny } from "./tiny_net.ts";

/** Reads a log with the patterns of Caffe's tools/extra/parse_log.py and extract_seconds.py. */
function parseLog(log: string) {
  const train: { iteration: number; rate: number; outputs: Record<string, number> }[] = [];
  const test: typeof train = [];
  let iteration = -1, rate = NaN;
  for (const line of log.trimEnd().split("\n")) {
    const [, day, time] = /^[IWE](\d{4}) (\d\d:\d\d:\d\d\.\d{6}) +\d+ \w+\.cpp:\d+\] /.exec(line) ?? [];
    assert.ok(day !== undefined && time !== undefined, `not a line of glog: ${line}`);
    iteration = Number(/Iteration (\d+)/.exec(line)?.[1] ?? iteration);
    rate = Number(/lr = ([-+]?[0-9]*\.?[0-9]+([eE]?[-+]?[0-9]+)?)/.exec(line)?.[1] ?? rate);
    for (
      const [rows, pattern] of [
        [train, /Train net output #(\d+): (\S+) = ([.\deE+-]+)/],
        [test, /Test net output #(\d+): (\S+) = ([.\deE+-]+)/],
      ] as const
    ) {
      const [, , name, value] = pattern.exec(line) ?? [];
      if (name === undefined) continue;
      if (rows.at(-1)?.iteration !== iteration) rows.push({ iteration, rate, outputs: {} });
      rows.at(-1)!.outputs[name] = Number(value);
    }
  }
  return { train, test };
}

Deno.test("crema train, test and time on LeNet and MNIST", async (t) => {
  await provideMnist();
  await inFolder(async (folder) => {
    const model = `${ROOT}models/lenet/net.prototxt`;
    const weights = `${folder}/lenet_iter_150.caffemodel`;
    const solver = tinySolver({
      net: `"${model}"`,
      base_lr: 0.01,
      test_iter: 20,
      test_interval: 100,
      display: 50,
      max_iter: 150,
      snapshot_prefix: `"${folder}/lenet"`,
      random_seed: 1701,
    });
    await Deno.writeTextFile(`${folder}/solver.prototxt`, solver);

    await t.step("train learns, logs like Caffe and writes a last snapshot", async () => {
      const { code, stderr, stdout } = await runCrema(ROOT, "train", "--solver", `${folder}/solver.prototxt`);
      assert.equal(code, 0, stderr);
      assert.equal(stdout, "");
      const log = parseLog(stderr);
      assert.deepEqual(log.train.map(({ iteration }) => iteration), [0, 50, 100]);
      assert.deepEqual(log.test.map(({ iteration }) => iteration), [0, 100]);
      assert.ok((log.train[2]?.outputs["loss"] ?? 9) < 1);
      assert.ok((log.test[1]?.outputs["accuracy"] ?? 0) > 0.85);
      assert.match(stderr, /solver\.cpp:\d+\] Solving LeNet\n/);
      assert.match(stderr, /Iteration 50 \([\d.e+]+ iter\/s, [\d.e-]+s\/50 iters\), loss = /);
      assert.match(stderr, /Iteration 150, loss = [\d.]+\n/);
      assert.match(stderr, /Optimization Done\.\n$/);
      assert.ok(existsSync(weights) && existsSync(`${folder}/lenet_iter_150.solverstate`));
    });

    await t.step("test --json gives each output's mean", async () => {
      const args = ["--model", model, "--weights", weights, "--iterations", "20"];
      const { code, stdout, stderr } = await runCrema(ROOT, "test", ...args, "--json");
      assert.equal(code, 0, stderr);
      assert.equal(stderr, "");
      const result = JSON.parse(stdout) as Record<string, number>;
      assert.deepEqual(Object.keys(result).sort(), ["accuracy", "loss"]);
      assert.ok((result["accuracy"] ?? 0) > 0.85 && (result["loss"] ?? 9) < 0.6, stdout);

      const text = await runCrema(ROOT, "test", ...args);
      assert.equal(text.code, 0, text.stderr);
      assert.match(text.stderr, /Running for 20 iterations\.\n/);
      assert.match(text.stderr, /Batch 19, accuracy = 0?\.?\d+\n/);
      const accuracy = Number(/\] accuracy = ([\d.]+)\n/.exec(text.stderr)?.[1]);
      assert.ok(Math.abs(accuracy - (result["accuracy"] ?? 0)) < 1e-5);
    });

    await t.step("train --weights starts from them", async () => {
      await Deno.writeTextFile(`${folder}/tuned.prototxt`, solver.replace("max_iter: 150", "max_iter: 5"));
      const { code, stderr } = await runCrema(
        ROOT,
        "train",
        `-solver=${folder}/tuned.prototxt`,
        `-weights=${weights}`,
      );
      assert.equal(code, 0, stderr);
      assert.match(stderr, /Finetuning from .*lenet_iter_150\.caffemodel\n/);
      assert.ok((parseLog(stderr).test[0]?.outputs["accuracy"] ?? 0) > 0.85);
    });
  });
});

Deno.test("crema time --json has every layer, and its text is that of caffe time", async () => {
  const args = ["--model", "models/lenet/time.prototxt", "--iterations", "2"];
  const { code, stdout, stderr } = await runCrema(ROOT, "time", ...args, "--json", "--threads", "1");
  assert.equal(code, 0, stderr);
  const times = JSON.parse(stdout) as Record<string, unknown>;
  assert.equal(times["engine"], "embedded");
  assert.equal(times["threads"], 1);
  assert.ok(Number(times["forward_ms"]) > 0 && Number(times["backward_ms"]) > 0);
  const layers = times["layers"] as { name: string; type: string; forward_ms: number; backward_ms: number }[];
  const convolutions = layers.filter(({ type }) => type === "Convolution");
  assert.deepEqual(convolutions.map(({ name }) => name), ["conv1", "conv2"]);
  for (const layer of convolutions) assert.ok(layer.forward_ms > 0 && layer.backward_ms > 0);

  const text = await runCrema(ROOT, "time", ...args);
  assert.equal(text.code, 0, text.stderr);
  assert.match(text.stderr, /\] {6}conv1\tforward: [\d.e-]+ ms\.\n.*\] {6}conv1\tbackward: [\d.e-]+ ms\.\n/);
  assert.match(text.stderr, /Average Forward pass: .* ms\.\n.*Average Backward pass: .* ms\.\n/);
  assert.match(text.stderr, /\*\*\* Benchmark ends \*\*\*\n$/);
});

Deno.test("crema layers lists the engine's types and the library", async () => {
  const { code, stdout, stderr } = await runCrema(ROOT, "layers");
  assert.equal(code, 0, stderr);
  for (const name of ["Convolution", "SoftmaxWithLoss", "Script", "layers/softmax_loss.ts"]) {
    assert.ok(stdout.includes(name), name);
  }
  const json = JSON.parse((await runCrema(ROOT, "layers", "--json")).stdout) as Record<string, string[]>;
  assert.ok(json["types"]?.includes("InnerProduct"));
  for (const { module } of json["scripts"] as unknown as { module: string }[]) {
    assert.ok(existsSync(ROOT + module));
  }
});

Deno.test("paths are relative to the folder where deno task was typed", () =>
  inFolder(async (folder) => {
    await writeTiny(folder, tinySolver({ max_iter: 3 }));
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--no-check",
        "cli/main.ts",
        "train",
        "--solver",
        "solver.prototxt",
        "--log",
        "log",
      ],
      cwd: ROOT,
      env: { INIT_CWD: folder },
    }).output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    assert.ok(existsSync(`${folder}/tiny_iter_3.solverstate`));
    assert.equal(await Deno.readTextFile(`${folder}/log`), new TextDecoder().decode(stderr));
  }));
