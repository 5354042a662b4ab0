import assert from "node:assert/strict";
import { readHdf5, writeHdf5 } from "../../../../data/arrays/hdf5_content.ts";
import { loadHdf5 } from "../../../../data/arrays/load_hdf5.ts";
import { Net } from "../../../../net/net.ts";
import { temporaryFolder } from "../fixture.ts";
import { layerNet, next } from "./layer_net.ts";

type Datasets = Record<string, { shape: number[]; values: Float32Array | Int32Array | Uint8Array }>;

async function writeFile(path: string, datasets: Datasets): Promise<void> {
  const content = { groups: new Set<string>(), values: new Map(Object.entries(datasets)) };
  Deno.writeFileSync(path, writeHdf5(await loadHdf5(), content));
}

/** Files of 3, 1 and 4 rows, numbered on: `data` is (N, 1, 2), `label` (N) of integers. */
async function files(folder: string): Promise<void> {
  let first = 0;
  for (const [name, count] of [["a", 3], ["b", 1], ["c", 4]] as const) {
    const rows = Array.from({ length: count }, (_, i) => first + i);
    await writeFile(`${folder}/${name}.h5`, {
      data: { shape: [count, 1, 2], values: Float32Array.from(rows.flatMap((row) => [row, row + 0.5])) },
      label: { shape: [count], values: Int32Array.from(rows) },
    });
    first += count;
  }
  Deno.writeTextFileSync(`${folder}/list.txt`, "a.h5\r\nb.h5 c.h5\r\n");
}

const layer = (param: string, tops = 'top: "data" top: "label"') =>
  `type: "HDF5Data" ${tops} hdf5_data_param { source: "list.txt" ${param} }`;

Deno.test("HDF5Data gives rows across files, again from the start, with a top for each dataset", async () => {
  using folder = temporaryFolder();
  await files(folder.path);
  using net = await layerNet(folder.path, layer("batch_size: 3", 'top: "label" top: "data"'));
  assert.deepEqual(net.blobs.map(({ shape }) => shape), [[3], [3, 1, 2]]);
  for (let batch = 0; batch < 9; batch++) {
    const rows = [0, 1, 2].map((item) => (3 * batch + item) % 8);
    assert.deepEqual(next(net), [rows, rows.flatMap((row) => [row, row + 0.5])]);
  }
});

Deno.test("HDF5Data shuffles the files and the rows of each, and a resumed run goes on exactly", async () => {
  using folder = temporaryFolder();
  await files(folder.path);
  const text = layer("batch_size: 4 shuffle: true");
  for (const seed of [-1, 3]) {
    using net = await layerNet(folder.path, text, { seed });
    const labels = Array.from({ length: 10 }, () => next(net)[1]!).flat();
    const epochs = Array.from({ length: 5 }, (_, epoch) => labels.slice(8 * epoch, 8 * epoch + 8));
    for (const epoch of epochs) {
      assert.deepEqual(epoch.toSorted(), [0, 1, 2, 3, 4, 5, 6, 7]);
      // The rows of a file stay together.
      const of = epoch.map((row) => row < 3 ? "a" : row < 4 ? "b" : "c").join("");
      assert.match(of, /^(aaa|b|cccc)(aaa|b|cccc)(aaa|b|cccc)$/);
    }
    assert.ok(new Set(epochs.map((epoch) => epoch.join())).size > 1);
    next(net);
    const state = net.hostLayers[0]!.layer.saveState!();
    const expected = Array.from({ length: 7 }, () => next(net));
    using resumed = await layerNet(folder.path, text, { seed });
    next(resumed);
    resumed.hostLayers[0]!.layer.restoreState!(state);
    assert.deepEqual(Array.from({ length: 7 }, () => next(resumed)), expected);
  }
});

