import assert from "node:assert/strict";
import { runLimited } from "../../../../tools/corpus/limited_process.ts";

const MUCH = { seconds: 600, megabytes: 100_000 };
const isLinux = Deno.build.os === "linux";

/** A program that waits forever, which nobody but a limit or an abort ends. */
const WAITING = ["eval", "setInterval(() => {}, 1e6)"];

Deno.test("a process within its limits ends as it does", async () => {
  const program = "console.log('out'); console.error('err'); Deno.exit(3)";
  const ending = await runLimited(["eval", program], MUCH);
  assert.deepEqual(ending, { stdout: "out\n", stderr: "err\n", how: "status 3" });
});

Deno.test({
  name: "a process that takes more memory than it may is ended",
  ignore: !isLinux,
  fn: async () => {
    const { exceeded, how } = await runLimited(WAITING, { ...MUCH, megabytes: 1 });
    assert.deepEqual([exceeded, how], ["more than 1 MB", "SIGKILL"]);
  },
});

Deno.test({
  name: "a process that takes more processor time than it may is ended",
  ignore: !isLinux,
  fn: async () => {
    const { exceeded, how } = await runLimited(["eval", "for (;;);"], { ...MUCH, seconds: 0.01 });
    assert.deepEqual([exceeded, how], ["more than 0.01 s", "SIGKILL"]);
  },
});

Deno.test("an abort ends the process and is thrown; after it none begins", async () => {
  const stop = new AbortController();
  const waiting = runLimited(WAITING, MUCH, stop.signal);
  stop.abort(new RangeError("enough"));
  await assert.rejects(waiting, /^RangeError: enough$/);
  await assert.rejects(runLimited(["no such command"], MUCH, stop.signal), /^RangeError: enough$/);
});
