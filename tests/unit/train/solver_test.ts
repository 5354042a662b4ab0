import assert from "node:assert/strict";
import { join } from "node:path";
import { decode } from "../../../proto/codec/binary.ts";
import { CremaError } from "../../../base/error.ts";
import { Solver } from "../../../train/solver.ts";
import { DATA } from "./made_up_data.ts";

const LOSSES = {
  builtIn: 'type: "SoftmaxWithLoss"',
  script: `type: "Script" loss_weight: 1 script_param { module: "crema/layers" layer: "SoftmaxLossLayer" }`,
};

const net = (loss: string) =>
  `name: "small"
layer { name: "data" type: "Script" top: "x" top: "label" script_param { module: "./data.ts" layer: "DataLayer" } }
layer { name: "conv" type: "Convolution" bottom: "x" top: "c"
  convolution_param { num_output: 6 kernel_size: 3 weight_filler { type: "xavier" } } }
layer { name: "pool" type: "Pooling" bottom: "c" top: "p" pooling_param { pool: MAX kernel_size: 2 stride: 2 } }
layer { name: "relu" type: "ReLU" bottom: "p" top: "p" }
layer { name: "drop" type: "Dropout" bottom: "p" top: "p" dropout_param { dropout_ratio: 0.2 } }
layer { name: "ip" type: "InnerProduct" bottom: "p" top: "y"
  inner_product_param { num_output: 4 weight_filler { type: "xavier" } } }
layer { name: "accuracy" type: "Accuracy" bottom: "y" bottom: "label" top: "accuracy" include { phase: TEST } }
layer { name: "loss" ${loss} bottom: "y" bottom: "label" top: "loss" }`;

const SOLVER = `net: "net.prototxt" test_iter: 2 test_interval: 10
base_lr: 0.05 lr_policy: "step" stepsize: 30 gamma: 0.5 momentum: 0.9 weight_decay: 0.001 max_iter: 100
random_seed: 1701 snapshot_prefix: "small"`;

