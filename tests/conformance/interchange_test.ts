import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { writeHdf5 } from "../../data/arrays/hdf5_content.ts";
import { loadHdf5 } from "../../data/arrays/load_hdf5.ts";
import { type Dataset, makeDataset } from "../../data/datasets/datasets.ts";
import { loadSharp } from "../../data/images/load_sharp.ts";
import { Net } from "../../net/net.ts";
import type { Solver } from "../../train/solver.ts";
import { idxBytes, temporaryFolder, writeLmdb } from "../unit/data/fixture.ts";
import { SAMPLE } from "../unit/data/sources/leveldb/sample.ts";
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
const reader = (source: string, transform = "", backend = "LMDB"): string =>
  `layer { name: "data" type: "Data" top: "data" top: "label" transform_param { ${transform} }
    data_param { source: "${source}" batch_size: 5 backend: ${backend} } }`;

/** The values of the tops in each batch of a data layer. */
type Batches = Record<string, number[]>[];

/**
 * Four batches as libcaffe's own data layer reads them, after checking that Crema's layer of that type on the embedded
 * engine reads the same.
 */
async function readByBoth(net: string): Promise<Batches> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", new URL("own_data_layer.ts", import.meta.url).pathname, net],
    env: { CREMA_LIBCAFFE_DATA: "1", NO_COLOR: "1" },
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  const caffes: Batches = JSON.parse(new TextDecoder().decode(stdout));
  using ours = await Net.fromText(net, { engine: "embedded" });
  for (const batch of caffes) {
    ours.forward();
    for (const [top, values] of Object.entries(batch)) {
      assert.deepEqual([...ours.blob(top).read()], values, top);
    }
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
      assert.deepEqual(caffes.flatMap(({ label }) => label!), order(count));
      if (transform !== "") return;
      assert.deepEqual(
        caffes.flatMap(({ data }) => data!),
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
    assert.deepEqual(caffes.flatMap(({ label }) => label!), order(count).map((i) => labels[i]));
    assert.deepEqual(
      caffes.flatMap(({ data }) => data!),
      order(count).flatMap((i) => [...pixels.subarray(i * size, (i + 1) * size)]),
    );
  },
);

liveTest(
  "conformance: interchange: a LevelDB of Google's library, read by libcaffe's Data layer",
  async () => {
    // LevelDB's own library writes to a database that it only reads.
    using folder = temporaryFolder();
    const copy = join(folder.path, "leveldb");
    await cp(SAMPLE, copy, { recursive: true });
    const caffes = await readByBoth(reader(copy, "scale: 0.5", "LEVELDB"));
    assert.deepEqual(caffes.flatMap(({ label }) => label!), Array.from({ length: 20 }, (_, i) => i % 10));
  },
);

/** Writes JPEG and PNG files, in colour and grey, of unlike sizes, and a list of them. Returns the list. */
async function writeImages(folder: string): Promise<string> {
  const sharp = await loadSharp(), next = randomOf("images"), lines: string[] = [];
  for (const [i, [width, height]] of ([[40, 30], [31, 44], [64, 20], [33, 33]] as const).entries()) {
    // Smooth, as photographs are.
    const raw = { width: 5, height: 4, channels: 3 } as const;
    const noise = Uint8Array.from({ length: 60 }, () => Math.floor(256 * next()));
    const image = sharp(noise, { raw }).resize(width, height, { fit: "fill" });
    if (i === 2) image.toColourspace("b-w");
    const name = `${i}.${i % 2 === 0 ? "jpg" : "png"}`;
    await image.toFile(join(folder, name));
    lines.push(`${name} ${3 - i}\n`);
  }
  const list = join(folder, "list.txt");
  await Deno.writeTextFile(list, lines.join(""));
  return list;
}

