import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { CremaError } from "../../../../base/mod.ts";
import { decode, solverFromText } from "../../../../proto/mod.ts";
import {
  findNewestSnapshot,
  listRuns,
  openRun,
  readMetrics,
  removeRun,
  type RunOptions,
  Solver,
  train,
  type TrainEvent,
} from "../../../../train/mod.ts";
import { compareRuns } from "../../../../train/runs/compare_runs.ts";
import { tinySolver } from "../../../e2e/tiny_net.ts";
import { inTemporaryFolder } from "./in_temporary_folder.ts";
import { readEvents } from "./tensorboard/read_events.ts";

/** Images of gaussian noise, a convolution, three classes. */
const NET = `name: "noise"
layer { name: "data" type: "DummyData" top: "data" top: "label" dummy_data_param {
  shape { dim: 4 dim: 3 dim: 6 dim: 5 } shape { dim: 4 }
  data_filler { type: "gaussian" std: 1 } data_filler { type: "constant" value: 1 } } }
layer { name: "conv" type: "Convolution" bottom: "data" top: "conv"
  convolution_param { num_output: 4 kernel_size: 3 weight_filler { type: "xavier" } } }
layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
layer { name: "score" type: "InnerProduct" bottom: "conv" top: "score"
  inner_product_param { num_output: 3 weight_filler { type: "xavier" } } }
layer { name: "accuracy" type: "Accuracy" bottom: "score" bottom: "label" top: "accuracy" include { phase: TEST } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "score" bottom: "label" top: "loss" }
`;

interface Asked extends RunOptions {
  fields?: Record<string, string | number | boolean>;
  /** Whether there is a run at all. */
  without?: boolean;
  restore?: boolean;
  on?: (event: TrainEvent) => void;
}

/** Trains in a folder with a run, and returns the weights. */
async function trainRun(
  folder: string,
  name: string,
  { fields = {}, without, restore, on, ...options }: Asked = {},
) {
  await Deno.writeTextFile(`${folder}/net.prototxt`, NET);
  const text = tinySolver({
    net: `"${folder}/net.prototxt"`,
    snapshot_prefix: `"${folder}/plain"`,
    base_lr: 0.01,
    test_iter: 2,
    test_interval: 10,
    display: 5,
    max_iter: 20,
    random_seed: 3,
    ...fields,
  });
  const param = solverFromText(text, `${folder}/solver.prototxt`);
  using run = without ? undefined : openRun(name, { runs: `${folder}/runs`, ...options });
  const compute = { recycle: true };
  using solver = await Solver.create(run?.configure(param) ?? param, { threads: 1, compute });
  if (restore) {
    const found = await findNewestSnapshot(solver.param.snapshot_prefix!);
    if (found !== undefined) await solver.restore(found.state);
  }
  run?.attach(solver);
  const events = train(solver);
  for await (const event of run?.record(events) ?? events) on?.(event);
  return solver.net.handle.save();
}

const json = (path: string) => JSON.parse(Deno.readTextFileSync(path));

