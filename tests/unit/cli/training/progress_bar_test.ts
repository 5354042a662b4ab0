import assert from "node:assert/strict";
import { duration, ProgressBar } from "../../../../cli/training/progress_bar.ts";

Deno.test("the bar shows progress, loss, rate, speed and the time left, and stays within the line", () => {
  let written = "", now = 0;
  const terminal = { write: (text: string) => void (written += text), columns: () => 90, color: false };
  const bar = new ProgressBar(terminal, () => now);
  bar.event({ type: "start", iteration: 0, maxIteration: 200, net: "LeNet", learningRatePolicy: "inv" });
  for (let iteration = 0; iteration < 100; iteration++) {
    now += 10;
    bar.event({ type: "step", iteration, loss: 1, smoothedLoss: 0.5, learningRate: 0.01 });
  }
  const last = written.split("\r\x1b[2K").at(-1) ?? "";
  assert.match(last, /█+ +50% 100\/200 {2}loss 0\.5 {2}lr 0\.01 {2}100 it\/s {2}1\.0s left/);
  assert.ok(last.length < 90);
});

Deno.test("tests, snapshots and warnings scroll above the bar", () => {
  let written = "";
  const terminal = { write: (text: string) => void (written += text), columns: () => 80, color: false };
  const bar = new ProgressBar(terminal, () => 0);
  bar.event({ type: "start", iteration: 0, maxIteration: 10, net: "n", learningRatePolicy: "fixed" });
  const scores = [{ name: "accuracy", index: 0, value: 0.9, lossWeight: 0 }];
  bar.event({ type: "test", iteration: 0, net: 0, scores, outputs: { accuracy: 0.9 } });
  bar.event({ type: "snapshot", iteration: 5, model: "m", state: "s.solverstate" });
  bar.event({ type: "warning", iteration: 5, message: "odd" });
  bar.event({ type: "done", iteration: 10, stoppedEarly: false, seconds: 12 });
  const lines = written.split("\n");
  assert.ok(lines.some((line) => line.endsWith("Iteration 0: test accuracy 0.9")));
  assert.ok(lines.some((line) => line.endsWith("Iteration 5: snapshot s.solverstate")));
  assert.ok(lines.some((line) => line.endsWith("Warning: odd")));
  assert.ok(lines.some((line) => line.endsWith("Optimization done at iteration 10 after 12s.")));
});

Deno.test("a short line keeps the bar, and leaves out what matters least", () => {
  const lineAt = (columns: number) => {
    let written = "", now = 0;
    const terminal = {
      write: (text: string) => void (written += text),
      columns: () => columns,
      color: false,
    };
    const bar = new ProgressBar(terminal, () => now);
    bar.event({
      type: "start",
      iteration: 50_000,
      maxIteration: 100_000,
      net: "n",
      learningRatePolicy: "inv",
    });
    // What is done is known before the first iteration after a resume.
    if (columns > 20) assert.match(written, / 50% 50000\/100000$/);
    const scores = [{ name: "accuracy_of_the_first_classifier", index: 0, value: 0.078125, lossWeight: 0 }];
    bar.event({ type: "test", iteration: 50_000, net: 0, scores, outputs: {} });
    for (let iteration = 50_000; iteration < 50_100; iteration++) {
      now += 10;
      bar.event({ type: "step", iteration, loss: 1, smoothedLoss: 1.88125, learningRate: 0.0001 });
    }
    const line = written.split("\r\x1b[2K").at(-1) ?? "";
    // A terminal writes "^C" behind it.
    assert.ok(line.length <= Math.max(columns - 3, 0), `${line.length} of ${columns}: ${line}`);
    return line.replace(/^[^0-9]*/, "").replaceAll(/ +/g, " ");
  };
  const begin = "50% 50100/100000 loss 1.88125";
  const name = "test accuracy_of_the_first_classifier 0.078125";
  assert.equal(lineAt(140), `${begin} lr 0.0001 100 it/s 8m19s left ${name}`);
  assert.equal(lineAt(110), `${begin} 8m19s left ${name}`);
  assert.equal(lineAt(80), `${begin} 8m19s left test 0.078125`);
  assert.equal(lineAt(56), `${begin} 8m19s left`);
  assert.equal(lineAt(40), "50% 50100/100000 8m19s left");
  assert.equal(lineAt(12), "50100/100");
  assert.equal(lineAt(2), "");
});

Deno.test("durations are short", () => {
  assert.equal(duration(0.44), "0.4s");
  assert.equal(duration(59.6), "1m00s");
  assert.equal(duration(3700), "1h01m");
  assert.equal(duration(Infinity), "?");
});
