import assert from "node:assert/strict";
import { join } from "node:path";
import { Solver, train } from "../../../../train/mod.ts";
import { DATA } from "../../train/made_up_data.ts";
import { assertClose } from "../assert_close.ts";
import { libcaffeTest } from "./built.ts";

const trained = (dropout: boolean) =>
  `name: "trained"
layer { name: "data" type: "Script" top: "x" top: "label" script_param { module: "./data.ts" layer: "DataLayer" } }
layer { name: "conv" type: "Convolution" bottom: "x" top: "c"
  convolution_param { num_output: 6 kernel_size: 3 weight_filler { type: "xavier" } } }
layer { name: "pool" type: "Pooling" bottom: "c" top: "p" pooling_param { pool: MAX kernel_size: 2 stride: 2 } }
layer { name: "relu" type: "ReLU" bottom: "p" top: "p" }
${dropout ? 'layer { name: "drop" type: "Dropout" bottom: "p" top: "p" }' : ""}
layer { name: "ip" type: "InnerProduct" bottom: "p" top: "y"
  inner_product_param { num_output: 4 weight_filler { type: "xavier" } } }
layer { name: "accuracy" type: "Accuracy" bottom: "y" bottom: "label" top: "accuracy" include { phase: TEST } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "y" bottom: "label" top: "loss" }`;

const RULES: Record<string, string> = {
  SGD: "base_lr: 0.05 momentum: 0.9",
  Nesterov: "base_lr: 0.05 momentum: 0.9",
  AdaGrad: "base_lr: 0.02",
  RMSProp: "base_lr: 0.002 rms_decay: 0.9",
  AdaDelta: "base_lr: 1 momentum: 0.9 delta: 1e-6",
  Adam: "base_lr: 0.002 momentum: 0.9 momentum2: 0.999",
};

type MakeSolver = (engine: string, type?: string) => Promise<Solver>;

