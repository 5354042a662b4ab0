import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readHdf5 } from "../../../data/arrays/hdf5_content.ts";
import { loadHdf5 } from "../../../data/arrays/load_hdf5.ts";
import { findNewestSnapshot } from "../../../train/snapshot_files.ts";
import { Solver } from "../../../train/solver.ts";
import { libcaffeTest } from "../ffi/libcaffe/built.ts";

/** Snapshots that Caffe 1.0 wrote with this solver, after 3 and after 6 of its iterations. */
const FIXTURES = fileURLToPath(new URL("fixtures", import.meta.url));
const SOLVER = join(FIXTURES, "hdf5_solver.prototxt");
/** Where `deno task libcaffe` installs Caffe's command. */
const PREFIX = fileURLToPath(new URL("../../../build/libcaffe/prefix", import.meta.url));

const contentOf = async (path: string) => readHdf5(await loadHdf5(), await Deno.readFile(path));

/** Runs with a folder that has the fixture's net, and a solver that writes there. */
async function inFolder(run: (folder: string, solver: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "crema-hdf5-" });
  try {
    const solver = join(folder, "solver.prototxt");
    await Deno.copyFile(join(FIXTURES, "hdf5_net.prototxt"), join(folder, "hdf5_net.prototxt"));
    const text = await Deno.readTextFile(SOLVER);
    await Deno.writeTextFile(solver, text.replace('"caffe"', JSON.stringify(join(folder, "ours"))));
    await run(folder, solver);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const parameters = (solver: Solver) => solver.net.handle.learnable.map(({ blob }) => blob.read());

/** Asserts that parameters equal those in HDF5, up to the rounding of sums. */
async function assertParameters(solver: Solver, path: string): Promise<void> {
  const { values } = await contentOf(path);
  for (const [name, blobs] of solver.net.params) {
    for (const [i, blob] of blobs.entries()) {
      const stored = values.get(`data/${name}/${i}`);
      if (stored === undefined) continue; // shared
      assert.ok(typeof stored !== "string");
      assert.deepEqual(blob.shape, stored.shape);
      for (const [k, value] of blob.read().entries()) {
        assert.ok(Math.abs(value - stored.values[k]!) < 1e-5, `${name} ${i} ${k}`);
      }
    }
  }
}

for (const engine of ["embedded", "libcaffe"]) {
  const test = engine === "libcaffe" ? libcaffeTest : Deno.test;

  test(`training continues from Caffe's HDF5 snapshot as in Caffe: ${engine}`, async () => {
    using solver = await Solver.fromFile(SOLVER, { engine });
    await solver.restore(join(FIXTURES, "caffe_iter_3.solverstate.h5"));
    assert.equal(solver.iteration, 3);
    await assertParameters(solver, join(FIXTURES, "caffe_iter_3.caffemodel.h5"));
    solver.step(3);
    await assertParameters(solver, join(FIXTURES, "caffe_iter_6.caffemodel.h5"));
    const { values } = await contentOf(join(FIXTURES, "caffe_iter_3.solverstate.h5"));
    assert.deepEqual(values.get("learned_net"), "caffe_iter_3.caffemodel.h5");
  });

  test(`a run resumed from an HDF5 snapshot ends as an uninterrupted run, bit for bit: ${engine}`, () =>
    inFolder(async (folder, path) => {
      using solver = await Solver.fromFile(path, { engine });
      await solver.solve();
      const names = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) =>
        name.endsWith("h5")
      );
      assert.deepEqual(
        names.sort(),
        [3, 6].flatMap((n) => [`ours_iter_${n}.caffemodel.h5`, `ours_iter_${n}.solverstate.h5`]),
      );
      assert.equal(
        (await findNewestSnapshot(join(folder, "ours")))?.state,
        join(folder, "ours_iter_6.solverstate.h5"),
      );
      using resumed = await Solver.fromFile(path, { engine });
      await resumed.solve({ resume: join(folder, "ours_iter_3.solverstate.h5") });
      assert.equal(resumed.iteration, 6);
      assert.deepEqual(parameters(resumed), parameters(solver));
    }));
}

