/**
 * Trains models/lenet_script for 5,000 iterations and compares the resident memory after iteration 1,000 with that at
 * the end: exits with 1 when they are more than 8 MB apart. `deno run -A bench/memory.ts`
 *
 * @module
 */

// deno-lint-ignore-file no-console -- what is measured is printed

import { readSolver } from "../proto/mod.ts";
import { Solver, train } from "../train/mod.ts";

const LIMIT_MB = 8;

/** Resident memory in megabytes. */
function residentMb(): number {
  return Deno.memoryUsage().rss / 2 ** 20;
}

const param = await readSolver("models/lenet_script/solver.prototxt");
using solver = await Solver.create({ ...param, max_iter: 5000, snapshot: 0, snapshot_after_train: false });
let before = NaN;
for await (const event of train(solver)) {
  if (event.type !== "step" || (event.iteration + 1) % 500 !== 0) continue;
  console.log(`iteration ${event.iteration + 1}: ${residentMb().toFixed(1)} MB`);
  if (event.iteration + 1 === 1000) before = residentMb();
}
const growth = residentMb() - before;
console.log(`growth since iteration 1000: ${growth.toFixed(1)} MB (at most ${LIMIT_MB})`);
Deno.exit(Math.abs(growth) <= LIMIT_MB ? 0 : 1);
