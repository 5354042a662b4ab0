import assert from "node:assert/strict";
import { EnginesDiffer } from "../../../../tools/corpus/engines_differ.ts";
import { tryGuesses } from "../../../../tools/corpus/try_guesses.ts";

/** Tries three guesses, of which each throws its error if it has one. Returns how many ran. */
async function tried(...errors: (Error | undefined)[]): Promise<number> {
  let runs = 0;
  await tryGuesses(errors, (error) => {
    runs++;
    return error === undefined ? Promise.resolve() : Promise.reject(error);
  });
  return runs;
}

Deno.test("guesses are tried until one runs", async () => {
  assert.equal(await tried(undefined, undefined), 1);
  assert.equal(await tried(new Error("a"), new Error("b"), undefined), 3);
});

Deno.test("if no guess runs, the first error counts", async () => {
  await assert.rejects(tried(new Error("a"), new Error("b")), /^Error: a$/);
});

Deno.test("engines that differ with one guess need no other", async () => {
  await assert.rejects(tried(new EnginesDiffer("a"), undefined), /^EnginesDiffer: a$/);
  await assert.rejects(tried(new Error("a"), new EnginesDiffer("b"), undefined), /^EnginesDiffer: b$/);
});
