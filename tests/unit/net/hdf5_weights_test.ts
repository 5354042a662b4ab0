import assert from "node:assert/strict";
import { join } from "node:path";
import { readHdf5 } from "../../../data/arrays/hdf5_content.ts";
import { loadHdf5 } from "../../../data/arrays/load_hdf5.ts";
import { Net } from "../../../net/net.ts";
import { libcaffeTest } from "../ffi/libcaffe/built.ts";
import { simpleNet } from "../train/simple_net.ts";

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "crema-hdf5-" });
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const contentOf = async (path: string) => readHdf5(await loadHdf5(), await Deno.readFile(path));

/** Two layers that share weights if `name` is "w", and have their own otherwise. */
const twins = (name: string) =>
  `layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 } } }
layer { name: "in/first" type: "InnerProduct" bottom: "x" top: "h" param { name: "w" } inner_product_param {
  num_output: 3 weight_filler { type: "xavier" } bias_filler { type: "constant" value: 1 } } }
layer { name: "second" type: "InnerProduct" bottom: "h" top: "y" param { name: "${name}" } inner_product_param {
  num_output: 3 weight_filler { type: "xavier" } bias_filler { type: "constant" value: 2 } } }`;

const valuesOf = (net: Net) =>
  new Map([...net.params].map(([name, blobs]) => [name, blobs.map((blob) => blob.read())]));

for (const engine of ["embedded", "libcaffe"]) {
  const test = engine === "libcaffe" ? libcaffeTest : Deno.test;

  test(`saveHdf5 and loadHdf5 copy all parameters to another net: ${engine}`, () =>
    inFolder(async (folder) => {
      const path = join(folder, "net.h5");
      using net = await Net.fromText(simpleNet(13), { engine, phase: "TRAIN" });
      using other = await Net.fromText(simpleNet(13), { engine, phase: "TRAIN" });
      await net.saveHdf5(path);
      assert.notDeepEqual(valuesOf(other), valuesOf(net));
      await other.loadHdf5(path);
      assert.deepEqual(valuesOf(other), valuesOf(net));
      assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["net.h5"]);

      using third = await Net.fromText(simpleNet(13), { engine, weights: path });
      assert.deepEqual(valuesOf(third), valuesOf(net));
      using fourth = await Net.fromText(simpleNet(13), { engine });
      await fourth.copyFrom(await Deno.readFile(path));
      assert.deepEqual(valuesOf(fourth), valuesOf(net));
    }));

  test(`HDF5 has Caffe's layout, with diffs on request and shared parameters once: ${engine}`, () =>
    inFolder(async (folder) => {
      const path = join(folder, "net.h5");
      using net = await Net.fromText(twins("w"), { engine });
      for (const { blob } of net.handle.learnable) blob.diff.fill(3);
      await net.saveHdf5(path, { diffs: true });
      const { groups, values } = await contentOf(path);
      const layers = ["in", "in/first", "second", "x"];
      assert.deepEqual(
        [...groups].sort(),
        ["data", "diff"].flatMap((part) => [part, ...layers.map((layer) => `${part}/${layer}`)]),
      );
      const data = ["data/in/first/0", "data/in/first/1", "data/second/1"];
      const diffs = ["diff/in/first/0", "diff/in/first/1", "diff/second/0", "diff/second/1"];
      assert.deepEqual([...values.keys()].sort(), [...data, ...diffs]);
      const [weights] = net.layer("in/first").blobs;
      assert.deepEqual(values.get("data/in/first/0"), { shape: [3, 3], values: weights!.read() });
      assert.deepEqual(values.get("diff/second/1"), { shape: [3], values: Float32Array.of(3, 3, 3) });
      await net.saveHdf5(path);
      assert.deepEqual([...(await contentOf(path)).values.keys()].sort(), data);

      using other = await Net.fromText(twins("w"), { engine });
      await other.loadHdf5(path);
      assert.deepEqual(valuesOf(other), valuesOf(net));
      assert.deepEqual(other.layer("second").blobs[0]!.read(), weights!.read());

      using apart = await Net.fromText(twins("v"), { engine });
      const before = valuesOf(apart);
      await assert.rejects(
        apart.loadHdf5(path),
        /net\.h5: layer 'second': Expected 2 parameter blobs for the layer but found no 'data\/second\/0'$/,
      );
      assert.deepEqual(valuesOf(apart), before, "nothing is taken when a part does not fit");
    }));

  test(`parameters that do not fit are refused, naming the layer; other layers stay unchanged: ${engine}`, () =>
    inFolder(async (folder) => {
      const path = join(folder, "net.h5");
      using net = await Net.fromText(simpleNet(13), { engine });
      await net.saveHdf5(path);
      using wider = await Net.fromText(simpleNet(14), { engine });
      await assert.rejects(
        wider.loadHdf5(path),
        /layer 'ip': Parameter 0 does not fit: Expected shape \(14, \d+\) but found \(13, \d+\)\. To train it anew/,
      );
      using fewer = await Net.fromText(
        simpleNet(13).replace("num_output: 13", "num_output: 13 bias_term: false"),
        { engine },
      );
      await assert.rejects(
        fewer.loadHdf5(path),
        /layer 'ip': Expected 1 parameter blobs for the layer but found 'data\/ip\/1'$/,
      );
      using renamed = await Net.fromText(simpleNet(14).replace('name: "ip"', 'name: "new"'), { engine });
      const before = renamed.layer("new").blobs[0]!.read();
      await renamed.loadHdf5(path);
      assert.deepEqual(renamed.layer("new").blobs[0]!.read(), before);
      assert.deepEqual(renamed.layer("conv").blobs[0]!.read(), net.layer("conv").blobs[0]!.read());
    }));
}