async function withSolvers(
  test: (make: MakeSolver) => Promise<void>,
  { dropout = false } = {},
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(join(folder, "data.ts"), DATA);
    await Deno.writeTextFile(join(folder, "net.prototxt"), trained(dropout));
    await test((engine, type = "SGD") =>
      Solver.fromText(
        `net: "net.prototxt" test_iter: 2 test_interval: 10 type: "${type}" ${RULES[type]!} lr_policy: "step"
         stepsize: 4 gamma: 0.5 weight_decay: 0.001 clip_gradients: 5 iter_size: 2 max_iter: 100 random_seed: 3
         snapshot: 1 snapshot_prefix: "${folder}/nowhere/x" display: 1`,
        { engine, file: join(folder, "solver.prototxt") },
      )
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const params = (solver: Solver) => solver.net.handle.learnable.map(({ blob }) => blob.read());

function assertSameParams(actual: Solver, expected: Solver): void {
  const all = params(expected);
  for (const [i, values] of params(actual).entries()) assertClose(values, all[i]!, 1e-4, `parameter ${i}`);
}

for (const type of Object.keys(RULES)) {
  libcaffeTest(
    `${type}: ten iterations agree with the embedded engine's, and each goes on from the other's snapshot`,
    async () => {
      await withSolvers(async (make) => {
        using ours = await make("embedded", type);
        using caffes = await make("libcaffe", type);
        caffes.net.handle.copyFrom(ours.net.handle.save());
        for (let i = 0; i < 10; i++) {
          assertClose([caffes.learningRate], [ours.learningRate], 1e-6, `rate ${i}`);
          assertClose([caffes.step()], [ours.step()], 1e-4, `loss ${i}`);
          assert.equal(caffes.iteration, i + 1);
        }
        assertSameParams(caffes, ours);

        // Each engine goes on from the other's snapshot.
        using oursAgain = await make("embedded", type);
        using caffesAgain = await make("libcaffe", type);
        await oursAgain.copyFrom(caffes.net.handle.save());
        oursAgain.restoreState(caffes.saveState());
        await caffesAgain.copyFrom(ours.net.handle.save());
        caffesAgain.restoreState(ours.saveState());
        for (let i = 0; i < 5; i++) for (const each of [ours, caffes, oursAgain, caffesAgain]) each.step();
        assert.equal(caffesAgain.iteration, 15);
        assertSameParams(oursAgain, caffes);
        assertSameParams(caffesAgain, ours);
      });
    },
  );
}

libcaffeTest(
  "a resumed run has the same bits as one that was never stopped, dropout included",
  async () => {
    await withSolvers(async (make) => {
      using solver = await make("libcaffe");
      while (solver.iteration < 3) solver.step();
      const state = solver.saveState(), weights = solver.net.handle.save();
      while (solver.iteration < 8) solver.step();
      using resumed = await make("libcaffe");
      await resumed.copyFrom(weights);
      resumed.restoreState(state);
      while (resumed.iteration < 8) resumed.step();
      assert.deepEqual(params(resumed), params(solver));
    }, { dropout: true });
  },
);

libcaffeTest("test nets use the parameters that are trained", async () => {
  await withSolvers(async (make) => {
    using solver = await make("libcaffe");
    const [test] = solver.testNets;
    solver.step();
    assert.deepEqual(test!.params.get("ip")![0]!.read(), solver.net.params.get("ip")![0]!.read());
    assert.ok(test!.forward()["accuracy"]![0]! >= 0);
  });
});

libcaffeTest("a state of another net is refused before anything changes", async () => {
  await withSolvers(async (make) => {
    using solver = await make("libcaffe");
    using adam = await make("libcaffe", "Adam");
    solver.step();
    assert.throws(() => adam.restoreState(solver.saveState()), /another net or solver type/);
    assert.equal(adam.iteration, 0);
  });
});

/** A net that trains "first"; the test net has more layers that share its parameters, in an order. */
const sharing = (order: readonly string[]) =>
  `net_param {
    layer { name: "in" type: "Input" top: "x" top: "t" input_param { shape { dim: 4 dim: 3 } shape { dim: 4 dim: 2 } } }
    ${
    order.map((name) =>
      `layer { name: "${name}" type: "InnerProduct" bottom: "x" top: "${name}" param { name: "w" } param { name: "b" }
        inner_product_param { num_output: 2 weight_filler { type: "gaussian" std: 0.1 } }
        ${name === "first" ? "" : "include { phase: TEST }"} }`
    ).join("\n")
  }
    layer { name: "loss" type: "EuclideanLoss" bottom: "first" bottom: "t" top: "loss" } }
  test_iter: 1 test_interval: 5 base_lr: 0.1 lr_policy: "fixed" max_iter: 5 random_seed: 1`;

libcaffeTest(
  "layers that only the test net has follow the owner of a parameter that they share",
  async () => {
    for (const order of [["first", "second", "third"], ["second", "first", "third"]]) {
      for (const engine of ["embedded", "libcaffe"]) {
        using solver = await Solver.fromText(sharing(order), { engine });
        solver.net.blob("x").data.fill(1);
        solver.net.blob("t").data.fill(2);
        const before = solver.net.layer("first").blobs[0]!.read();
        for (let i = 0; i < 3; i++) solver.step();
        const trained = solver.net.layer("first").blobs.map((blob) => blob.read());
        assert.notDeepEqual(trained[0], before);
        const test = solver.testNets[0]!;
        for (const name of order) {
          assert.deepEqual(test.layer(name).blobs.map((blob) => blob.read()), trained, `${engine}: ${name}`);
        }
        // And the values that the net computes with.
        test.blob("x").data.fill(1);
        test.forward();
        assert.deepEqual(test.blob("second").read(), test.blob("first").read());
      }
    }
  },
);

libcaffeTest("asking for the learning rate counts no step", async () => {
  const text = (engine: string) =>
    Solver.fromText(
      `${sharing(["first"])} lr_policy: "multistep" gamma: 0.5 stepvalue: 2 stepvalue: 2 stepvalue: 2`
        .replace('lr_policy: "fixed"', ""),
      { engine },
    );
  for (const engine of ["embedded", "libcaffe"]) {
    using solver = await text(engine);
    const rates: number[] = [];
    for (let i = 0; i < 6; i++) {
      for (let asked = 0; asked < 3; asked++) assert.equal(solver.learningRate, solver.learningRate);
      rates.push(solver.learningRate);
      solver.step();
    }
    assertClose(rates, [0.1, 0.1, 0.05, 0.025, 0.0125, 0.0125], 1e-6, engine);
  }
});

libcaffeTest("what the training loop does by itself works with libcaffe too", async () => {
  const fields = `patience: 3 patience_mode: MAX patience_output: "loss" snapshot_best: false snapshot_keep: 2
    stop_on_nan: true time_limit: 100 display: 1 display_gradient_norm: true snapshot_after_train: false`;
  const norms = async (engine: string) => {
    using solver = await Solver.fromText(`${sharing(["first"])} ${fields}`, { engine });
    const { data } = solver.net.blob("x");
    data.set(data.map((_, i) => i / 10));
    const values = solver.net.params.get("first")!.map((blob) => blob.data);
    for (const each of values) each.set(each.map((_, i) => (i % 3) - 1));
    const events = await Array.fromAsync(train(solver));
    return events.flatMap((event) => event.type === "display" && !event.final ? [event.gradientNorm!] : []);
  };
  const [ours, theirs] = [await norms("embedded"), await norms("libcaffe")];
  assert.equal(ours.length, 5);
  for (const [i, norm] of ours.entries()) assert.ok(norm > 0 && Math.abs(norm - theirs[i]!) < 1e-5 * norm);
});

for (
  const [what, text, says] of [
    [
      "AdamW",
      'type: "AdamW" lr_policy: "fixed"',
      /Expected a solver type that libcaffe has .* found 'AdamW'/,
    ],
    ["cosine", 'lr_policy: "cosine"', /Expected an lr_policy .* found 'cosine'.*embedded/s],
    [
      "warm-up",
      'lr_policy: "fixed" warmup_iter: 2',
      /'libcaffe' knows but found SolverParameter\.warmup_iter/,
    ],
  ] as const
) {
  libcaffeTest(`${what} is refused, since libcaffe does not have it`, async () => {
    const solver = `${sharing(["first"]).replace('lr_policy: "fixed"', "")} ${text}`;
    await assert.rejects(Solver.fromText(solver, { engine: "libcaffe" }), says);
    using ours = await Solver.fromText(solver);
    ours.step();
  });
}