async function withSolver(
  test: (solver: Solver, again: () => Promise<Solver>, folder: string) => Promise<void> | void,
  { loss = LOSSES.script, solver: text = SOLVER } = {},
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(join(folder, "data.ts"), DATA);
    await Deno.writeTextFile(join(folder, "net.prototxt"), net(loss));
    await Deno.writeTextFile(join(folder, "solver.prototxt"), text);
    const make = () => Solver.fromFile(join(folder, "solver.prototxt"));
    using solver = await make();
    await test(solver, make, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function params(solver: Solver): Float32Array[] {
  return solver.net.handle.learnable.map(({ blob }) => blob.read());
}

Deno.test("a solver trains its net, whose parameters its test nets share", async () => {
  await withSolver((solver) => {
    assert.equal(solver.iteration, 0);
    assert.equal(solver.net.phase, "TRAIN");
    assert.equal(solver.testNets.length, 1);
    const [testNet] = solver.testNets;
    assert.equal(testNet!.phase, "TEST");
    const accuracy = () => {
      let sum = 0;
      for (let i = 0; i < 20; i++) sum += testNet!.forward()["accuracy"]![0]!;
      return sum / 20;
    };
    const before = accuracy(), first = solver.step();
    assert.ok(Math.abs(solver.learningRate - 0.05) < 1e-8);
    let last = 0;
    while (solver.iteration < 60) last = solver.step();
    assert.equal(solver.iteration, 60);
    assert.ok(Math.abs(solver.learningRate - 0.0125) < 1e-8);
    assert.ok(last < first / 2, `loss ${first} to ${last}`);
    assert.ok(accuracy() > Math.max(0.6, before), `accuracy ${before} to ${accuracy()}`);
  });
});

Deno.test("the script softmax loss trains as the built-in one does, for 200 iterations", async () => {
  const run = async (loss: string) => {
    const losses: number[] = [];
    await withSolver((solver) => {
      while (solver.iteration < 200) losses.push(solver.step());
    }, { loss });
    return losses;
  };
  const script = await run(LOSSES.script), builtIn = await run(LOSSES.builtIn);
  for (const [i, loss] of script.entries()) {
    assert.ok(
      Math.abs(loss - builtIn[i]!) <= 1e-5 * builtIn[i]!,
      `iteration ${i}: ${loss} and ${builtIn[i]}`,
    );
  }
});

Deno.test("a run that is stopped and resumed is the run that was not", async () => {
  await withSolver(async (solver, again) => {
    while (solver.iteration < 7) solver.step();
    const state = solver.saveState(), weights = solver.net.handle.save();
    assert.deepEqual(decode("SolverState", state).source, [
      { layer: "data", net: -1, position: 7 },
      { layer: "data", net: 0, position: 0 },
    ]);
    while (solver.iteration < 15) solver.step();

    using resumed = await again();
    resumed.step();
    await resumed.copyFrom(weights);
    resumed.restoreState(state);
    assert.equal(resumed.iteration, 7);
    while (resumed.iteration < 15) resumed.step();
    assert.deepEqual(params(resumed), params(solver));
    assert.deepEqual(resumed.saveState(), solver.saveState());
  });
});

Deno.test("the same seed gives the same run, another one another", async () => {
  await withSolver(async (solver, again, folder) => {
    solver.step();
    using same = await again();
    same.step();
    assert.deepEqual(params(same), params(solver));
    using other = await Solver.fromFile(join(folder, "solver.prototxt"), { seed: 3 });
    other.step();
    assert.notDeepEqual(params(other), params(solver));
    assert.equal(other.param.random_seed, 3);
  });
});

Deno.test("stages and nets in place are heeded", async () => {
  const text = `train_net_param { name: "a"
    layer { name: "d" type: "DummyData" top: "x" dummy_data_param { shape { dim: 2 dim: 3 } } include { stage: "small" } }
    layer { name: "d" type: "DummyData" top: "x" dummy_data_param { shape { dim: 9 dim: 3 } } exclude { stage: "small" } }
    layer { name: "s" type: "Softmax" bottom: "x" top: "y" } } base_lr: 0.1 lr_policy: "fixed"`;
  using solver = await Solver.fromText(text, { stage: ["small"] });
  assert.deepEqual(solver.net.blob("x").shape, [2, 3]);
  assert.deepEqual(solver.testNets, []);
});

Deno.test("errors name the file and line, and the solver stays usable", async () => {
  await withSolver((solver) => {
    const layer = solver.net.handle.hostLayers[0]!.layer;
    const { forward } = layer;
    layer.forward = () => {
      throw new Error("boom");
    };
    assert.throws(() => solver.step(), /net.prototxt:2:1: layer 'data': forward threw: boom/);
    assert.equal(solver.iteration, 0);
    layer.forward = () => solver[Symbol.dispose]();
    assert.throws(() => solver.step(), /Expected a solver that is not running but found it disposed/);
    layer.forward = forward;
    solver.step();
    assert.throws(() => solver.restoreState(new Uint8Array([1, 2, 3])), CremaError);
  });
  await assert.rejects(Solver.fromText('net: "none.prototxt" base_lr: 1 lr_policy: "fixed"'), CremaError);
});

Deno.test("everything after dispose throws, and a solver's net ends with it", async () => {
  await withSolver(async (_, again) => {
    const solver = await again();
    solver.net[Symbol.dispose]();
    solver.step();
    const view = solver.net.blob("y").data;
    solver[Symbol.dispose]();
    solver[Symbol.dispose]();
    assert.equal(view.length, 0);
    for (
      const use of [
        () => solver.iteration,
        () => solver.learningRate,
        () => solver.step(),
        () => solver.saveState(),
        () => solver.net.forward(),
        () => solver.testNets[0]!.name,
      ]
    ) assert.throws(use, /Expected a live solver but found one that was disposed/);
  });
});

Deno.test("an error in a test net points at the test net's file", async () => {
  await withSolver(async (_solver, _again, folder) => {
    await Deno.writeTextFile(join(folder, "test.prototxt"), `\n\n\n${net(LOSSES.script)}`);
    const text = SOLVER.replace('net: "net.prototxt"', 'train_net: "net.prototxt" test_net: "test.prototxt"');
    using solver = await Solver.fromText(text, { file: join(folder, "solver.prototxt") });
    const fail = () => {
      throw new Error("boom");
    };
    const [trained, tested] = [solver.net, solver.testNets[0]!].map(({ handle }) =>
      handle.hostLayers.at(-1)!.layer
    );
    assert.notEqual(trained, tested);
    tested!.forward = fail;
    assert.throws(
      () => solver.testNets[0]!.forward(),
      /[/\\]test.prototxt:14:1: layer 'loss': forward threw: boom/,
    );
    solver.step();
    trained!.forward = fail;
    assert.throws(() => solver.step(), /[/\\]net.prototxt:11:1: layer 'loss': forward threw: boom/);
  });
});

Deno.test("a state that does not fit is refused with its file's name, and weights in its place are recognized", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const text = (type: string) =>
      `type: "${type}" base_lr: 0.01 lr_policy: "fixed" momentum: 0.9 max_iter: 1 snapshot_prefix: "${folder}/s"
       net_param { layer { name: "in" type: "DummyData" top: "x" top: "t" dummy_data_param { shape { dim: 2 dim: 3 } shape { dim: 2 dim: 2 } } }
         layer { name: "ip" type: "InnerProduct" bottom: "x" top: "y" inner_product_param { num_output: 2 } }
         layer { name: "l" type: "EuclideanLoss" bottom: "y" bottom: "t" top: "l" } }`;
    using solver = await Solver.fromText(text("SGD"));
    solver.step();
    const { model, state } = solver.snapshot();
    using adam = await Solver.fromText(text("Adam"));
    await assert.rejects(adam.restore(state), {
      message: new RegExp(`^${state}: Expected a state with 4 history blobs but found 2`),
    });
    await assert.rejects(adam.restore(model), {
      message: new RegExp(
        `^${model}: Expected a binary SolverState but found the weights of a net.*--weights`,
      ),
    });
    await Deno.writeFile(`${folder}/empty.solverstate`, new Uint8Array());
    await assert.rejects(
      adam.restore(`${folder}/empty.solverstate`),
      /empty\.solverstate: Expected a solver state but found an empty file/,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