Deno.test("a missing file, other HDF5 and a folder that cannot be written are errors", () =>
  inFolder(async (folder) => {
    using net = await Net.fromText(simpleNet(13));
    await assert.rejects(net.loadHdf5(join(folder, "none.h5")), /none\.h5: Expected weights .* no such file/);
    const { h5, files } = await loadHdf5();
    new h5.File("empty.h5", "w").close();
    const path = join(folder, "empty.h5");
    await Deno.writeFile(path, files.readFile("empty.h5"));
    files.unlink("empty.h5");
    await assert.rejects(net.loadHdf5(path), /empty\.h5: Expected weights but found no group 'data'/);
    await assert.rejects(
      net.saveHdf5(join(folder, "no/net.h5")),
      /no\/net\.h5: Expected to write the net but/,
    );
  }));

Deno.test("names that HDF5 cannot hold are refused, unless their layers have no parameters", async () => {
  const layer = (name: string, bottom: string, top: string) =>
    `layer { name: "${name}" type: "InnerProduct" bottom: "${bottom}" top: "${top}" inner_product_param { num_output: 3 } }`;
  const head = `layer { name: "./in" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 } } }
    layer { type: "ReLU" bottom: "x" top: "r" } layer { name: "a/0/b" type: "ReLU" bottom: "r" top: "s" }`;
  await inFolder(async (folder) => {
    const path = join(folder, "net.h5");
    using good = await Net.fromText(`${head} ${layer("a", "s", "y")} ${layer("c/a", "y", "z")}`);
    await good.saveHdf5(path);
    await good.loadHdf5(path);
    for (const name of [".", "/a", "a/", "a//b", "b/./c", "", "a/0", "a/1/c"]) {
      using net = await Net.fromText(`${head} ${layer("a", "s", "y")} ${layer(name, "y", "z")}`);
      await assert.rejects(net.saveHdf5(path), {
        name: "CremaError",
        message:
          `${
            name === "" ? "layer ''" : `layer '${name}'`
          }: Expected a layer name that HDF5 can hold beside the others but ` +
          `found '${name}'. Rename the layer, or use snapshot_format: BINARYPROTO.`,
      });
    }
  });
});