Deno.test("a run changes no bit of the training, and has everything in its folder", () =>
  inTemporaryFolder(async (folder) => {
    const plain = await trainRun(folder, "", { without: true });
    const recorded = await trainRun(folder, "a", {
      histograms: true,
      classes: ["cat", "dog", "cow"],
      args: ["x"],
    });
    assert.deepEqual(recorded, plain);

    const run = `${folder}/runs/a`, read = (name: string) => Deno.readTextFileSync(`${run}/${name}`);
    assert.deepEqual(
      [...Deno.readDirSync(run)].map(({ name }) => name.replace(/tfevents.*/, "tfevents")).sort(),
      [
        "args.json",
        "best.caffemodel",
        "best.solverstate",
        "classes.csv",
        "confusion.csv",
        "confusion.svg",
        "curves.csv",
        "curves.svg",
        "environment.json",
        "events.out.tfevents",
        "first_batch.svg",
        "last.caffemodel",
        "last.solverstate",
        "log.txt",
        "lr.svg",
        "metrics.csv",
        "metrics.jsonl",
        "net.prototxt",
        "run.json",
        "run.lock",
        "snapshots",
        "solver.prototxt",
        "worst.svg",
      ],
    );
    assert.equal(read("net.prototxt"), NET);
    assert.match(read("solver.prototxt"), /snapshot_prefix: ".*runs\/a\/snapshots\/a"\n/);
    assert.deepEqual(json(`${run}/args.json`).arguments, ["x"]);
    const environment = json(`${run}/environment.json`);
    assert.deepEqual([environment.seed, environment.threads, environment.engine.name], [3, 1, "embedded"]);

    assert.deepEqual(
      readMetrics(run).map(({ iteration, net }) => `${iteration} ${net}`),
      ["0 test", "0 train", "5 train", "10 test", "10 train", "15 train", "20 train", "20 test"],
    );
    assert.match(read("log.txt"), /Solving noise\n/);
    assert.match(read("log.txt"), /Iteration 15, lr = /);
    assert.match(read("log.txt"), /Class dog: precision (1\.0000|none), recall [01]\.\d{4}, F1 \S+, of 8\n/);
    assert.equal(read("curves.csv").trimEnd().split("\n").length, 21);
    assert.match(read("confusion.csv"), /^label,cat,dog,cow\ncat,0,0,0\ndog,\d,\d,\d\ncow,0,0,0\n$/);
    assert.match(read("classes.csv"), /\n1,dog,1?,[\d.]+,[\d.]*,8\n/);
    assert.equal([...read("worst.svg").matchAll(/<image /g)].length, 8);
    assert.equal([...read("first_batch.svg").matchAll(/>dog<\/text>/g)].length, 4);
    const { state, iteration, best, net } = json(`${run}/run.json`);
    assert.deepEqual([state, iteration, net, best.output], ["done", 20, "noise", "accuracy"]);

    const file = [...Deno.readDirSync(run)].find(({ name }) => name.startsWith("events."))!.name;
    const values = readEvents(Deno.readFileSync(`${run}/${file}`)).flatMap(({ step, values }) =>
      values.map(({ tag, histogram }) =>
        `${step} ${tag}${histogram === undefined ? "" : ` ${histogram.num}`}`
      )
    );
    for (
      const value of [
        "0 train/loss",
        "15 train/learning_rate",
        "10 test/accuracy",
        "0 train/first_batch",
        "10 conv/0 108",
      ]
    ) {
      assert.ok(values.includes(value), value);
    }
  }));

Deno.test("best is the state of the best test, last that of the last iteration, and both can be resumed anywhere", () =>
  inTemporaryFolder(async (folder) => {
    const tests: number[] = [];
    const weights = await trainRun(folder, "a", {
      // The rate explodes after the second test: the first ones are better.
      fields: { lr_policy: '"multistep"', stepvalue: 12, gamma: 1e6, test_interval: 5, display: 0 },
      on: (event) => event.type === "test" && tests.push(event.outputs["accuracy"]!),
    });
    const { best } = json(`${folder}/runs/a/run.json`);
    assert.equal(best.value, Math.max(...tests));
    assert.equal(best.iteration, tests.indexOf(best.value) * 5);
    const state = (name: string) =>
      decode("SolverState", Deno.readFileSync(`${folder}/runs/a/${name}.solverstate`));
    assert.equal(state("best").iter, best.iteration);
    assert.equal(state("last").iter, 20);
    assert.deepEqual(Deno.readFileSync(`${folder}/runs/a/last.caffemodel`), weights);
    // A solver that displays nothing is measured all the same.
    assert.equal(readMetrics(`${folder}/runs/a`).filter(({ net }) => net === "train").length, 20);

    Deno.renameSync(`${folder}/runs`, `${folder}/moved`);
    for (const [name, iteration] of [["best", best.iteration], ["last", 20]] as const) {
      using solver = await Solver.fromText(Deno.readTextFileSync(`${folder}/moved/a/solver.prototxt`), {
        threads: 1,
      });
      await solver.restore(`${folder}/moved/a/${name}.solverstate`);
      assert.equal(solver.iteration, iteration);
    }
  }));