for (
  const [what, transform, param] of [
    ["as stored, one by one", "scale: 0.5 mean_value: 7", "batch_size: 1"],
    ["resized", "", "batch_size: 3 new_height: 25 new_width: 50"],
    [
      "resized and cropped",
      "crop_size: 17 mean_value: 1 mean_value: 2 mean_value: 3",
      "batch_size: 2 new_height: 20 new_width: 60",
    ],
  ] as const
) {
  liveTest(`conformance: interchange: ImageData gives what libcaffe's own layer gives: ${what}`, async () => {
    using folder = temporaryFolder();
    const list = await writeImages(folder.path);
    const caffes = await readByBoth(`
      layer { name: "data" type: "ImageData" top: "data" top: "label" transform_param { ${transform} }
        image_data_param { source: "${list}" root_folder: "${folder.path}/" ${param} } }`);
    assert.equal(caffes.length, 4);
  });
}

liveTest("conformance: interchange: encoded records give what libcaffe's own Data layer gives", async () => {
  using folder = temporaryFolder();
  const list = await writeImages(folder.path);
  const records = (await Deno.readTextFile(list)).trim().split("\n").map((line, label) => {
    const data = Deno.readFileSync(join(folder.path, line.split(" ")[0]!));
    return { channels: 0, height: 0, width: 0, label, data, encoded: true };
  });
  const lmdb = writeLmdb(join(folder.path, "lmdb"), records);
  await readByBoth(reader(lmdb, "crop_size: 20 force_color: true"));
  await readByBoth(reader(lmdb, "scale: 2").replace("batch_size: 5", "batch_size: 1"));
});

liveTest("conformance: interchange: HDF5Data gives what libcaffe's own layer gives", async () => {
  using folder = temporaryFolder();
  const library = await loadHdf5(), next = randomOf("hdf5"), lines: string[] = [];
  for (const [i, rows] of [3, 1, 4].entries()) {
    const array = (...shape: number[]) => ({
      shape: [rows, ...shape],
      values: Float32Array.from({ length: rows * shape.reduce((a, b) => a * b, 1) }, next),
    });
    const values = new Map([["data", array(2, 3)], ["label", array()], ["other", array(1, 1, 2, 1)]]);
    const path = join(folder.path, `${i}.h5`);
    await Deno.writeFile(path, writeHdf5(library, { groups: new Set(), values }));
    lines.push(`${path}\n`);
  }
  await Deno.writeTextFile(join(folder.path, "list.txt"), lines.join(""));
  await readByBoth(`layer { name: "data" type: "HDF5Data" top: "other" top: "data" top: "label"
    hdf5_data_param { source: "${folder.path}/list.txt" batch_size: 5 } }`);
});

for (
  const [what, transform, param] of [
    ["warped", "scale: 0.5", ""],
    ["with context, from a mean", "mean_value: 3 mean_value: 4 mean_value: 5", "context_pad: 2"],
    ["as squares with context", "", 'context_pad: 1 crop_mode: "square"'],
    ["as squares, from memory", "", 'crop_mode: "square" cache_images: true'],
  ] as const
) {
  liveTest(
    `conformance: interchange: WindowData gives what libcaffe's own layer gives: ${what}`,
    async () => {
      using folder = temporaryFolder();
      await writeImages(folder.path);
      // With one window of each kind, nothing about the choice is random.
      for (
        const [fg, bg] of [["1 0.9 2 3 12 24", "5 0.1 0 0 30 10"], ["2 0.5 20 30 30 43", "1 0.2 5 5 9 40"]]
      ) {
        const file = join(folder.path, "windows.txt");
        await Deno.writeTextFile(file, `# 0\n${folder.path}/1.png\n3\n44\n31\n2\n${fg}\n${bg}\n`);
        const caffes = await readByBoth(`
        layer { name: "data" type: "WindowData" top: "data" top: "label"
          transform_param { crop_size: 13 ${transform} }
          window_data_param { source: "${file}" batch_size: 3 fg_fraction: 0.4 ${param} ${
          transform.startsWith("scale") ? transform : ""
        } } }`);
        assert.deepEqual(caffes[0]!.label, [0, 0, Number(fg![0])]);
      }
    },
  );
}
