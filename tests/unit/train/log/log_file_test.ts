import assert from "node:assert/strict";
import { LogFile } from "../../../../train/log/log_file.ts";
import { tolerantSink } from "../../../../train/log/tolerant_sink.ts";

Deno.test("a full disk is told once and ends nothing", () => {
  using file = new LogFile("/dev/full");
  const told: string[] = [];
  const sink = tolerantSink((line) => file.write(line), (error) => told.push(error.message));
  for (let i = 0; i < 3; i++) sink(`Iteration ${i}`);
  assert.equal(told.length, 1);
  assert.match(told[0]!, /No space left on device/);
});

Deno.test("lines are appended", async () => {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, "before\n");
    {
      using file = new LogFile(path);
      file.write("one");
      file.write("two");
    }
    assert.equal(await Deno.readTextFile(path), "before\none\ntwo\n");
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("a mistake of a sink's own is not hidden", () => {
  const sink = tolerantSink(() => {
    throw new TypeError("a mistake");
  }, () => {});
  assert.throws(() => sink("line"), /a mistake/);
});
