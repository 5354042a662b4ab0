import assert from "node:assert/strict";
import { featuresCommand } from "../../../cli/features.ts";
import { convertIdx, LmdbSource, loadHdf5 } from "../../../data/mod.ts";
import { Net } from "../../../net/mod.ts";
import { writeIdx } from "../data/datasets/convert/made_up_files.ts";

/** The first records that Caffe's extract_features wrote for this net and these images. */
const CAFFE = {
  conv: "CAIQAhgDNQAAnj41AACqPjUAALY+NQAAzj41AADaPjUAAOY+NQAAnj41AACqPjUAALY+NQAAzj41AADaPjUAAOY+",
  ip: "CAIQARgBNQCAET81AIARPw==",
  label: "CAEQARgBNQAAgD8=",
};

const net = (source: string) => `
layer {
  name: "data" type: "Data" top: "data" top: "label"
  data_param { source: "${source}" batch_size: 3 backend: LMDB } transform_param { scale: 0.00390625 }
}
layer {
  name: "conv" type: "Convolution" bottom: "data" top: "conv"
  convolution_param {
    num_output: 2 kernel_size: 2
    weight_filler { type: "constant" value: 0.5 } bias_filler { type: "constant" value: 0.25 }
  }
}
layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
layer {
  name: "ip" type: "InnerProduct" bottom: "conv" top: "ip"
  inner_product_param { num_output: 2 weight_filler { type: "constant" value: 0.125 } }
}`;

/** Runs `crema features` in a folder with six images, a net and its weights. */
async function withFeatures(
  run: (folder: string, features: (...args: string[]) => Promise<unknown>) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "crema-features-" });
  try {
    writeIdx(folder);
    await convertIdx({ images: `${folder}/images.idx`, labels: `${folder}/labels.idx`, out: `${folder}/db` });
    await Deno.writeTextFile(`${folder}/net.prototxt`, net(`${folder}/db`));
    {
      using trained = await Net.fromFile(`${folder}/net.prototxt`);
      await trained.save(`${folder}/w.caffemodel`);
    }
    const common = ["--model", `${folder}/net.prototxt`, "--weights", `${folder}/w.caffemodel`];
    await run(folder, (...args) => featuresCommand().parseAsync([...common, ...args], { from: "user" }));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("features become the records that extract_features writes", () =>
  withFeatures(async (folder, features) => {
    const out = ["conv", "ip", "label"].map((name) => `${folder}/${name}`).join(",");
    await features("--blobs", "conv,ip,label", "--out", out, "--iterations", "3");
    for (const [name, record] of Object.entries(CAFFE)) {
      const parse = (data: Uint8Array) => ({
        channels: 0,
        height: 0,
        width: 0,
        label: 0,
        data,
        encoded: true,
      });
      using source = new LmdbSource(`${folder}/${name}`, parse);
      assert.equal(source.count, 9);
      assert.equal((source.read()!.data as Uint8Array).toBase64(), record);
      assert.equal(source.describe(0), "key '0000000000'");
    }
  }));

Deno.test("features become an .npz, an HDF5 file, or tables", () =>
  withFeatures(async (folder, features) => {
    await features("--blobs", "ip,label", "--out", `${folder}/x.npz`, "--iterations", "2");
    const npz = new TextDecoder("latin1").decode(await Deno.readFile(`${folder}/x.npz`));
    assert.match(
      npz,
      /^PK[^]*ip\.npy.NUMPY[^]*'shape': \(6, 2\)[^]*label\.npy[^]*'shape': \(6,\)/,
    );
    await features("--blobs", "conv,label", "--out", `${folder}/x.h5`);
    const { h5, files } = await loadHdf5();
    files.writeFile("features_test.h5", await Deno.readFile(`${folder}/x.h5`));
    const file = new h5.File("features_test.h5", "r");
    assert.deepEqual((file.get("conv") as { shape: number[] }).shape, [3, 2, 2, 3]);
    file.close();
    files.unlink("features_test.h5");
    await features("--blobs", "ip", "--out", `${folder}/ip.csv`);
    assert.equal(
      await Deno.readTextFile(`${folder}/ip.csv`),
      "0.5683594,0.5683594\n0.9902344,0.9902344\n1.4121094,1.4121094\n",
    );
  }));

Deno.test("features want a path for each blob, and blobs that are there", () =>
  withFeatures(async (folder, features) => {
    await assert.rejects(
      features("--blobs", "conv,ip", "--out", `${folder}/a`),
      /Expected --out to have a path for each of 2 blobs \(conv, ip\) but found 1/,
    );
    await assert.rejects(features("--blobs", "cnv", "--out", `${folder}/a`), /found 'cnv'.*'conv'/);
    assert.ok(!Array.from(Deno.readDirSync(folder)).some(({ name }) => name.startsWith("a")));
  }));

Deno.test("features find out at their start that they can't be written", () =>
  withFeatures(async (folder, features) => {
    for (const name of ["x.npz", "x.h5", "x.csv"]) {
      await assert.rejects(
        // The blob is not there either, but is looked for later.
        features("--blobs", "none", "--out", `${folder}/missing/${name}`),
        /missing\/x\.\w+: Expected to write the features but found that its folder is not there/,
      );
    }
  }));