Deno.test("with snapshot_format HDF5 the best and the last are HDF5", () =>
  inTemporaryFolder(async (folder) => {
    await trainRun(folder, "a", { fields: { snapshot_format: "HDF5" } });
    Deno.renameSync(`${folder}/runs`, `${folder}/moved`);
    for (const name of ["best", "last"]) {
      using solver = await Solver.fromText(Deno.readTextFileSync(`${folder}/moved/a/solver.prototxt`), {
        threads: 1,
      });
      await solver.restore(`${folder}/moved/a/${name}.solverstate.h5`);
      assert.equal(
        solver.iteration,
        name === "last" ? 20 : json(`${folder}/moved/a/run.json`).best.iteration,
      );
    }
  }));

Deno.test("a run that was killed is listed as such, and goes on from its last snapshot as if nothing had been", () =>
  inTemporaryFolder(async (folder) => {
    const whole = await trainRun(folder, "whole", { fields: { snapshot: 8 } });
    const killed = () => {
      throw new Error("killed");
    };
    await assert.rejects(
      trainRun(folder, "a", { fields: { snapshot: 8 }, on: (event) => event.iteration === 13 && killed() }),
      /killed/,
    );
    // What a process leaves that had no time to say anything.
    const path = `${folder}/runs/a/run.json`;
    Deno.writeTextFileSync(path, JSON.stringify({ ...json(path), state: "running" }));
    Deno.writeTextFileSync(`${folder}/runs/a/curves.svg.tmp-1234567`, "<svg");
    const listed = () => listRuns(`${folder}/runs`).map(({ name, state }) => `${name} ${state}`);
    assert.deepEqual(listed(), ["whole done", "a killed"]);

    await assert.rejects(trainRun(folder, "a"), /Expected a new run but found that '.*runs\/a' exists/);
    const resumed = await trainRun(folder, "a", { fields: { snapshot: 8 }, resume: true, restore: true });
    assert.deepEqual(resumed, whole);
    assert.deepEqual(listed(), ["whole done", "a done"]);
    assert.equal(json(path).resumed, 1);
    assert.ok(!existsSync(`${folder}/runs/a/curves.svg.tmp-1234567`));
    const steps = (name: string) =>
      readMetrics(`${folder}/runs/${name}`).map(({ iteration, net }) => [net, iteration]);
    assert.deepEqual(steps("a"), steps("whole"));
    const curves = (name: string) => Deno.readTextFileSync(`${folder}/runs/${name}/curves.csv`);
    assert.deepEqual(curves("a"), curves("whole"));
    assert.equal(
      [...Deno.readDirSync(`${folder}/runs/a`)].filter(({ name }) => name.startsWith("events.")).length,
      2,
    );
  }));

Deno.test("a run without a seed gets one, and keeps it when it is resumed", () =>
  inTemporaryFolder(async (folder) => {
    const seed = () => json(`${folder}/runs/a/environment.json`).seed;
    await trainRun(folder, "a", { fields: { random_seed: -1 } });
    const first = seed();
    assert.ok(Number.isInteger(first) && first >= 0);
    await trainRun(folder, "a", { fields: { random_seed: -1, max_iter: 25 }, resume: true, restore: true });
    assert.equal(seed(), first);
    const again = await trainRun(folder, "b", { fields: { random_seed: first, max_iter: 20 } });
    assert.deepEqual(again, Deno.readFileSync(`${folder}/runs/a/snapshots/a_iter_20.caffemodel`));
  }));

