import assert from "node:assert/strict";
import { decode } from "../../../proto/mod.ts";
import { Solver, train, type TrainEvent } from "../../../train/mod.ts";

/** A test net's only output: the scores of a list, one after the other, and then the last one. */
const scoresLayer = (scores: readonly number[]) =>
  `export class Scores {
  position = 0;
  reshape(_, [score]) { score.reshape(1); }
  forward(_, [score]) { score.data[0] = [${scores.map(String)}][Math.min(this.position++, ${
    scores.length - 1
  })]; }
  backward() {}
  saveState() { return { position: this.position }; }
  restoreState({ position }) { this.position = position; }
}`;

const NET = `name: "n"
layer { name: "in" type: "DummyData" top: "x" top: "t" dummy_data_param {
  shape { dim: 4 dim: 3 } shape { dim: 4 dim: 2 } data_filler { type: "gaussian" std: 1 } } }
layer { name: "ip" type: "InnerProduct" bottom: "x" top: "y" include { phase: TRAIN }
  inner_product_param { num_output: 2 weight_filler { type: "xavier" } } }
layer { name: "loss" type: "EuclideanLoss" bottom: "y" bottom: "t" top: "loss" include { phase: TRAIN } }
layer { name: "scores" type: "Script" top: "score" include { phase: TEST }
  script_param { module: "./scores.js" layer: "Scores" } }
layer { name: "silence" type: "Silence" bottom: "x" bottom: "t" include { phase: TEST } }`;

interface Run {
  folder: string;
  /** Makes a solver with more fields, which replace those before. */
  solver(fields: string): Promise<Solver>;
}

