import assert from "node:assert/strict";
import { boundedThreads } from "../../../../cli/options/bounded_threads.ts";

Deno.test("--threads is bounded by the processors, with one warning", () => {
  const warnings: string[] = [];
  const bounded = (asked: number | undefined) => boundedThreads(asked, 4, (text) => void warnings.push(text));
  assert.deepEqual([undefined, 1, 4, 5, 999].map(bounded), [undefined, 1, 4, 4, 4]);
  assert.deepEqual(warnings, [
    "warning: --threads 5 is more than the 4 processors here: computing with 4.\n",
  ]);
});
