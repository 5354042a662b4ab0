import assert from "node:assert/strict";
import { IterationRate } from "../../../../cli/ui/iteration_rate.ts";
import { PointHistory } from "../../../../cli/ui/point_history.ts";
import { TrainingMonitor } from "../../../../cli/ui/training_monitor.ts";
import type { StepEvent, TestEvent } from "../../../../train/mod.ts";

const step = (iteration: number): StepEvent => ({
  type: "step",
  iteration,
  loss: 2 - iteration / 100,
  smoothedLoss: 2,
  learningRate: 0.1,
});
const test: TestEvent = { type: "test", iteration: 2, net: 0, scores: [], outputs: { accuracy: 0.5 } };

Deno.test("a monitor tells a new page all so far, and the others what is new", () => {
  const monitor = new TrainingMonitor(0);
  monitor.event({ type: "start", iteration: 0, maxIteration: 10, net: "tiny", learningRatePolicy: "fixed" });
  monitor.event(step(0));
  const heard: unknown[] = [];
  const stop = monitor.listen(({ steps, tests }) => heard.push([steps, tests]));
  monitor.event(step(1));
  monitor.event({ type: "testStart", iteration: 2, net: 0 });
  assert.equal(monitor.status.state, "testing");
  monitor.event(test);
  monitor.flush();
  monitor.flush();
  assert.deepEqual(heard, [
    [[[1, 1.99, 2, 0.1]], [{ iteration: 2, net: 0, outputs: { accuracy: 0.5 } }]],
    [[], []],
  ]);
  stop();
  monitor.event(step(2));
  monitor.flush();
  assert.equal(heard.length, 2);
  const { status, steps, tests, lines } = monitor.all;
  assert.deepEqual(steps.map(([iteration]) => iteration), [0, 1, 2]);
  assert.equal(tests.length, 1);
  assert.equal(status.iteration, 3);
  assert.equal(status.state, "training");
  assert.match(lines[0] ?? "", /Solving tiny/);
});

Deno.test("a monitor tells how a training ended", () => {
  const monitor = new TrainingMonitor(0);
  monitor.event({ type: "request", iteration: 1, action: "stop" });
  assert.equal(monitor.status.state, "stopping");
  monitor.fail(new Error("Expected a number but found NaN"));
  assert.equal(monitor.status.state, "failed");
  assert.equal(monitor.status.error, "Expected a number but found NaN");
});

Deno.test("a history of any length keeps points over all of it", () => {
  const history = new PointHistory<number>();
  for (let i = 0; i < 100_000; i++) history.add(i);
  const { points } = history;
  assert.ok(points.length >= 2048 && points.length < 4096, `${points.length}`);
  assert.equal(points[0], 0);
  const stride = points[1]!;
  assert.ok(points.every((point, i) => point === i * stride));
  assert.ok(points.at(-1)! > 100_000 - 2 * stride);
});

Deno.test("a rate is iterations by time: a slow one among many quick ones counts once", () => {
  const rate = new IterationRate();
  let now = 1000;
  rate.step(now);
  assert.equal(rate.perSecond, 0);
  for (let i = 1; i <= 20_000; i++) rate.step(now += i % 100 === 0 ? 101 : 1);
  // 100 iterations take 200 ms.
  assert.ok(Math.abs(rate.perSecond - 500) < 15, `${rate.perSecond}`);
  rate.pause();
  rate.step(now += 60_000);
  rate.step(now += 2);
  assert.ok(Math.abs(rate.perSecond - 500) < 15, `${rate.perSecond}`);
});
