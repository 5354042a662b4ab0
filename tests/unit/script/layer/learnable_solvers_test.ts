import assert from "node:assert/strict";
import { join } from "node:path";
import { decode } from "../../../../proto/codec/binary.ts";
import { Solver } from "../../../../train/solver.ts";
import { libcaffeTest } from "../../ffi/libcaffe/built.ts";

const MODULE = new URL("learnable_layer.ts", import.meta.url).href;

/** Two versions of a layer: the engine's own, and one in TypeScript that computes the same. */
const AFFINE = {
  own: 'type: "Scale" scale_param { bias_term: true filler { type: "uniform" min: 0.5 max: 1.5 } }',
  script: `type: "Script" script_param { module: "${MODULE}" layer: "AffineLayer" }`,
};

/** The six solver types with their own settings. */
const TYPES: Record<string, string> = {
  SGD: "base_lr: 0.05 momentum: 0.9",
  Nesterov: "base_lr: 0.05 momentum: 0.9",
  AdaGrad: "base_lr: 0.05",
  RMSProp: "base_lr: 0.01 rms_decay: 0.95 delta: 1e-4",
  AdaDelta: "base_lr: 1 momentum: 0.95 delta: 1e-4",
  Adam: "base_lr: 0.01 momentum: 0.9 momentum2: 0.99 delta: 1e-4",
};

/** A solver of a net with two such layers, whose weights have different learning rates and decay. */
async function makeSolver(
  type: string,
  layer: keyof typeof AFFINE,
  engine: string,
  prefix = "none",
): Promise<Solver> {
  const affine = (name: string, bottom: string, more: string) =>
    `layer { name: "${name}" bottom: "${bottom}" top: "${name}" ${more} ${AFFINE[layer]} }`;
  const solver = await Solver.fromText(
    `type: "${type}" ${TYPES[type]} lr_policy: "step" stepsize: 7 gamma: 0.5 weight_decay: 0.01 random_seed: 3
    snapshot_prefix: "${prefix}" clip_gradients: 5 iter_size: 2 net_param {
      layer { name: "in" type: "Input" top: "x" top: "t" input_param { shape { dim: 4 dim: 3 } shape { dim: 4 dim: 3 } } }
      ${affine("one", "x", "param { lr_mult: 2 } param { lr_mult: 0.5 decay_mult: 0 }")}
      layer { name: "tanh" type: "TanH" bottom: "one" top: "tanh" }
      ${affine("two", "tanh", "")}
      layer { name: "loss" type: "EuclideanLoss" bottom: "two" bottom: "t" top: "loss" }
    }`,
    { engine },
  );
  const { net } = solver;
  net.blob("x").data.set(Array.from({ length: 12 }, (_, i) => Math.sin(3 * i + 1)));
  net.blob("t").data.set(Array.from({ length: 12 }, (_, i) => 0.3 * i - 1));
  for (const [i, name] of ["one", "two"].entries()) {
    const [weight, bias] = net.layer(name).blobs;
    weight!.data.set([0.5, 1 + i, 1.5]);
    bias!.data.set([0.1, -0.2, 0.3 * i]);
  }
  return solver;
}

const parameters = (solver: Solver) => solver.net.handle.learnable.map(({ blob }) => blob.read());

for (const engine of ["embedded", "libcaffe"]) {
  const test = engine === "libcaffe" ? libcaffeTest : Deno.test;
  for (const type of Object.keys(TYPES)) {
    test(`${type} updates a script layer's parameters as those of the engine's own layer: ${engine}`, async () => {
      using own = await makeSolver(type, "own", engine);
      using script = await makeSolver(type, "script", engine);
      const before = parameters(script);
      assert.deepEqual(before, parameters(own));
      for (const steps of [1, 5, 20]) {
        const [theirs, ours] = [own.step(steps), script.step(steps)];
        assert.ok(Math.abs(theirs - ours) < 1e-5 * Math.abs(theirs), `losses ${ours} and ${theirs}`);
        const expected = parameters(own);
        for (const [p, values] of parameters(script).entries()) {
          for (const [i, value] of values.entries()) {
            const wanted = expected[p]![i]!;
            assert.ok(
              Math.abs(value - wanted) < 2e-5 * Math.max(1, Math.abs(wanted)),
              `${p} ${i}: ${value} for ${wanted}`,
            );
          }
        }
      }
      assert.ok(parameters(script).every((values, p) => values.every((value, i) => value !== before[p]![i])));
    });

    test(`${type} resumes a script layer's parameters and history to the bit: ${engine}`, async () => {
      const folder = await Deno.makeTempDir({ prefix: "crema-resume-" });
      try {
        using whole = await makeSolver(type, "script", engine, join(folder, "whole"));
        whole.step(9);
        const { state: path } = whole.snapshot();
        const { history = [] } = decode("SolverState", await Deno.readFile(path));
        const slots = type === "Adam" || type === "AdaDelta" ? 2 : 1;
        assert.deepEqual(history.map(({ shape }) => shape?.dim), new Array(4 * slots).fill([3]));
        assert.ok(history.some(({ data }) => data?.some((value) => value !== 0)));
        whole.step(9);

        using resumed = await makeSolver(type, "script", engine, join(folder, "resumed"));
        for (const { blob } of resumed.net.handle.learnable) blob.data.fill(7);
        await resumed.restore(path);
        assert.equal(resumed.iteration, 9);
        resumed.step(9);
        assert.deepEqual(parameters(resumed), parameters(whole));
        const historyOf = (solver: Solver) => decode("SolverState", solver.saveState()).history;
        assert.deepEqual(historyOf(resumed), historyOf(whole));
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    });
  }
}
