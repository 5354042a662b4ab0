import assert from "node:assert/strict";
import { checkOmpThreads } from "../../../ffi/thread_limit.ts";

function check(value: string): void {
  const before = Deno.env.get("OMP_NUM_THREADS");
  Deno.env.set("OMP_NUM_THREADS", value);
  try {
    checkOmpThreads();
  } finally {
    if (before === undefined) Deno.env.delete("OMP_NUM_THREADS");
    else Deno.env.set("OMP_NUM_THREADS", before);
  }
}

Deno.test("OMP_NUM_THREADS is bounded as --threads is", () => {
  for (const value of ["99999", "5000", "4097", "2,5000", "1e9"]) {
    assert.throws(
      () => check(value),
      new RegExp(`Expected OMP_NUM_THREADS to be from 1 to 4096 but found ${value}`),
    );
  }
  for (const value of ["", "1", "4096", "2,4", "many"]) check(value);
});
