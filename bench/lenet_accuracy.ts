/**
 * Trains models/lenet for its 10,000 iterations and exits with 1 when the accuracy on the 10,000 test images is below
 * 99.0 %. `deno run -A bench/lenet_accuracy.ts [model]`
 *
 * @module
 */

// deno-lint-ignore-file no-console -- what is measured is printed

import { readSolver } from "../proto/mod.ts";
import { Solver, train } from "../train/mod.ts";

const WANTED = 0.99;

const model = Deno.args[0] ?? "lenet";
const param = await readSolver(`models/${model}/solver.prototxt`);
using solver = await Solver.create({ ...param, snapshot: 0, snapshot_after_train: false });
const start = performance.now();
let accuracy = 0;
for await (const event of train(solver)) {
  if (event.type !== "test") continue;
  accuracy = event.outputs["accuracy"] ?? NaN;
  console.log(`iteration ${event.iteration}: accuracy ${accuracy.toFixed(4)}`);
}
const seconds = (performance.now() - start) / 1000;
console.log(`${model}: accuracy ${accuracy.toFixed(4)} (at least ${WANTED}), ${seconds.toFixed(1)} s`);
Deno.exit(accuracy >= WANTED ? 0 : 1);
