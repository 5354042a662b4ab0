import assert from "node:assert/strict";
import { decode } from "../../proto/mod.ts";
import { provideMnist } from "./mnist.ts";
import { libcaffeTest } from "../unit/ffi/libcaffe/built.ts";
import { inFolder, ROOT, runCrema } from "./run_crema.ts";
import { tinyNet, tinySolver, writeTiny } from "./tiny_net.ts";

/** Trains in one run and in two, and compares the files that they leave, bit by bit. */
async function compareRuns(
  cwd: string,
  folder: string,
  solver: (prefix: string) => string,
  half: number,
  whole: number,
  ...more: string[]
) {
  const run = async (prefix: string, args: string[] = []) => {
    await Deno.writeTextFile(`${folder}/solver.prototxt`, solver(prefix));
    const { code, stderr } = await runCrema(
      cwd,
      "train",
      "--solver",
      `${folder}/solver.prototxt`,
      ...more,
      ...args,
    );
    assert.equal(code, 0, stderr);
    return stderr;
  };
  const through = `${folder}/run`, resumed = `${folder}/second/run`;
  await run(through);
  // Both files of the snapshot are moved away: the state finds its model beside it.
  await Deno.mkdir(`${folder}/second`);
  for (const kind of ["caffemodel", "solverstate"]) {
    await Deno.rename(`${through}_iter_${half}.${kind}`, `${resumed}_iter_${half}.${kind}`);
  }
  const log = await run(resumed, ["--snapshot", `${resumed}_iter_${half}.solverstate`]);
  assert.match(log, new RegExp(`Iteration ${half} .*loss = `));
  assert.doesNotMatch(log, /Iteration 0[ ,]/);

  const model = (prefix: string) => Deno.readFileSync(`${prefix}_iter_${whole}.caffemodel`);
  const state = (prefix: string) =>
    decode("SolverState", Deno.readFileSync(`${prefix}_iter_${whole}.solverstate`));
  assert.deepEqual(model(resumed), model(through));
  const [again, once] = [state(resumed), state(through)];
  assert.ok(once.history?.some(({ data }) => data?.some((value) => value !== 0)));
  assert.deepEqual(again.history, once.history);
  const rest = { learned_net: undefined, history: undefined };
  assert.deepEqual({ ...again, ...rest }, { ...once, ...rest });
}

Deno.test("a run that was resumed at 500 ends at 1000 with the bits of one that was not", async () => {
  await provideMnist();
  await inFolder(async (folder) => {
    const solver = (prefix: string) =>
      tinySolver({
        net: `"${ROOT}models/lenet_script/net.prototxt"`,
        base_lr: 0.01,
        weight_decay: 0.0005,
        gamma: 0.0001,
        display: 500,
        max_iter: 1000,
        snapshot: 500,
        snapshot_prefix: `"${prefix}"`,
        random_seed: 1701,
      });
    await compareRuns(ROOT, folder, solver, 500, 1000);
  });
});

for (
  const [engine, seed] of [["embedded", {}], ["embedded", { random_seed: 7 }], ["libcaffe", {}]] as const
) {
  const test = engine === "embedded" ? Deno.test : libcaffeTest;
  test(`random data, dropout, tests and learning rates resume exactly: ${engine}, ${JSON.stringify(seed)}`, () =>
    inFolder(async (folder) => {
      await writeTiny(folder, "", tinyNet());
      const solver = (prefix: string) =>
        tinySolver({
          net: `"${folder}/net.prototxt"`,
          type: '"Adam"',
          momentum2: 0.999,
          lr_policy: '"multistep"',
          gamma: 0.1,
          stepvalue: 20,
          base_lr: 0.01,
          test_iter: 3,
          test_interval: 7,
          max_iter: 60,
          snapshot: 30,
          iter_size: 2,
          snapshot_prefix: `"${prefix}"`,
          ...seed,
        }).replace("stepvalue: 20\n", "stepvalue: 20\nstepvalue: 40\n");
      await compareRuns(folder, folder, solver, 30, 60, "--engine", engine);
    }));
}

Deno.test("shuffled, cropped and mirrored records also resume exactly", async () => {
  await provideMnist();
  await inFolder(async (folder) => {
    const data = `layer {
      name: "data" type: "Data" top: "data" top: "label"
      transform_param { crop_size: 20 mirror: true scale: 0.0039 }
      data_param { source: "${ROOT}data-cache/mnist/mnist_test_lmdb" backend: LMDB batch_size: 16 shuffle: true }
    }`;
    const net = tinyNet().replace(/layer \{\s+name: "data"[\s\S]*?\n\}\n/, `${data}\n`)
      .replace("num_output: 3", "num_output: 10");
    await writeTiny(folder, "", net);
    const solver = (prefix: string) =>
      tinySolver({
        net: `"${folder}/net.prototxt"`,
        // Half of this is in the middle of the second epoch.
        max_iter: 1800,
        snapshot: 900,
        display: 900,
        snapshot_prefix: `"${prefix}"`,
      });
    await compareRuns(folder, folder, solver, 900, 1800);
  });
});

Deno.test("snapshots in HDF5: --snapshot auto continues from the newest, and --weights reads their weights", () =>
  inFolder(async (folder) => {
    const solver = (max_iter: number) => tinySolver({ max_iter, snapshot: 10, snapshot_format: "HDF5" });
    const train = async (max: number, ...args: string[]) => {
      await writeTiny(folder, solver(max));
      const { code, stderr } = await runCrema(folder, "train", "--solver", "solver.prototxt", ...args);
      assert.equal(code, 0, stderr);
      return stderr;
    };
    await train(20);
    const log = await train(30, "--snapshot", "auto");
    assert.match(log, /tiny_iter_30\.solverstate\.h5/);
    assert.doesNotMatch(log, /Iteration [01]\d? /);
    await train(10, "--weights", "tiny_iter_30.caffemodel.h5");
    const tested = await runCrema(
      folder,
      ...["test", "--model", "net.prototxt", "--weights", "tiny_iter_10.caffemodel.h5", "--iterations", "2"],
    );
    assert.equal(tested.code, 0, tested.stderr);
  }));
