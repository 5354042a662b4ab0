import assert from "node:assert/strict";
import { readSolver } from "../../proto/mod.ts";
import { Solver } from "../../train/mod.ts";
import { provideMnist } from "./mnist.ts";
import { ROOT } from "./run_crema.ts";

const ITERATIONS = 200;

/** The loss of each of the first iterations of a model, trained as its solver says. */
async function losses(model: string): Promise<number[]> {
  const before = Deno.cwd();
  Deno.chdir(ROOT); // where the models' paths start
  try {
    const param = await readSolver(`models/${model}/solver.prototxt`);
    using solver = await Solver.create({ ...param, test_iter: [], test_interval: 0 });
    return Array.from({ length: ITERATIONS }, () => solver.step());
  } finally {
    Deno.chdir(before);
  }
}

Deno.test("LeNet learns with the TypeScript softmax loss as with the built-in one, iteration by iteration", async () => {
  await provideMnist();
  const builtIn = await losses("lenet"), script = await losses("lenet_script");
  for (const [i, loss] of builtIn.entries()) {
    const difference = Math.abs(loss - (script[i] ?? NaN)) / loss;
    assert.ok(difference <= 1e-5, `iteration ${i}: ${loss} and ${script[i]}`);
  }
  assert.ok((builtIn.at(-1) ?? 9) < 0.5);
});