Deno.test("an HDF5 snapshot has the values and types of Caffe's, and additions in a dataset of their own", () =>
  inFolder(async (folder, path) => {
    using solver = await Solver.fromFile(path);
    solver.step(3);
    const { model, state } = solver.snapshot();
    const [ours, caffes] = [
      await contentOf(state),
      await contentOf(join(FIXTURES, "caffe_iter_3.solverstate.h5")),
    ];
    assert.deepEqual(ours.groups, caffes.groups);
    const shapes = ({ values }: typeof ours) =>
      Object.fromEntries(
        [...values].sort().map((
          [path, value],
        ) => [path, typeof value === "string" ? "text" : [value.values.constructor.name, ...value.shape]]),
      );
    const { crema: additions, ...known } = shapes(ours);
    assert.deepEqual(known, shapes(caffes));
    assert.equal(additions?.[0], "Uint8Array");
    for (const name of ["iter", "current_step"]) {
      assert.deepEqual(ours.values.get(name), caffes.values.get(name));
    }
    assert.equal(ours.values.get("learned_net"), join(folder, "ours_iter_3.caffemodel.h5"));
    const weights = [
      await contentOf(model),
      await contentOf(join(FIXTURES, "caffe_iter_3.caffemodel.h5")),
    ] as const;
    assert.deepEqual(shapes(weights[0]), shapes(weights[1]));
    assert.deepEqual([...weights[0].groups].sort(), [...weights[1].groups].sort());
  }));

Deno.test("dropout continues where it was: the HDF5 state has its random generator", () =>
  inFolder(async (folder, path) => {
    const net = join(folder, "hdf5_net.prototxt");
    const drop = 'layer { name: "drop" type: "Dropout" bottom: "h2" top: "h2" }\nlayer {\n  name: "score"';
    await Deno.writeTextFile(net, (await Deno.readTextFile(net)).replace('layer {\n  name: "score"', drop));
    using solver = await Solver.fromFile(path);
    await solver.solve();
    using resumed = await Solver.fromFile(path);
    await resumed.solve({ resume: join(folder, "ours_iter_3.solverstate.h5") });
    assert.deepEqual(parameters(resumed), parameters(solver));
  }));

Deno.test("the newest snapshot is found in both formats, and a damaged HDF5 snapshot is skipped", () =>
  inFolder(async (folder, path) => {
    const prefix = join(folder, "ours");
    const newest = async () => (await findNewestSnapshot(prefix))?.state.slice(prefix.length);
    using solver = await Solver.fromFile(path);
    using binary = await Solver.fromText(
      (await Deno.readTextFile(path)).replace("HDF5", "BINARYPROTO"),
      { file: path },
    );
    solver.step(1);
    solver.snapshot();
    binary.step(2);
    binary.snapshot();
    assert.equal(await newest(), "_iter_2.solverstate");
    solver.step(2);
    const { model, state } = solver.snapshot();
    assert.equal(await newest(), "_iter_3.solverstate.h5");
    const whole = await Deno.readFile(model);
    await Deno.writeFile(model, whole.subarray(0, -1));
    assert.equal(await newest(), "_iter_2.solverstate");
    await Deno.copyFile(state, model);
    await Deno.writeFile(state, whole);
    assert.equal(await newest(), "_iter_2.solverstate");
    await assert.rejects(
      solver.restore(state),
      /solverstate\.h5: Expected a solver state but found no group 'history' in it/,
    );
  }));

Deno.test({
  name: "Caffe's own command resumes our HDF5 snapshot and tests its weights",
  ignore: !existsSync(join(PREFIX, "usr/bin/caffe")),
  fn: () =>
    inFolder(async (folder, path) => {
      using solver = await Solver.fromFile(path);
      solver.step(3);
      const { model, state } = solver.snapshot();
      const folders = ["usr/lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu/openblas-pthread", "usr/lib"];
      const libraries = [...folders, "lib/x86_64-linux-gnu"].map((each) => join(PREFIX, each)).join(":");
      const caffe = async (...args: string[]) => {
        const { code, stderr } = await new Deno.Command(join(PREFIX, "usr/bin/caffe"), {
          args,
          cwd: folder,
          env: { LD_LIBRARY_PATH: libraries },
        }).output();
        assert.equal(code, 0, new TextDecoder().decode(stderr));
        return new TextDecoder().decode(stderr);
      };
      await caffe("train", "--solver", path, "--snapshot", state);
      solver.step(3);
      await assertParameters(solver, join(folder, "ours_iter_6.caffemodel.h5"));
      const net = join(folder, "hdf5_net.prototxt");
      assert.match(await caffe("test", "--model", net, "--weights", model, "--iterations", "1"), /loss = /);
    }),
});
