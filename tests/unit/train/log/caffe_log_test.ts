import assert from "node:assert/strict";
import { CaffeLog } from "../../../../train/log/caffe_log.ts";
import type { Score, TrainEvent } from "../../../../train/mod.ts";

// The patterns of Caffe's tools/extra/parse_log.py and what extract_seconds.py splits a line into.
const ITERATION = /Iteration (\d+)/;
const TRAIN_OUTPUT = /Train net output #(\d+): (\S+) = ([.\deE+-]+)/;
const TEST_OUTPUT = /Test net output #(\d+): (\S+) = ([.\deE+-]+)/;
const LEARNING_RATE = /lr = ([-+]?[0-9]*\.?[0-9]+([eE]?[-+]?[0-9]+)?)/;
const LINE = /^([IWE])(\d\d)(\d\d) (\d\d):(\d\d):(\d\d)\.(\d{6}) +\d+ \w+\.cpp:\d+\] (.*)$/;

function logOf(...events: TrainEvent[]): string[] {
  const lines: string[] = [];
  const log = new CaffeLog((line) => lines.push(line), 100);
  for (const event of events) log.event(event);
  return lines;
}

const loss: Score = { name: "loss", index: 0, value: 0.25, lossWeight: 1 };
const accuracy: Score = { name: "accuracy", index: 0, value: 0.9876, lossWeight: 0 };

Deno.test("a display has the lines that parse_log.py reads", () => {
  const lines = logOf({
    type: "display",
    iteration: 100,
    loss: 0.5,
    scores: [loss],
    outputs: { loss: 0.25 },
    learningRate: Math.fround(0.00992565),
    iterations: 100,
    seconds: 0.5,
    final: false,
  });
  const messages = lines.map((line) => LINE.exec(line)?.[8]);
  assert.deepEqual(messages, [
    "Iteration 100 (200 iter/s, 0.5s/100 iters), loss = 0.5",
    "    Train net output #0: loss = 0.25 (* 1 = 0.25 loss)",
    "Iteration 100, lr = 0.00992565",
  ]);
  assert.equal(ITERATION.exec(lines[0] ?? "")?.[1], "100");
  assert.deepEqual(TRAIN_OUTPUT.exec(lines[1] ?? "")?.slice(1, 4), ["0", "loss", "0.25"]);
  assert.equal(LEARNING_RATE.exec(lines[2] ?? "")?.[1], "0.00992565");
});

Deno.test("a test has the lines that parse_log.py reads", () => {
  const outputs = { accuracy: 0.9876, loss: 0.25 };
  const lines = logOf(
    { type: "testStart", iteration: 500, net: 0 },
    { type: "test", iteration: 500, net: 0, loss: 0.25, scores: [accuracy, loss], outputs },
  );
  assert.deepEqual(lines.map((line) => LINE.exec(line)?.[8]), [
    "Iteration 500, Testing net (#0)",
    "Test loss: 0.25",
    "    Test net output #0: accuracy = 0.9876",
    "    Test net output #1: loss = 0.25 (* 1 = 0.25 loss)",
  ]);
  assert.deepEqual(TEST_OUTPUT.exec(lines[2] ?? "")?.slice(1, 4), ["0", "accuracy", "0.9876"]);
});

Deno.test("a test of detection has SSD's lines: classes on request, and a warning where nothing was found", () => {
  const event: TrainEvent = {
    type: "test",
    iteration: 500,
    net: 0,
    scores: [{ name: "detection_eval", index: 0, value: 0.4, lossWeight: 0 }],
    outputs: { detection_eval: 0.4 },
    classes: [
      { name: "detection_eval", label: 1, value: 0.8 },
      { name: "detection_eval", label: 2, value: undefined },
    ],
  };
  const textOf = (showsClasses: boolean) => {
    const lines: string[] = [];
    new CaffeLog((line) => lines.push(line), 100, showsClasses).event(event);
    return lines.map((line) => `${line[0]} ${LINE.exec(line)?.[8]}`);
  };
  const always = ["W Missing true_pos for label: 2", "I     Test net output #0: detection_eval = 0.4"];
  assert.deepEqual(textOf(true), ["I class1: 0.8", ...always]);
  assert.deepEqual(textOf(false), always);
});

Deno.test("start, snapshot, debug and end have Caffe's words", () => {
  const lines = logOf(
    { type: "start", iteration: 0, maxIteration: 10, net: "LeNet", learningRatePolicy: "inv" },
    { type: "debug", iteration: 0, pass: "forward", layer: "ip", role: "top", blob: "ip1", value: 0.5 },
    { type: "debug", iteration: 0, pass: "backward", layer: "ip", role: "param", blob: "0", value: 2 },
    { type: "debugNorms", iteration: 0, l1: { data: 1, diff: 2 }, l2: { data: 3, diff: 4 } },
    { type: "snapshot", iteration: 10, model: "a.caffemodel", state: "a.solverstate" },
    { type: "done", iteration: 10, stoppedEarly: true, seconds: 1 },
  );
  assert.deepEqual(lines.map((line) => LINE.exec(line)?.[8]), [
    "Solving LeNet",
    "Learning Rate Policy: inv",
    "    [Forward] Layer ip, top blob ip1 data: 0.5",
    "    [Backward] Layer ip, param blob 0 diff: 2",
    "    [Backward] All net params (data, diff): L1 norm = (1, 2); L2 norm = (3, 4)",
    "Snapshotting to binary proto file a.caffemodel",
    "Snapshotting solver state to binary proto file a.solverstate",
    "Optimization stopped early.",
    "Optimization Done.",
  ]);
});
