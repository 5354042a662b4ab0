import assert from "node:assert/strict";
import { MetricsFile, readMetrics } from "../../../../train/runs/metrics_file.ts";
import { inTemporaryFolder } from "./in_temporary_folder.ts";

const row = (iteration: number, net: string, outputs: Record<string, number>, loss?: number) => ({
  iteration,
  time: "2026-01-02T03:04:05.678Z",
  seconds: iteration / 10,
  net,
  loss,
  outputs,
});

Deno.test("rows are in both files; a new output gets a column, and NaN survives", () =>
  inTemporaryFolder((folder) => {
    using file = new MetricsFile(folder);
    file.add({ ...row(0, "train", { loss: Math.fround(0.1) }, 2), learningRate: Math.fround(0.01) });
    file.add(row(5, "test", { loss: NaN, 'acc,"x"': 0.5 }));
    file.add(row(5, "test1", { seconds: 3 }));
    assert.deepEqual(Deno.readTextFileSync(`${folder}/metrics.csv`).trimEnd().split("\n"), [
      'iteration,time,seconds,net,learning_rate,total_loss,loss,"acc,""x""",seconds_output',
      "0,2026-01-02T03:04:05.678Z,0,train,0.01,2,0.1,,",
      "5,2026-01-02T03:04:05.678Z,0.5,test,,,NaN,0.5,",
      "5,2026-01-02T03:04:05.678Z,0.5,test1,,,,,3",
    ]);
    assert.deepEqual(
      readMetrics(folder).map(({ net, outputs, loss, learningRate }) => [net, outputs, loss, learningRate]),
      [
        ["train", { loss: 0.1 }, 2, 0.01],
        ["test", { loss: NaN, 'acc,"x"': 0.5 }, undefined, undefined],
        ["test1", { seconds: 3 }, undefined, undefined],
      ],
    );
  }));

Deno.test("a resumed training drops the rows that it measures again, and a line that was cut short", () =>
  inTemporaryFolder((folder) => {
    {
      using file = new MetricsFile(folder);
      for (const iteration of [0, 10, 20, 30]) file.add(row(iteration, "train", { loss: iteration }));
    }
    const path = `${folder}/metrics.jsonl`, text = Deno.readTextFileSync(path);
    Deno.writeTextFileSync(
      path,
      text.slice(0, -30) + '\n{"iteration": "no"}\nnull\n{"iteration":15,"net":"train","outputs":{"loss":1',
    );
    assert.deepEqual(readMetrics(folder).map(({ iteration }) => iteration), [0, 10, 20]);
    using file = new MetricsFile(folder, 20);
    file.add(row(20, "train", { loss: 7 }));
    assert.deepEqual(readMetrics(folder).map(({ outputs }) => outputs), [{ loss: 0 }, { loss: 10 }, {
      loss: 7,
    }]);
    assert.equal(Deno.readTextFileSync(`${folder}/metrics.csv`).trimEnd().split("\n").length, 4);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), [
      "metrics.csv",
      "metrics.jsonl",
    ]);
  }));
