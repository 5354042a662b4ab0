import assert from "node:assert/strict";
import { buildEngine, sanitizedLibrary } from "../../tools/engine_build.ts";
import { fuzz, type FuzzResult } from "./fuzz_process.ts";

/** Checks that every kind of misuse was tried: of blobs and nets, and in the methods of layers. */
function assertThorough({ actions, threw, tried }: FuzzResult): void {
  assert.ok(actions > 200, `${actions} actions`);
  assert.ok(threw > 0 && threw < actions);
  for (const kind of ["writeStale", "outOfRange", "disposeNet", "forward", "reshape", "copyGarbage"]) {
    assert.ok((tried[kind] ?? 0) > 0, kind);
  }
}

Deno.test("random misuse ends in exceptions, and never ends the process", async () => {
  // The choices are the same each time; `deno task fuzz` makes new ones.
  for (const seed of [1, 2]) assertThorough(await fuzz({ seconds: 5, seed }));
});

Deno.test("random misuse under AddressSanitizer and UBSan", async () => {
  await buildEngine(sanitizedLibrary, () => {});
  for (const seed of [2, 4]) assertThorough(await fuzz({ seconds: 8, seed, sanitize: true }));
});
