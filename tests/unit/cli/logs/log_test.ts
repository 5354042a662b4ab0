import assert from "node:assert/strict";
import { logCommand } from "../../../../cli/log.ts";
import { logCsv } from "../../../../cli/logs/log_csv.ts";
import { logPlot } from "../../../../cli/logs/log_plot.ts";
import { parseCaffeLog } from "../../../../cli/logs/parse_caffe_log.ts";
import { CaffeLog } from "../../../../train/log/caffe_log.ts";

/** A log of Caffe's own. */
const LOG = Deno.readTextFileSync(new URL("caffe.log.txt", import.meta.url));

/** What parse_log.py wrote of it. */
const TRAIN =
  "NumIters,Seconds,LearningRate,loss\r\n0.0,0.000236,5e-05,1.52243\r\n5.0,0.00034,5e-05,0.999894\r\n10.0,0.000484,4.98133e-05,1.81448\r\n15.0,0.000576,4.96283e-05,1.13523\r\n";
const TEST =
  "NumIters,Seconds,LearningRate,accuracy,loss\r\n0.0,0.000173,4.98133e-05,0.46875,1.3842\r\n10.0,0.000437,4.98133e-05,0.40625,1.2392\r\n20.0,0.000683,4.94448e-05,0.375,1.21582\r\n";

Deno.test("a log of Caffe's becomes the tables that parse_log.py writes", async () => {
  const { train, test } = parseCaffeLog(LOG, { year: 2026 });
  assert.equal(logCsv(train), TRAIN);
  assert.equal(logCsv(test), TEST);
  const folder = await Deno.makeTempDir({ prefix: "crema-log-" });
  try {
    const run = (...args: string[]) => logCommand().parseAsync(args, { from: "user" });
    await Deno.writeTextFile(`${folder}/a.log`, LOG);
    await run("parse", `${folder}/a.log`, folder);
    assert.equal(await Deno.readTextFile(`${folder}/a.log.train`), TRAIN);
    assert.equal(await Deno.readTextFile(`${folder}/a.log.test`), TEST);
    await run("plot", `${folder}/a.log`, "--chart", "6", "--out", `${folder}/a.svg`);
    assert.match(await Deno.readTextFile(`${folder}/a.svg`), /Train loss vs\. Iters[^]*<polyline/);
    await run("plot", `${folder}/a.log`, "--out", `${folder}/a.png`);
    assert.deepEqual([...(await Deno.readFile(`${folder}/a.png`)).subarray(1, 4)], [
      ...new TextEncoder().encode("PNG"),
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("Crema's own log is read, and values that are not finite", () => {
  const lines: string[] = [];
  const log = new CaffeLog((line) => void lines.push(line), 10);
  log.line("solver.cpp:289", "Solving tiny");
  log.line("solver.cpp:347", "Iteration 0, Testing net (#0)");
  log.line("solver.cpp:414", "    Test net output #0: accuracy = 0.5");
  log.line("solver.cpp:414", "    Test net output #1: loss = nan");
  log.line("solver.cpp:258", "    Train net output #0: loss = -inf (* 1 = -inf loss)");
  const { train, test } = parseCaffeLog(lines.join("\n"));
  assert.deepEqual([...test[0]!.outputs], [["accuracy", 0.5], ["loss", NaN]]);
  assert.deepEqual([...train[0]!.outputs], [["loss", -Infinity]]);
  const plot = logPlot([{ name: "log", train, test }]);
  assert.deepEqual(plot.series.map(({ name }) => name), ["test accuracy"]);
});

Deno.test("logs of 2013 have losses without names, and scores", () => {
  const old = [
    "I1231 23:59:59.000000  1 solver.cpp:60] Solving CIFAR10_quick_test",
    "noise between the lines",
    "I1231 23:59:59.500000  1 solver.cpp:165] Iteration 100, loss = 1.5",
    "I1231 23:59:59.600000  1 solver.cpp:246] Iteration 100, lr = 0.001",
    "I0101 00:00:01.000000  1 solver.cpp:87] Iteration 100, Testing net",
    "I0101 00:00:01.250000  1 solver.cpp:114] Test score #0: 0.48",
    "I0101 00:00:01.250000  1 solver.cpp:114] Test score #1: 1.4",
  ].join("\n");
  const { train, test } = parseCaffeLog(old, { year: 2013 });
  assert.deepEqual(train.map(({ seconds, outputs }) => [seconds, ...outputs]), [[0.5, ["loss", 1.5]]]);
  assert.deepEqual(test.map(({ seconds, outputs }) => [seconds, ...outputs]), [[
    2.25,
    ["score0", 0.48],
    ["score1", 1.4],
  ]]);
});

Deno.test("several test nets have rows of their own; what is no log is an error", () => {
  const line = (text: string) => `I0101 00:00:01.250000  1 solver.cpp:1] ${text}\n`;
  const two = line("Iteration 5, Testing net (#0)") + line("    Test net output #0: loss = 1") +
    line("Iteration 5, Testing net (#1)") + line("    Test net output #0: loss = 2");
  assert.deepEqual(parseCaffeLog(two).test.map(({ outputs }) => outputs.get("loss")), [1, 2]);
  assert.throws(
    () => parseCaffeLog("hello\n", { file: "x.log" }),
    /x\.log: Expected a log of training but found no line/,
  );
  const log = { name: "a.log", ...parseCaffeLog(two) };
  assert.throws(
    () => logPlot([log], { chart: 0 }),
    /a\.log: Expected a log with test accuracy but found none/,
  );
});
