import assert from "node:assert/strict";
import { DrawingBudget } from "../../../../train/runs/drawing_budget.ts";
import { historyCsv, parseHistory, StepHistory } from "../../../../train/runs/step_history.ts";

Deno.test("a history of any length has at most 512 points, each the mean of as many iterations", () => {
  const history = new StepHistory();
  for (let i = 0; i < 5000; i++) history.add(i, i, 0.1);
  const { points } = history;
  assert.ok(points.length <= 512 && points.length > 256, `${points.length}`);
  const stride = points[0]!.iteration;
  assert.equal(stride, 16);
  for (const [i, { iteration, loss }] of points.slice(0, -1).entries()) {
    assert.equal(iteration, (i + 1) * stride);
    assert.equal(loss, i * stride + (stride - 1) / 2);
  }
  assert.equal(points.at(-1)?.iteration, 5000); // the rest, of 8 iterations
  assert.equal(points.at(-1)?.loss, 4995.5);
});

Deno.test("a history goes on where its table ends, and lines that are cut short are left out", () => {
  const first = new StepHistory();
  for (let i = 0; i < 1000; i++) first.add(i, 2, Math.fround(0.01));
  const csv = historyCsv(first.points);
  assert.match(csv, /^iteration,loss,learning_rate\n2,2,0\.01\n4,2,0\.01\n/);
  const points = parseHistory(`${csv}1002,`);
  assert.deepEqual(points.at(-1), { iteration: 1000, loss: 2, learningRate: 0.01 });
  const second = new StepHistory(points);
  second.add(1000, 6, 0.001);
  second.add(1001, 4, 0.001);
  assert.deepEqual(second.points.at(-1), { iteration: 1002, loss: 5, learningRate: 0.001 });
});

Deno.test("work that takes long is done less often", () => {
  let now = 0, done = 0;
  const budget = new DrawingBudget(0.01, () => now);
  const work = () => {
    done++;
    now += 5;
  };
  for (let i = 0; i < 1000; i++) {
    budget.spend(work);
    now += 10;
  }
  // 5 of every 505 milliseconds, and time goes in steps of 10.
  assert.equal(done, 20);
});
