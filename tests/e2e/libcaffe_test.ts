import assert from "node:assert/strict";
import { decode, encode } from "../../proto/codec/binary.ts";
import { libcaffeTest } from "../unit/ffi/libcaffe/built.ts";
import { type Finished, finished, inFolder, startCremaWith } from "./run_crema.ts";
import { tinyNet, tinySolver, writeTiny } from "./tiny_net.ts";

/** The two ways to choose the engine: options and environment. */
const CHOICES = [
  { how: "--engine libcaffe", options: ["--engine", "libcaffe"], env: {} },
  { how: "CREMA_ENGINE=libcaffe", options: [], env: { CREMA_ENGINE: "libcaffe" } },
] as const;

for (const { how, options, env } of CHOICES) {
  let more: Record<string, string> = {};
  const crema = async (folder: string, ...args: string[]): Promise<Finished> =>
    await finished(startCremaWith({ ...env, ...more }, folder, ...args, ...options));
  const succeeds = async (folder: string, ...args: string[]): Promise<Finished> => {
    const result = await crema(folder, ...args);
    assert.equal(result.code, 0, result.stderr);
    return result;
  };

  libcaffeTest(`crema train, test, time and layers with ${how}`, () =>
    inFolder(async (folder) => {
      await writeTiny(folder, tinySolver({ test_iter: 2, test_interval: 20 }));
      const { stderr } = await succeeds(folder, "train", "--solver", "solver.prototxt");
      assert.match(stderr, /Iteration 30 .*loss = /);
      assert.match(stderr, /Test net output #0: accuracy = /);
      // Only libcaffe has this generator.
      const state = decode("SolverState", await Deno.readFile(`${folder}/tiny_iter_40.solverstate`));
      assert.ok((state.caffe_generator?.length ?? 0) > 0);

      const weights = ["--weights", "tiny_iter_40.caffemodel", "--model", "net.prototxt"];
      const tested = await succeeds(folder, "test", ...weights, "--iterations", "5", "--json");
      const { accuracy, loss } = JSON.parse(tested.stdout);
      assert.equal(accuracy, 1);
      assert.ok(loss > 0 && loss < 0.5, `loss ${loss}`);

      const timed = await succeeds(folder, "time", "--model", "net.prototxt", "--iterations", "3", "--json");
      assert.equal(JSON.parse(timed.stdout).engine, "libcaffe");

      const listed = await succeeds(folder, "layers", "--json");
      const { engine, types } = JSON.parse(listed.stdout);
      assert.equal(engine, "libcaffe");
      for (const type of ["Convolution", "LSTM"]) assert.ok(types.includes(type), type);
    }));

  libcaffeTest(
    `crema exits with 1 at a net at which libcaffe aborts, with ${how}`,
    () =>
      inFolder(async (folder) => {
        const bad =
          'layer { name: "bad" type: "HDF5Data" top: "h" hdf5_data_param { source: "/no/such" batch_size: 2 } }';
        await writeTiny(folder, tinySolver(), `${tinyNet()} ${bad}`);
        await Deno.writeFile(`${folder}/x.caffemodel`, encode("NetParameter", { name: "x" }));
        for (
          const args of [
            ["train", "--solver", "solver.prototxt"],
            ["test", "--model", "net.prototxt", "--weights", "x.caffemodel", "--iterations", "1"],
            ["time", "--model", "net.prototxt", "--iterations", "1"],
          ]
        ) {
          more = { CREMA_LIBCAFFE_DATA: "1" };
          const { code, stderr } = await crema(folder, ...args);
          more = {};
          assert.equal(code, 1, stderr);
          assert.match(
            stderr,
            /^crema: layer 'bad' \(HDF5Data\): Expected libcaffe to go on but found: /m,
            args[0],
          );
        }
      }),
  );
}

libcaffeTest(
  "crema train continues with libcaffe where the embedded engine stopped, and back",
  () =>
    inFolder(async (folder) => {
      await writeTiny(folder, tinySolver({ max_iter: 10 }));
      const train = async (engine: string, iterations: number, ...more: string[]) => {
        await Deno.writeTextFile(`${folder}/solver.prototxt`, tinySolver({ max_iter: iterations }));
        const child = startCremaWith(
          {},
          folder,
          "train",
          "--solver",
          "solver.prototxt",
          "--engine",
          engine,
          ...more,
        );
        const { code, stderr } = await finished(child);
        assert.equal(code, 0, stderr);
        return stderr;
      };
      await train("embedded", 10);
      assert.match(
        await train("libcaffe", 20, "--snapshot", "auto"),
        /tiny_iter_10\.solverstate/,
      );
      await train("embedded", 30, "--snapshot", "auto");
      const state = decode("SolverState", await Deno.readFile(`${folder}/tiny_iter_30.solverstate`));
      assert.equal(state.iter, 30);
    }),
);
