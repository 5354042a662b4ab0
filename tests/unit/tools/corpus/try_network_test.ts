import assert from "node:assert/strict";
import type { Ending } from "../../../../tools/corpus/limited_process.ts";
import { tryNetwork } from "../../../../tools/corpus/try_network.ts";

/** Tries a network whose processes end like this, one after the other. Returns the result, and with what each ran. */
async function tried(...endings: Partial<Ending>[]) {
  const runs: string[] = [];
  const result = await tryNetwork((more) => {
    const ending = { stdout: "", stderr: "", how: "status 0", ...endings[runs.length] };
    runs.push(more.join(" "));
    return Promise.resolve(ending);
  });
  return { result, runs };
}

const RAN = { stdout: 'a layer wrote this\n{"reached":"run"}\n' };
const FAILED = { stdout: '\n{"reached":"read","reason":"layer \'x\': Expected 3 but found 4"}\n' };
const killed = (exceeded: string) => ({ how: "SIGKILL", exceeded });

Deno.test("a network runs once if it stays within its limits, whether it fails or not", async () => {
  assert.deepEqual(await tried(RAN, FAILED), { result: { reached: "run" }, runs: [""] });
  const reason = "layer 'x': Expected 3 but found 4";
  assert.deepEqual(await tried(FAILED, RAN), { result: { reached: "read", reason }, runs: [""] });
});

Deno.test("a network that exceeds a limit runs once more with one image", async () => {
  const runs = ["", "--images 1"];
  assert.deepEqual(await tried(killed("more than 10 MB"), RAN), { result: { reached: "run" }, runs });
  assert.deepEqual(await tried(killed("more than 10 MB"), killed("more than 5 s"), RAN), {
    result: { reached: "read", reason: "more than 5 s" },
    runs,
  });
});

Deno.test("what a process wrote before it exceeded a limit is no result", async () => {
  const { result } = await tried({ ...RAN, ...killed("more than 5 s") }, {
    ...RAN,
    ...killed("more than 5 s"),
  });
  assert.deepEqual(result, { reached: "read", reason: "more than 5 s" });
});

Deno.test("a process without a result says how it ended, and its last words", async () => {
  const { result, runs } = await tried({ stdout: "half a li", stderr: "first\nlast\n", how: "SIGSEGV" });
  assert.deepEqual(result, { reached: "read", reason: "the process ended with SIGSEGV: last" });
  assert.deepEqual(runs, [""]);
});