Deno.test("a training that fails says so; one that never begins leaves no folder", () =>
  inTemporaryFolder(async (folder) => {
    const fields = { snapshot_after_train: false, test_interval: 0, test_iter: 0 };
    await Deno.writeTextFile(
      `${folder}/bad.ts`,
      'import { Layer } from "crema";\nexport class Bad extends Layer { #n = 0; reshape(b, t) { t[0].reshape(1); }' +
        ' forward() { if (++this.#n > 3) throw new Error("enough"); } backward() {} }\n',
    );
    const solver = solverFromText(
      tinySolver({ ...fields, test_iter: 0, net: '"x"' }).replace(
        /^(net|test_iter|test_interval): .*\n/gm,
        "",
      ),
      `${folder}/s`,
    );
    {
      const net_param = decodeNet(`${folder}/bad.ts`);
      using run = openRun("a", { runs: `${folder}/runs` });
      using made = await Solver.create(run.configure({ ...solver, net_param }), { threads: 1 });
      run.attach(made);
      await assert.rejects(Array.fromAsync(run.record(train(made))), /enough/);
    }
    const { state, error } = json(`${folder}/runs/a/run.json`);
    assert.equal(state, "failed");
    assert.match(error, /enough/);
    assert.match(Deno.readTextFileSync(`${folder}/runs/a/log.txt`), /The run failed: .*enough/);
    assert.ok(existsSync(`${folder}/runs/a/net.prototxt`));

    {
      using _run = openRun("b", { runs: `${folder}/runs` });
      assert.throws(
        () => openRun("b", { runs: `${folder}/runs`, resume: true }),
        /free but found that it is training/,
      );
      assert.throws(() => removeRun("b", `${folder}/runs`), /has ended but found that .* is training/);
    }
    assert.ok(!existsSync(`${folder}/runs/b`));
    // A process that is killed before its training begins can't clean up.
    for (const resume of [false, true]) {
      Deno.mkdirSync(`${folder}/runs/c/snapshots`, { recursive: true });
      for (const name of ["args.json", "log.txt", "run.lock", "net.prototxt", "args.json.tmp-12"]) {
        Deno.writeTextFileSync(`${folder}/runs/c/${name}`, "old");
      }
      using _run = openRun("c", { runs: `${folder}/runs`, resume });
      assert.deepEqual(Deno.readTextFileSync(`${folder}/runs/c/log.txt`), "");
    }
    Deno.mkdirSync(`${folder}/runs/mine`);
    Deno.writeTextFileSync(`${folder}/runs/mine/run.lock`, "");
    Deno.writeTextFileSync(`${folder}/runs/mine/thesis.txt`, "");
    assert.throws(() => openRun("mine", { runs: `${folder}/runs` }), /Expected a new run/);
    for (const name of ["", "..", "a/b"]) assert.throws(() => openRun(name), /Expected the name of a run/);
  }));

function decodeNet(module: string) {
  return solverFromText(`net_param { layer { name: "bad" type: "Script" top: "loss" loss_weight: 1
    script_param { module: "${module}" layer: "Bad" } } }`).net_param!;
}