const wrong: [what: string, make: (folder: string) => Promise<void>, text: string, message: RegExp][] = [
  [
    "a missing file",
    (folder) => Promise.resolve(Deno.writeTextFileSync(`${folder}/list.txt`, "a.h5\nno.h5\n")),
    layer("batch_size: 4"),
    /line 2 of '.*list\.txt': no\.h5: Expected an HDF5 file but found no such file/,
  ],
  [
    "a file that is something else",
    (folder) => Promise.resolve(Deno.writeTextFileSync(`${folder}/b.h5`, "text")),
    layer("batch_size: 4"),
    /line 2 of '.*list\.txt': Expected an HDF5 file at '.*b\.h5' but found something else/,
  ],
  [
    "a damaged file",
    (folder) => {
      const bytes = Deno.readFileSync(`${folder}/b.h5`);
      return Promise.resolve(Deno.writeFileSync(`${folder}/b.h5`, bytes.subarray(0, 100)));
    },
    layer("batch_size: 4"),
    /line 2 of '.*list\.txt': Expected an HDF5 file at '.*b\.h5' but found one that can't be read/,
  ],
  [
    "rows of another shape",
    (folder) =>
      writeFile(`${folder}/b.h5`, {
        data: { shape: [1, 3], values: new Float32Array(3) },
        label: { shape: [1], values: new Float32Array(1) },
      }),
    layer("batch_size: 4"),
    /Expected rows of \(1, 2\) in the dataset 'data' of '.*b\.h5', as in '.*a\.h5', but found \(3\)/,
  ],
  [
    "datasets of unlike numbers of rows",
    (folder) =>
      writeFile(`${folder}/a.h5`, {
        data: { shape: [2, 1, 2], values: new Float32Array(4) },
        label: { shape: [3], values: new Float32Array(3) },
      }),
    layer("batch_size: 1"),
    /Expected 2 rows in the dataset 'label' of '.*a\.h5', as in 'data', but found 3/,
  ],
  [
    "a top that is no dataset",
    () => Promise.resolve(),
    layer("batch_size: 1", 'top: "pixels"'),
    /line 1 of '.*': Expected a dataset 'pixels', the name of the top, in '.*a\.h5' but found 'data', 'label'/,
  ],
  [
    "a transform",
    () => Promise.resolve(),
    `${layer("batch_size: 1")} transform_param { scale: 2 }`,
    /Expected no transform_param/,
  ],
];

for (const [what, make, text, message] of wrong) {
  Deno.test(`HDF5Data with ${what} is an error that names layer, file and line`, async () => {
    using folder = temporaryFolder();
    await files(folder.path);
    await make(folder.path);
    const run = async () => {
      using net = await layerNet(folder.path, text);
      for (let i = 0; i < 3; i++) net.forward();
    };
    await assert.rejects(run, (error: Error) => {
      assert.equal(error.name, "CremaError");
      assert.match(error.message, message);
      assert.match(error.message, /net\.prototxt:1.*layer 'input'/);
      return true;
    });
  });
}

const output = (path: string) => `
  layer { name: "in" type: "Input" top: "x" top: "y" input_param { shape { dim: 2 dim: 3 } shape { dim: 2 } } }
  layer { name: "out" type: "HDF5Output" bottom: "x" bottom: "y" hdf5_output_param { file_name: "${path}" } }`;

Deno.test("HDF5Output writes what it got, when the net ends, as datasets of four axes", async () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/out.h5`;
  {
    using net = await Net.fromText(output(path));
    net.forward({ inputs: { x: [1, 2, 3, 4, 5, 6], y: [7, 8] } });
    net.forward({ inputs: { x: [9, 2, 3, 4, 5, 6], y: [7, 9] } });
    assert.deepEqual([...Deno.readDirSync(folder.path)], []);
  }
  const { values } = readHdf5(await loadHdf5(), Deno.readFileSync(path));
  assert.deepEqual(values.get("data"), {
    shape: [4, 3, 1, 1],
    values: Float32Array.of(1, 2, 3, 4, 5, 6, 9, 2, 3, 4, 5, 6),
  });
  assert.deepEqual(values.get("label"), { shape: [4, 1, 1, 1], values: Float32Array.of(7, 8, 7, 9) });
  assert.deepEqual([...Deno.readDirSync(folder.path)].map(({ name }) => name), ["out.h5"]);
});

Deno.test("HDF5Output says at the start that there is no folder, and writes nothing without a forward", async () => {
  using folder = temporaryFolder();
  await assert.rejects(
    Net.fromText(output(`${folder.path}/no/out.h5`)),
    /layer 'out'.*Expected a folder '.*no' for/,
  );
  (await Net.fromText(output(`${folder.path}/out.h5`)))[Symbol.dispose]();
  assert.deepEqual([...Deno.readDirSync(folder.path)], []);
});