/** Runs a test in a folder with a net of which the tests give `scores`. */
async function inFolder(scores: readonly number[], test: (run: Run) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/scores.js`, scoresLayer(scores));
    const solver = (fields: string) =>
      Solver.fromText(
        `net_param { ${NET} } base_lr: 0.01 lr_policy: "fixed" random_seed: 1 snapshot_prefix: "${folder}/s"
         test_iter: 1 test_interval: 2 ${fields}`,
        { file: `${folder}/solver.prototxt`, threads: 1 },
      );
    await test({ folder, solver });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const notes = (events: TrainEvent[]) =>
  events.flatMap((event) => event.type === "note" ? [event.message] : []);
const files = (folder: string) =>
  Array.from(Deno.readDirSync(folder), ({ name }) => name).filter((name) => name.endsWith("state")).sort();
const stateOf = (path: string) => decode("SolverState", Deno.readFileSync(path));

Deno.test("training stops after `patience` tests without a better score, and keeps the best snapshot", async () => {
  await inFolder([0.5, 0.7, 0.6, 0.7, 0.65, 0.9], async ({ folder, solver: make }) => {
    using solver = await make("max_iter: 100 patience: 3 patience_mode: MAX snapshot_best: true");
    const events = await Array.fromAsync(train(solver));
    const [watch, verdict] = notes(events);
    assert.match(watch!, /^The score is 'score' of test net #0, of which more is better .*after 3 tests/);
    assert.match(
      verdict!,
      /^'score' was best at iteration 2, with 0\.69999\d*, and 3 tests have not been better/,
    );
    const done = events.at(-1);
    assert.ok(done?.type === "done" && done.stoppedEarly && done.reason === "patience");
    assert.equal(done.iteration, 8);
    assert.deepEqual(files(folder), ["s_best.solverstate", "s_iter_8.solverstate"]);
    const best = stateOf(`${folder}/s_best.solverstate`);
    assert.equal(best.iter, 2);
    assert.equal(best.learned_net, `${folder}/s_best.caffemodel`);
    assert.deepEqual(stateOf(`${folder}/s_iter_8.solverstate`).score, {
      ...{ output: "score", net: 0, best: Math.fround(0.7), best_iter: 2, worse: 3, iter: 8 },
    });
    // A run that is resumed there is over, unless it gets more patience.
    using resumed = await make("max_iter: 100 patience: 3 patience_mode: MAX");
    await resumed.restore(`${folder}/s_iter_8.solverstate`);
    assert.equal((await Array.fromAsync(train(resumed))).filter(({ type }) => type === "step").length, 0);
  });
});

Deno.test("a resumed run counts on: the same tests are the best and the last as without a break", async () => {
  const scores = [5, 4, 3, 4, 4.5, 2, 3, 3, 3, 3, 3];
  const fields = "patience: 4 patience_mode: MIN snapshot: 2 max_iter: 100";
  await inFolder(scores, async ({ folder, solver: make }) => {
    using whole = await make(fields);
    await Array.fromAsync(train(whole));
    const expected = whole.progress.score;
    assert.deepEqual([expected?.best_iter, expected?.iter], [10, 18]);
    for (const at of [4, 8, 12]) {
      using solver = await make(fields);
      await solver.restore(`${folder}/s_iter_${at}.solverstate`);
      await Array.fromAsync(train(solver));
      assert.deepEqual(solver.progress.score, expected, `resumed at ${at}`);
    }
  });
});

Deno.test("the watched output and its direction are found by name, or asked for", async () => {
  await inFolder([1], async ({ solver: make }) => {
    const told = async (fields: string) => {
      using solver = await make(`max_iter: 1 snapshot_after_train: false ${fields}`);
      return notes(await Array.fromAsync(train(solver)))[0];
    };
    assert.match((await told('patience: 1 patience_output: "score"'))!, /'score' .* more is better/);
    assert.match((await told("patience: 1 patience_mode: MIN"))!, /less is better/);
    assert.equal(await told(""), undefined);
    await assert.rejects(told('patience: 1 patience_output: "scoer"'), {
      message:
        /solver\.prototxt:\d+:\d+: Expected patience_output .*\(score\) but found 'scoer', did you mean 'score'\?/,
    });
    await assert.rejects(told("patience: -1"), /patience of 0 or more but found -1/);
    await assert.rejects(told("time_limit: 0"), /solver\.prototxt:\d+:\d+: Expected a time_limit above 0/);
  });
});

Deno.test("snapshot_keep removes this training's older snapshots, after a resume too, and no others", async () => {
  await inFolder([1], async ({ folder, solver: make }) => {
    const fields = "snapshot: 2 snapshot_keep: 2 snapshot_best: true patience_mode: MAX max_iter:";
    using first = await make(`${fields} 6`);
    // One of an earlier training.
    Deno.writeTextFileSync(`${folder}/s_iter_1.solverstate`, "");
    await Array.fromAsync(train(first));
    assert.deepEqual(files(folder), [
      "s_best.solverstate",
      "s_iter_1.solverstate",
      "s_iter_4.solverstate",
      "s_iter_6.solverstate",
    ]);
    using second = await make(`${fields} 8`);
    await second.restore(`${folder}/s_iter_6.solverstate`);
    await Array.fromAsync(train(second));
    assert.deepEqual(files(folder).slice(1), [
      "s_iter_1.solverstate",
      "s_iter_6.solverstate",
      "s_iter_8.solverstate",
    ]);
    assert.throws(() => Deno.statSync(`${folder}/s_iter_4.caffemodel`), Deno.errors.NotFound);
  });
});

Deno.test("a time limit ends as a stop does, with a snapshot", async () => {
  await inFolder([1], async ({ folder, solver: make }) => {
    using solver = await make("max_iter: 1000 time_limit: 1e-9 test_initialization: false");
    const events = await Array.fromAsync(train(solver));
    const done = events.at(-1);
    assert.ok(done?.type === "done" && done.reason === "time" && done.iteration === 1);
    assert.match(notes(events)[0]!, /^The time_limit of 1e-9 s is over/);
    assert.deepEqual(files(folder), ["s_iter_1.solverstate"]);
  });
});

Deno.test("a display has the norm of the mean gradient", async () => {
  await inFolder([1], async ({ solver: make }) => {
    using solver = await make(
      "max_iter: 1 display: 1 display_gradient_norm: true iter_size: 2 snapshot_after_train: false",
    );
    let expected = NaN;
    using _ = solver.addCallback({
      onGradientsReady: () => {
        const all = solver.net.handle.learnable.flatMap(({ blob }) => [...blob.diff]);
        expected = Math.hypot(...all) / 2;
      },
    });
    const [display] = (await Array.fromAsync(train(solver))).filter((event) => event.type === "display");
    assert.ok(Math.abs(display!.gradientNorm! - expected) < 1e-6 * expected);
    assert.ok(expected > 0);
  });
});

/** A net whose second layer divides by zero from the third batch on. */
const NAN_NET = `layer { name: "in" type: "DummyData" top: "x" top: "t" dummy_data_param {
    shape { dim: 4 dim: 3 } shape { dim: 4 dim: 2 } data_filler { type: "gaussian" std: 1 } } }
  layer { name: "ip" type: "InnerProduct" bottom: "x" top: "y"
    inner_product_param { num_output: 2 weight_filler { type: "xavier" } } }
  layer { name: "bad" type: "Script" bottom: "y" top: "z" script_param { module: "./bad.js" layer: "Bad" } }
  layer { name: "loss" type: "EuclideanLoss" bottom: "z" bottom: "t" top: "loss" }`;
const badLayer = (forward: string, backward: string) =>
  `export class Bad {
  count = 0;
  reshape([y], [z]) { z.reshapeLike(y); }
  forward([y], [z]) { z.data.set(y.data); if (this.count++ >= 2) { ${forward} } }
  backward([z], _, [y]) { y.diff.set(z.diff); ${backward} }
  saveState() { return { position: this.count }; }
  restoreState({ position }) { this.count = position; }
}`;

async function withBad(
  [forward, backward]: [string, string],
  fields: string,
  test: (solver: Solver, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/bad.js`, badLayer(forward, backward));
    const text = `net_param { ${NAN_NET} } base_lr: 0.01 lr_policy: "fixed" random_seed: 1
      snapshot_prefix: "${folder}/s" max_iter: 5 ${fields}`;
    using solver = await Solver.fromText(text, { file: `${folder}/solver.prototxt`, threads: 1 });
    await test(solver, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a loss that is not finite is a warning that names the first blob and layer", async () => {
  await withBad(["z.data[3] = NaN;", ""], "", async (solver) => {
    const warnings = (await Array.fromAsync(train(solver))).filter(({ type }) => type === "warning");
    assert.equal(warnings.length, 1);
    assert.match(
      (warnings[0] as TrainEvent & { type: "warning" }).message,
      /^The loss became NaN at iteration 2; the first value that is not finite is in top 'z' of layer 'bad'\./,
    );
  });
});