Deno.test("damaged runs are listed with the reason, can't be compared, and can be removed", () =>
  inTemporaryFolder(async (folder) => {
    const runs = `${folder}/runs`;
    assert.deepEqual(listRuns(runs), []);
    await trainRun(folder, "a");
    const record = Deno.readTextFileSync(`${runs}/a/run.json`);
    const damages: Record<string, string | undefined> = {
      cut: record.slice(0, 40),
      empty: "",
      list: "[]",
      none: undefined,
      odd: record.replace('"done"', '"gone"').replace('"iteration"', '"x"'),
    };
    for (const [name, text] of Object.entries(damages)) {
      Deno.mkdirSync(`${runs}/${name}`);
      if (text !== undefined) Deno.writeTextFileSync(`${runs}/${name}/run.json`, text);
    }
    Deno.writeTextFileSync(`${runs}/compare.svg`, "<svg/>"); // a file is no run
    const listed = listRuns(runs);
    assert.deepEqual(listed.map(({ name, state }) => `${name} ${state}`), [
      "a done",
      ...Object.keys(damages).sort().map((name) => `${name} damaged`),
    ]);
    assert.ok(listed.slice(1).every(({ fault, name }) => fault?.includes(`runs/${name}/run.json`)));
    assert.match(listed.find(({ name }) => name === "odd")!.fault!, /no proper .*iteration.*state/);
    for (let i = 0; i < 2; i++) {
      assert.throws(() => openRun("cut", { runs, resume: true }), /Expected the record of a run/);
    }
    await assert.rejects(compareRuns(["a", "cut"], runs), /'cut' damaged: /);
    removeRun("none", runs);
    assert.ok(!existsSync(`${runs}/none`));
    assert.throws(
      () => removeRun("none", runs),
      /Expected a run '.*none' but found none.*a, cut, empty, list, odd/s,
    );
  }));

Deno.test("runs are compared by their ends, by what differs in their solvers, and in one plot", () =>
  inTemporaryFolder(async (folder) => {
    await trainRun(folder, "a");
    await trainRun(folder, "b", { fields: { base_lr: 0.02, weight_decay: 0 } });
    Deno.removeSync(`${folder}/runs/b/curves.csv`); // the displays have a curve too
    const { runs: [a, b], plot } = await compareRuns(["a", "b"], `${folder}/runs`);
    assert.deepEqual(Object.keys(a!.settings).sort(), ["base_lr", "weight_decay"]);
    assert.deepEqual(b!.settings, { base_lr: "0.02", weight_decay: "0" });
    assert.deepEqual(Object.keys(a!.lastTest), ["accuracy", "loss"]);
    assert.equal(a!.trainLoss, readMetrics(`${folder}/runs/a`).findLast(({ net }) => net === "train")?.loss);
    assert.deepEqual(plot.series.map(({ name, axis, points }) => [name, axis, points.length]), [
      ["a train loss", "left", 20],
      ["a accuracy", "right", 3],
      ["b train loss", "left", 5],
      ["b accuracy", "right", 3],
    ]);
  }));

Deno.test("what can't be written is told once, and training goes on", () =>
  inTemporaryFolder(async (folder) => {
    const warnings: string[] = [];
    // A folder stands where the pictures should be.
    const weights = await trainRun(folder, "a", {
      onWarning: (message) => warnings.push(message),
      on: (event) =>
        event.type === "start" && Deno.mkdirSync(`${folder}/runs/a/lr.svg/x`, { recursive: true }),
    });
    assert.deepEqual(weights, await trainRun(folder, "", { without: true }));
    assert.equal(warnings.length, 1);
    assert.match(
      warnings[0]!,
      /Expected to write the pictures of the run '.*' but found: .*directory.* Training goes on\./i,
    );
    assert.equal(json(`${folder}/runs/a/run.json`).state, "done");
  }));

Deno.test("event before attach is an error", () =>
  inTemporaryFolder((folder) => {
    using run = openRun("a", { runs: `${folder}/runs` });
    assert.throws(() => run.event({ type: "testStart", iteration: 0, net: 0 }), CremaError);
  }));

Deno.test("names of classes that the test net does not have are refused before anything is written", () =>
  inTemporaryFolder(async (folder) => {
    for (const classes of [["cat", "dog"], ["cat", "dog", "cow", "hen"]]) {
      await assert.rejects(
        trainRun(folder, "named", { classes, classesFile: "labels.txt" }),
        {
          name: "CremaError",
          message: new RegExp(`^labels.txt: Expected 3 names of classes.* but found ${classes.length}`),
        },
      );
      assert.ok(!existsSync(`${folder}/runs/named`));
    }
  }));
