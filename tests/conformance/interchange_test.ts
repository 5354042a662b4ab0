import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { type Dataset, makeDataset } from "../../data/datasets/datasets.ts";
import { Net } from "../../net/net.ts";
import type { Solver } from "../../train/solver.ts";
import { idxBytes, temporaryFolder, writeLmdb } from "../unit/data/fixture.ts";
import { differences } from "./answer.ts";
import { solverCases } from "./cases/solvers.ts";
import { live } from "./judge.ts";
import { makeSolver, solved } from "./solver_run.ts";
import { randomOf } from "./values.ts";

/** A test that needs libcaffe itself, since no record can resume a run. */
function liveTest(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: live ? name : `${name} (libcaffe is not here)`, ignore: !live, fn });
}

const steps = (solver: Solver, count: number) => {
  for (let i = 0; i < count; i++) solver.step();
};

/** Writes a solver's .caffemodel and .solverstate; another solver, on another engine, goes on from them. */
async function handOver(from: Solver, to: Solver, folder: string): Promise<void> {
  const [model, state] = [join(folder, "x.caffemodel"), join(folder, "x.solverstate")];
  await from.net.save(model);
  await Deno.writeFile(state, from.saveState());
  await to.copyFrom(model);
  to.restoreState(await Deno.readFile(state));
  assert.equal(to.iteration, from.iteration);
}

for (const each of solverCases) {
  liveTest(
    `conformance: interchange: ${each.name}: either engine goes on from the other's files`,
    async () => {
      const folder = await Deno.makeTempDir();
      try {
        using ours = await makeSolver(each, "embedded");
        using caffes = await makeSolver(each, "libcaffe");
        using oursGoesOn = await makeSolver(each, "embedded");
        using caffesGoesOn = await makeSolver(each, "libcaffe");
        for (const solver of [ours, caffes]) steps(solver, 25);
        await handOver(ours, caffesGoesOn, folder);
        await handOver(caffes, oursGoesOn, folder);
        for (const solver of [ours, caffes, oursGoesOn, caffesGoesOn]) {
          steps(solver, 25);
          assert.equal(solver.iteration, 50);
        }
        const whole = solved(ours, {});
        assert.deepEqual(
          differences(solved(caffesGoesOn, {}), whole),
          [],
          "the embedded engine's run on libcaffe",
        );
        assert.deepEqual(
          differences(solved(oursGoesOn, {}), solved(caffes, {})),
          [],
          "libcaffe's run on ours",
        );
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  );
}

/** A net of one Data layer. */
const reader = (source: string, transform = ""): string =>
  `layer { name: "data" type: "Data" top: "data" top: "label" transform_param { ${transform} }
    data_param { source: "${source}" batch_size: 5 backend: LMDB } }`;

/** The batches of a Data layer. */
type Batches = { data: number[]; label: number[] }[];

/**
 * Four batches of five as libcaffe's own Data layer reads them, after checking that Crema's Data layer on the
 * embedded engine reads the same.
 */
async function readByBoth(net: string): Promise<Batches> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", new URL("own_data_layer.ts", import.meta.url).pathname, net],
    env: { CREMA_LIBCAFFE_DATA: "1", NO_COLOR: "1" },
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  const caffes: Batches = JSON.parse(new TextDecoder().decode(stdout));
  using ours = await Net.fromText(net, { engine: "embedded" });
  for (const { data, label } of caffes) {
    ours.forward();
    assert.deepEqual([...ours.blob("data").read()], data);
    assert.deepEqual([...ours.blob("label").read()], label);
  }
  return caffes;
}

/** The numbers of the records in four batches of five, which begin again at the end. */
const order = (count: number): number[] => Array.from({ length: 20 }, (_, i) => i % count);

for (
  const [what, transform, floats] of [
    ["bytes", "", false],
    ["bytes, scale and mean", "scale: 0.5 mean_value: 3", false],
    ["floats", "", true],
  ] as const
) {
  liveTest(
    `conformance: interchange: an LMDB that Crema wrote, read by libcaffe's Data layer: ${what}`,
    async () => {
      using folder = temporaryFolder();
      const next = randomOf(what), count = 13, [channels, height, width] = [2, 3, 4];
      const records = Array.from({ length: count }, (_, label) => {
        const values = Array.from({ length: 24 }, () => Math.floor(256 * next()));
        return {
          channels,
          height,
          width,
          label,
          encoded: false,
          data: floats ? Float32Array.from(values, (value) => value / 7) : Uint8Array.from(values),
        };
      });
      const caffes = await readByBoth(reader(writeLmdb(join(folder.path, "lmdb"), records), transform));
      assert.deepEqual(caffes.flatMap(({ label }) => label), order(count));
      if (transform !== "") return;
      assert.deepEqual(
        caffes.flatMap(({ data }) => data),
        order(count).flatMap((i) => [...records[i]!.data]),
      );
    },
  );
}

liveTest(
  "conformance: interchange: an LMDB that `crema dataset` makes, read by libcaffe's Data layer",
  async () => {
    using folder = temporaryFolder();
    // A made-up dataset in the form of MNIST.
    const count = 17, size = 6 * 5;
    const next = randomOf("dataset");
    const pixels = Uint8Array.from({ length: count * size }, () => Math.floor(256 * next()));
    const labels = Uint8Array.from({ length: count }, (_, i) => (i * 7) % 10);
    const file = (name: string, bytes: Uint8Array<ArrayBuffer>) => {
      Deno.writeFileSync(join(folder.path, name), bytes);
      return { file: name, sha256: createHash("sha256").update(bytes).digest("hex") };
    };
    const part = {
      lmdb: "small_lmdb",
      count,
      images: file("images", idxBytes([count, 6, 5], pixels)),
      labels: file("labels", idxBytes([count], labels)),
    };
    const dataset: Dataset = {
      name: "small",
      description: "",
      origin: "a test",
      fetch: () => Promise.resolve(folder.path),
      parts: [part],
    };
    const [lmdb] = await makeDataset(dataset, { out: join(folder.path, "out") });
    const caffes = await readByBoth(reader(lmdb!));
    assert.deepEqual(caffes.flatMap(({ label }) => label), order(count).map((i) => labels[i]));
    assert.deepEqual(
      caffes.flatMap(({ data }) => data),
      order(count).flatMap((i) => [...pixels.subarray(i * size, (i + 1) * size)]),
    );
  },
);
