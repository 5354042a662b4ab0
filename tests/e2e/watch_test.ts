import assert from "node:assert/strict";
import { inFolder, readLines, runCrema, startCrema } from "./run_crema.ts";
import { tinySolver, writeTiny } from "./tiny_net.ts";

/** A loss that reports its version, its parameter, and how many forwards it took over from the version before. */
const lossModule = ({ size = 1, inForward = "" } = {}) => `
import { version } from "./version.ts";
export class TellingLoss {
  forwards = 0;
  taken = 0;
  setup() { this.weight = this.blobs.add([${size}], { type: "constant", value: 5 }); }
  save() { return this.forwards; }
  restore(state: number) { this.taken = state; }
  reshape(_: unknown, tops) { for (const top of tops) top.reshape(); }
  forward(_: unknown, [loss, weight, taken]) {
    ${inForward}
    this.forwards++;
    loss.data[0] = version;
    weight.data[0] = this.weight.data[0];
    taken.data[0] = this.taken;
  }
  backward() { this.weight.diff[0] += -1; }
}
`;

const NET = `
name: "watched"
layer { name: "data" type: "DummyData" top: "data"
  dummy_data_param { shape { dim: 4 } data_filler { type: "constant" } } }
layer { name: "loss" type: "Script" bottom: "data" top: "loss" top: "weight" top: "taken" loss_weight: 1 loss_weight: 0
  loss_weight: 0 script_param { module: "./loss.ts" layer: "TellingLoss" } }
`;

interface Telling {
  iteration: number;
  loss: number;
  weight: number;
  taken: number;
}

/** Trains with --watch. The `steps` run in order: each gets the lines until it returns true. */
async function watch(
  folder: string,
  steps: ((line: string, telling: Telling | undefined) => boolean | Promise<boolean>)[],
  ...more: string[]
): Promise<{ code: number; log: string }> {
  const child = startCrema(folder, "train", "--solver", "solver.prototxt", "--watch", ...more);
  const out = child.stdout.cancel();
  let step = 0, iteration = 0, busy = Promise.resolve(), failure: unknown;
  const values: Record<string, number> = {};
  const lines = readLines(child.stderr, (line) => {
    iteration = Number(/Iteration (\d+) \(/.exec(line)?.[1] ?? iteration);
    const [, name, value] = /Train net output #\d: (\w+) = (\S+)/.exec(line) ?? [];
    if (name !== undefined) values[name] = Number(value);
    // "weight" is the last of the outputs.
    const telling = name === "weight"
      ? { iteration, loss: values["loss"]!, weight: values["weight"]!, taken: values["taken"]! }
      : undefined;
    busy = busy.then(async () => {
      try {
        if (failure === undefined && await steps[step]?.(line, telling) && ++step === steps.length) {
          child.kill("SIGINT");
        }
      } catch (error) {
        failure = error;
        child.kill("SIGKILL");
      }
    });
  });
  const { code } = await child.status;
  const log = (await lines).join("\n");
  await out;
  await busy;
  if (failure !== undefined) throw failure;
  assert.equal(step, steps.length, `stopped at step ${step}:\n${log}`);
  return { code, log };
}

const solver = tinySolver({
  base_lr: 1e-6,
  lr_policy: '"fixed"',
  momentum: 0,
  weight_decay: 0,
  display: 200,
  max_iter: 20_000_000,
});

Deno.test("crema train --watch swaps edited modules, keeps state, and survives broken edits", () =>
  inFolder(async (folder) => {
    const write = (name: string, text: string) => Deno.writeTextFile(`${folder}/${name}`, text);
    await writeTiny(folder, solver, NET);
    await write("version.ts", "export const version: number = 1;\n");
    await write("loss.ts", lossModule());
    let last: Telling = { iteration: -1, loss: 1, weight: 4, taken: 0 };
    /** Waits until a version runs that has kept what was there. */
    const runs = (version: number) => (telling: Telling | undefined): boolean => {
      if (telling?.loss !== version) return false;
      assert.ok(telling.iteration > last.iteration, "the iterations go on");
      assert.ok(telling.weight > last.weight, "the parameter is kept, and still learns");
      last = telling;
      return true;
    };
    const then = (done: boolean, edit: () => Promise<void>): Promise<boolean> | boolean =>
      done ? edit().then(() => true) : false;
    const { code, log } = await watch(folder, [
      (_, telling) =>
        then(runs(1)(telling), () => write("version.ts", "export const version: number = 2;\n")),
      (line) => /Iteration \d+: reloaded loss\.ts for layer 'loss'/.test(line),
      (_, telling) => {
        if (!runs(2)(telling)) return false;
        assert.ok(last.taken > 0, "what save returned came to restore");
        return then(true, () => write("loss.ts", "export class TellingLoss {\n  forward( {\n"));
      },
      (line) => /can't use loss\.ts as it is now; the version before stays in use/.test(line),
      (line) => /layer 'loss': Expected a module at \S+loss\.ts but found a syntax error/.test(line),
      (_, telling) => then(runs(2)(telling), () => write("loss.ts", lossModule({ size: 2 }))),
      (line) =>
        /setup threw: Expected parameter 0 to be 1, as the running layer has it, but found 2/.test(line),
      (_, telling) =>
        then(
          runs(2)(telling),
          () =>
            write(
              "loss.ts",
              lossModule({ inForward: "if (this.forwards > 10) throw new RangeError('too many');" }),
            ),
        ),
      (line) => /loss\.ts failed; back to the version before in layer 'loss'/.test(line),
      (line) => /layer 'loss': forward threw: too many/.test(line),
      (line) => /at TellingLoss\.forward \(file:\/\/\S+\/loss\.ts:11:\d+\)/.test(line),
      (_, telling) => then(runs(2)(telling), () => write("loss.ts", "throw new Error('at the top');\n")),
      (line) => /module \S+loss\.ts threw: at the top/.test(line),
      (_, telling) =>
        then(runs(2)(telling), async () => {
          await write("version.ts", "export const version: number = 3;\n");
          await write("loss.ts", lossModule());
        }),
      (_, telling) => runs(3)(telling),
    ]);
    assert.equal(code, 0, log);
    assert.match(log, /Watching 2 files of script layers/);
    assert.match(log, /Optimization stopped early/);
    assert.doesNotMatch(log, /mistake in Crema|crema-edit/);
  }));

Deno.test("with a lock file, edited files run, and are refused at the next start", () =>
  inFolder(async (folder) => {
    const write = (name: string, text: string) => Deno.writeTextFile(`${folder}/${name}`, text);
    await writeTiny(folder, solver, NET);
    await write("version.ts", "export const version: number = 1;\n");
    await write("loss.ts", lossModule());
    assert.equal((await runCrema(folder, "lock", "solver.prototxt")).code, 0);
    const { code, log } = await watch(folder, [
      async (_, telling) => {
        if (telling?.loss === 1) await write("version.ts", "export const version: number = 2;\n");
        return telling?.loss === 1;
      },
      (_, telling) => telling?.loss === 2,
    ]);
    assert.equal(code, 0, log);
    const next = await runCrema(folder, "train", "--solver", "solver.prototxt");
    assert.equal(next.code, 1);
    assert.match(next.stderr, /Expected sha256-\S+ of \S+version\.ts, which \S+loss\.ts imports,/);
  }));
