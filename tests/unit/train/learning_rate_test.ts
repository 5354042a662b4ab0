import assert from "node:assert/strict";
import { libcaffeTest } from "../ffi/libcaffe/built.ts";
import { findLearningRate, Solver, train } from "../../../train/mod.ts";

const NET = `layer { name: "in" type: "DummyData" top: "x" top: "t" dummy_data_param {
    shape { dim: 8 dim: 3 } shape { dim: 8 dim: 2 }
    data_filler { type: "gaussian" std: 1 } data_filler { type: "constant" value: 3 } } }
  layer { name: "ip" type: "InnerProduct" bottom: "x" top: "y"
    inner_product_param { num_output: 2 weight_filler { type: "xavier" } } }
  layer { name: "loss" type: "EuclideanLoss" bottom: "y" bottom: "t" top: "loss" }`;

const STEPS = 'base_lr: 0.1 lr_policy: "step" gamma: 0.5 stepsize: 2';
const make = (policy = STEPS, engine = "embedded") =>
  Solver.fromText(
    `net_param { ${NET} } ${policy} max_iter: 6 random_seed: 3 snapshot_after_train: false`,
    { threads: 1, engine },
  );
const close = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) <= 1e-6 * Math.abs(expected), `${actual} instead of ${expected}`);
const weights = (solver: Solver) => solver.net.params.get("ip")!.flatMap((blob) => [...blob.data]);

for (const [engine, test] of [["embedded", Deno.test], ["libcaffe", libcaffeTest]] as const) {
  test(`the learning rate can be set and given back to lr_policy, on ${engine}`, async () => {
    using solver = await make(STEPS, engine);
    solver.learningRate = 0;
    const before = weights(solver);
    solver.step();
    assert.deepEqual(weights(solver), before);
    solver.learningRate = 0.5;
    close(solver.learningRate, 0.5);
    solver.step();
    assert.notDeepEqual(weights(solver), before);
    solver.learningRate = undefined;
    close(solver.learningRate, 0.05);
    solver.learningRate = (iteration) => iteration / 10;
    close(solver.learningRate, 0.2);
    solver.step();
    close(solver.learningRate, 0.3);
    assert.throws(() => void (solver.learningRate = -1), /learning rate of 0 or more but found -1/);
    assert.throws(() => void (solver.learningRate = NaN), /learning rate of 0 or more but found NaN/);
    solver.learningRate = () => Infinity;
    assert.throws(() => solver.step(), /from the schedule at iteration 3 but found Infinity/);
  });
}

Deno.test("a rate that was set is that of the same rate in the solver", async () => {
  using set = await make();
  set.learningRate = 0.02;
  using given = await make('base_lr: 0.02 lr_policy: "fixed"');
  set.step(4);
  given.step(4);
  assert.deepEqual(weights(set), weights(given));
});

Deno.test("a resumed run goes on with the rate that was set, and without one with lr_policy", async () => {
  using solver = await make();
  solver.step(3);
  const plain = solver.saveState();
  solver.learningRate = 0.07;
  const set = solver.saveState();
  using other = await make();
  other.restoreState(set);
  close(other.learningRate, 0.07);
  other.restoreState(plain);
  close(other.learningRate, 0.05);
  // A schedule is the program's own, and stays.
  other.learningRate = () => 0.9;
  other.restoreState(set);
  close(other.learningRate, 0.9);
});

Deno.test("a step event has the rate that was set", async () => {
  using solver = await make();
  solver.learningRate = (iteration) => 0.1 / (1 + iteration);
  const events = (await Array.fromAsync(train(solver))).filter((event) => event.type === "step");
  for (const { iteration, learningRate } of events) close(learningRate, 0.1 / (1 + iteration));
  assert.equal(events.length, 6);
});

Deno.test("solver.param is frozen: what can't have an effect can't be set", async () => {
  using solver = await make(`${STEPS} stepvalue: [1, 2]`);
  const param = solver.param as { base_lr?: number; stepvalue?: number[] };
  assert.throws(() => void (param.base_lr = 1), TypeError);
  assert.throws(() => void (param.stepvalue![0] = 1), TypeError);
});

Deno.test("the range test finds where the loss falls, stops when it grows, and leaves the solver as it was", async () => {
  using solver = await make();
  solver.step(2);
  const before = { weights: weights(solver), state: solver.saveState(), rate: solver.learningRate };
  const seen: number[] = [];
  const found = await findLearningRate(solver, {
    ...{ from: 1e-6, to: 1e4, steps: 200 },
    onStep: ({ index }) => seen.push(index),
  });
  assert.ok(found.diverged);
  assert.ok(found.rates.length > 20 && found.rates.length < 200);
  assert.equal(found.losses.length, found.rates.length);
  assert.deepEqual(seen, found.rates.map((_, i) => i));
  close(found.rates[0]!, 1e-6);
  close(found.rates[1]! / found.rates[0]!, 10 ** (10 / 199));
  // The largest stable rate of least squares with inputs of variance 1 is about 2.
  assert.ok(found.suggestion! > 1e-3 && found.suggestion! < 2, `${found.suggestion}`);
  assert.deepEqual(weights(solver), before.weights);
  assert.deepEqual(solver.saveState(), before.state);
  assert.equal(solver.learningRate, before.rate);
});

Deno.test("the range test reaches its last rate where nothing diverges, and refuses what makes no sense", async () => {
  using solver = await make();
  const found = await findLearningRate(solver, { from: 1e-9, to: 1e-8, steps: 10 });
  assert.ok(!found.diverged);
  close(found.rates.at(-1)!, 1e-8);
  for (
    const [options, message] of [
      [{ from: 0 }, /first rate above 0 but found 0/],
      [{ from: 1, to: 0.5 }, /last rate above the first one, 1, but found 0\.5/],
      [{ steps: 1 }, /2 steps or more but found 1/],
      [{ smoothing: 1 }, /smoothing from 0 to below 1/],
      [{ stopAt: 1 }, /factor above 1/],
    ] as const
  ) {
    await assert.rejects(findLearningRate(solver, options), message);
  }
});
