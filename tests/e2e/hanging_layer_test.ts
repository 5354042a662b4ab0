import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { findNewestSnapshot } from "../../train/snapshot_files.ts";
import { inFolder, readLines, startCrema } from "./run_crema.ts";
import { scriptLoss, tinyNet, tinySolver, writeTiny } from "./tiny_net.ts";

/** Writes a net whose loss is a layer with this `forward`, and its solver. */
async function writeLayer(folder: string, forward: string, solver = tinySolver()): Promise<void> {
  await Deno.writeTextFile(
    `${folder}/loss.ts`,
    `let n = 0;
export class Loss {
  static examples = [{ bottoms: [{ shape: [2, 3] }, { shape: [2] }] }];
  reshape(_, [top]) { top.reshape(1); }
  forward(_, [top]) { n++; top.data[0] = 1; ${forward} }
  backward() {}
  later() { throw new Error("too late"); }
}
`,
  );
  await writeTiny(folder, solver, tinyNet({ loss: scriptLoss("./loss.ts", "Loss") }));
}

/** Runs a command, sends it the signals once a line shows that a layer runs, and waits for its end. */
async function interrupted(folder: string, signals: Deno.Signal[], ...args: string[]) {
  const child = startCrema(folder, ...args);
  const out = child.stdout.cancel();
  // What is not ended must fail this test, not stop all tests.
  const guard = setTimeout(() => child.kill("SIGKILL"), 120_000);
  const lines = await readLines(child.stderr, async (line) => {
    if (line !== "in the loop") return;
    for (const signal of signals) {
      child.kill(signal);
      // Signals of one kind that come at the same time count as one.
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  });
  await out;
  const { code } = await child.status;
  clearTimeout(guard);
  return { code, log: lines.join("\n") };
}

const LOOP = 'if (n > 3) { console.error("in the loop"); for (;;); }';

Deno.test("a second signal ends a training whose layer never returns, and says which", () =>
  inFolder(async (folder) => {
    await writeLayer(folder, LOOP);
    for (const [signals, code] of [[["SIGINT", "SIGINT"], 130], [["SIGINT", "SIGTERM"], 143]] as const) {
      const ended = await interrupted(folder, [...signals], "train", "--solver", "solver.prototxt");
      assert.equal(ended.code, code, ended.log);
      assert.match(
        ended.log,
        new RegExp(
          `^crema: ended by a second signal, ${
            signals[1]
          }, in forward of layer 'loss'; what was learned since ` +
            "the last snapshot is lost.$",
          "m",
        ),
      );
      assert.equal(await findNewestSnapshot(`${folder}/tiny`), undefined);
    }
  }));

Deno.test("the first signal ends a check whose layer never returns, and says where", () =>
  inFolder(async (folder) => {
    await writeLayer(folder, LOOP);
    const { code, log } = await interrupted(folder, ["SIGTERM"], "check", "./loss.ts");
    assert.equal(code, 143, log);
    assert.match(log, /^crema: ended by SIGTERM, in forward of layer '.*'; the check was not complete.$/m);
  }));

Deno.test("the first signal ends a training that has not begun", () =>
  inFolder(async (folder) => {
    await writeLayer(folder, "");
    const module = await Deno.readTextFile(`${folder}/loss.ts`);
    for (const hang of ["for (;;);", "await new Promise((resolve) => setTimeout(resolve, 1e9));"]) {
      await Deno.writeTextFile(`${folder}/loss.ts`, `console.error("in the loop");\n${hang}\n${module}`);
      const { code, log } = await interrupted(folder, ["SIGINT"], "train", "--solver", "solver.prototxt");
      assert.equal(code, 130, log);
      assert.match(log, /^crema: ended by SIGINT; training had not begun, and nothing was written.$/m);
      assert.ok(!existsSync(`${folder}/tiny_iter_0.caffemodel`));
    }
  }));

for (
  const [what, forward, found] of [
    ["a timer", "if (n === 30) setTimeout(() => this.later());", "an uncaught error"],
    ["a promise", "if (n === 30) Promise.resolve().then(() => this.later());", "an unhandled rejection"],
  ] as const
) {
  Deno.test(`an error of ${what} that a layer started stops training with a snapshot, and names the layer`, () =>
    inFolder(async (folder) => {
      await writeLayer(folder, forward, tinySolver({ max_iter: 1_000_000_000, display: 0 }));
      const { code, log } = await interrupted(folder, [], "train", "--solver", "solver.prototxt");
      assert.equal(code, 1, log);
      assert.match(
        log,
        new RegExp(
          `^error: net\\.prototxt:\\d+:\\d+: layer 'loss': Expected asynchronous code to catch its errors but found ${found}: ` +
            "too late. It came from .*loss\\.ts:7:\\d+\\. ",
          "m",
        ),
      );
      assert.match(log, /Snapshotting solver state/);
      assert.ok((await findNewestSnapshot(`${folder}/tiny`))!.iteration >= 30);
    }));
}

Deno.test("the snapshot before such an error is written with snapshot_after_train: false as well", () =>
  inFolder(async (folder) => {
    const solver = tinySolver({ max_iter: 1_000_000_000, display: 0, snapshot_after_train: false });
    await writeLayer(folder, "if (n === 30) Promise.reject(5);", solver);
    const { code, log } = await interrupted(folder, [], "train", "--solver", "solver.prototxt");
    assert.equal(code, 1, log);
    assert.match(
      log,
      /^error: Expected asynchronous code to catch .* found an unhandled rejection: 5\. Its trace/m,
    );
    assert.ok((await findNewestSnapshot(`${folder}/tiny`))!.iteration >= 30);
  }));