Deno.test("the search for the first bad value leaves parameters, data and layers' states as they were", async () => {
  const trained = async (forward: string) => {
    let result: unknown;
    // Infinite in the loss alone: the parameters stay finite, and can be compared.
    await withBad([forward, "y.diff.fill(0.5);"], "", async (solver) => {
      const events = await Array.fromAsync(train(solver));
      assert.equal(events.filter(({ type }) => type === "warning").length, forward === "" ? 0 : 1);
      const [bad] = solver.net.handle.hostLayers;
      result = [solver.net.params.get("ip")!.map((blob) => [...blob.data]), bad!.layer.saveState!()];
    });
    return result;
  };
  assert.deepEqual(await trained("if (this.count === 3) z.data[0] = Infinity;"), await trained(""));
});

Deno.test("stop_on_nan ends with the first blob and layer, and a snapshot from before", async () => {
  const stops = "stop_on_nan: true";
  await withBad(["z.data[3] = Infinity;", ""], stops, async (solver, folder) => {
    await assert.rejects(Array.fromAsync(train(solver)), {
      message:
        /stop_on_nan.* at iteration 2: the loss became Infinity; .* in top 'z' of layer 'bad'\. .*clip_gradients/,
    });
    assert.deepEqual(files(folder), ["s_iter_2.solverstate"]);
  });
  await withBad(["", "if (this.count > 2) y.diff[1] = NaN;"], stops, async (solver, folder) => {
    await assert.rejects(Array.fromAsync(train(solver)), {
      message: /at iteration 2: a gradient was not finite; .* the gradient of bottom 'y' of layer 'bad'/,
    });
    assert.deepEqual(files(folder), ["s_iter_2.solverstate"]);
    assert.ok(solver.net.params.get("ip")!.every((blob) => blob.data.every(Number.isFinite)));
  });
  // Parameters that were bad from the start are not worth a snapshot.
  await withBad(["", ""], stops, async (solver, folder) => {
    solver.net.params.get("ip")![1]!.data[0] = NaN;
    await assert.rejects(Array.fromAsync(train(solver)), /in parameter 1 of layer 'ip'/);
    assert.deepEqual(files(folder), []);
  });
});
