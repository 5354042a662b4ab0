import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { findNewestSnapshot } from "../../train/snapshot_files.ts";
import { inFolder, readLines, startCrema } from "./run_crema.ts";
import { tinySolver, writeTiny } from "./tiny_net.ts";

interface Ended {
  code: number;
  log: string;
}

/** Trains a tiny net forever, sends each signal at a line that matches, and waits for the end. */
async function signalled(
  folder: string,
  sends: (readonly [at: RegExp, signal: Deno.Signal])[],
  ...args: string[]
): Promise<Ended> {
  const child = startCrema(folder, "train", "--solver", "solver.prototxt", "--threads", "1", ...args);
  const out = child.stdout.cancel();
  const waiting = [...sends];
  // A missed signal must fail this test, not stop all tests.
  const guard = setTimeout(() => child.kill("SIGKILL"), 300_000);
  const lines = await readLines(child.stderr, (line) => {
    const [next] = waiting;
    if (next === undefined || !next[0].test(line)) return;
    waiting.shift();
    child.kill(next[1]);
  });
  await out;
  const { code } = await child.status;
  clearTimeout(guard);
  return { code, log: lines.join("\n") };
}

const SNAPSHOT = /Snapshotting solver state/;

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

Deno.test("SIGTERM stops as SIGINT does; with snapshot_after_train: false there is no file", () =>
  inFolder(async (folder) => {
    await writeTiny(folder, `${FOREVER}snapshot_after_train: false\n`);
    const { code, log } = await signalled(folder, [[/Iteration 2000 /, "SIGTERM"]]);
    assert.equal(code, 0, log);
    assert.match(log, /Optimization stopped early\./);
    assert.equal(await findNewestSnapshot(`${folder}/tiny`), undefined);
  }));

Deno.test("SIGHUP writes a snapshot and goes on", () =>
  inFolder(async (folder) => {
    await writeTiny(folder, FOREVER);
    const { code, log } = await signalled(folder, [[/Iteration 2000 /, "SIGHUP"], [SNAPSHOT, "SIGINT"]]);
    assert.equal(code, 0, log);
    const written = [...log.matchAll(/solver state to binary proto file tiny_iter_(\d+)/g)].map((match) =>
      Number(match[1])
    );
    assert.equal(written.length, 2, log);
    assert.ok((written[0] ?? 0) > 2000 && (written[1] ?? 0) > (written[0] ?? 0), log);
  }));

Deno.test("SIGHUP and SIGINT do the same during a test pass", () =>
  inFolder(async (folder) => {
    await writeTiny(folder, `${FOREVER}test_iter: 1000000000\ntest_interval: 1000\n`);
    const { code, log } = await signalled(folder, [[/Testing net/, "SIGHUP"], [SNAPSHOT, "SIGINT"]]);
    assert.equal(code, 0, log);
    assert.match(log, /Testing net \(#0\)\n.*\n.*tiny_iter_0\.solverstate\n.*Test interrupted\.\n/);
    assert.ok(existsSync(`${folder}/tiny_iter_0.caffemodel`));
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

Deno.test("an unknown effect is refused", () =>
  inFolder(async (folder) => {
    await writeTiny(folder, FOREVER);
    const { code, log } = await signalled(folder, [], "--sigint_effect", "explode");
    assert.equal(code, 1);
    assert.match(log, /explode.*stop, snapshot, none/);
  }));

Deno.test("training goes on, and writes its snapshot, when nobody reads its output any more", () =>
  inFolder(async (folder) => {
    await writeTiny(folder, tinySolver({ max_iter: 3000, display: 1, snapshot: 1000 }));
    const child = startCrema(folder, "train", "--solver", "solver.prototxt", "--threads", "1");
    await Promise.all([child.stdout.cancel(), child.stderr.cancel()]);
    const { code } = await child.status;
    assert.equal(code, 0);
    assert.equal((await findNewestSnapshot(`${folder}/tiny`))?.iteration, 3000);
  }));
