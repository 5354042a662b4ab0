import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { findNewestSnapshot } from "../../train/snapshot_files.ts";
import { inFolder, readLines, startCrema } from "./run_crema.ts";
import { tinySolver, writeTiny } from "./tiny_net.ts";

interface Ended {
  code: number;
  log: string;
}

/** Trains a tiny net for ever, sends the signals, each at a line that matches, and waits for the end. */
async function signalled(
  folder: string,
  sends: (readonly [at: RegExp, signal: Deno.Signal])[],
  ...args: string[]
): Promise<Ended> {
  const child = startCrema(folder, "train", "--solver", "solver.prototxt", "--threads", "1", ...args);
  const out = child.stdout.cancel();
  const waiting = [...sends];
  const lines = await readLines(child.stderr, (line) => {
    const [next] = waiting;
    if (next === undefined || !next[0].test(line)) return;
    waiting.shift();
    child.kill(next[1]);
  });
  await out;
  const { code } = await child.status;
  return { code, log: lines.join("\n") };
}

const FOREVER = tinySolver({ max_iter: 1_000_000_000, display: 2000 });

Deno.test("SIGINT writes a snapshot and stops early, with status 0", () =>
  inFolder(async (folder) => {
    await writeTiny(folder, FOREVER);
    const { code, log } = await signalled(folder, [[/Iteration 4000 /, "SIGINT"]]);
    assert.equal(code, 0, log);
    assert.match(log, /Snapshotting solver state to binary proto file tiny_iter_\d+\.solverstate/);
    assert.match(log, /Optimization stopped early\.\n.*Optimization Done\.$/);
    const files = await findNewestSnapshot(`${folder}/tiny`);
    assert.ok((files?.iteration ?? 0) > 4000);
    assert.doesNotMatch(log, new RegExp(`Iteration ${files?.iteration}, loss`));
  }));

Deno.test("SIGTERM stops as SIGINT does; snapshot_after_train: false leaves no file", () =>
  inFolder(async (folder) => {
    await writeTiny(folder, `${FOREVER}snapshot_after_train: false\n`);
    const { code, log } = await signalled(folder, [[/Iteration 2000 /, "SIGTERM"]]);
    assert.equal(code, 0, log);
    assert.match(log, /Optimization stopped early\./);
    assert.equal(await findNewestSnapshot(`${folder}/tiny`), undefined);
  }));

Deno.test("SIGHUP writes a snapshot and goes on; during a test as well", () =>
  inFolder(async (folder) => {
    await writeTiny(folder, `${FOREVER}test_iter: 20000\ntest_interval: 6000\ntest_initialization: false\n`);
    const { code, log } = await signalled(folder, [
      [/Iteration 2000 /, "SIGHUP"],
      [/Snapshotting solver state/, "SIGHUP"],
      [/Iteration 6000, Testing net/, "SIGHUP"],
      [/Snapshotting solver state to binary proto file tiny_iter_6000/, "SIGINT"],
    ]);
    assert.equal(code, 0, log);
    const written = log.match(/Snapshotting solver state to binary proto file tiny_iter_\d+/g) ?? [];
    assert.ok(written.length >= 4, log);
    assert.match(log, /Test interrupted\.\n/);
    assert.ok(existsSync(`${folder}/tiny_iter_6000.caffemodel`));
  }));

Deno.test("--sigint_effect and --sighup_effect choose what the signals do", () =>
  inFolder(async (folder) => {
    await writeTiny(folder, FOREVER);
    const { code, log } = await signalled(
      folder,
      [
        [/Iteration 2000 /, "SIGINT"],
        [/Iteration 6000 /, "SIGHUP"],
      ],
      "-sigint_effect=none",
      "--sighup-effect",
      "stop",
    );
    assert.equal(code, 0, log);
    assert.match(log, /Iteration 4000 /);
    assert.match(log, /Optimization stopped early\./);
    assert.equal(log.match(/Snapshotting solver state/g)?.length, 1);
  }));

Deno.test("an effect that there is not is refused", () =>
  inFolder(async (folder) => {
    await writeTiny(folder, FOREVER);
    const { code, log } = await signalled(folder, [], "--sigint_effect", "explode");
    assert.equal(code, 1);
    assert.match(log, /explode.*stop, snapshot, none/);
  }));
