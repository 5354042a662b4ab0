import assert from "node:assert/strict";
import { join } from "node:path";
import { Net, parseRenames, readWeights, renameWeights, writeWeights } from "../../../../net/mod.ts";
import { libcaffeTest } from "../../ffi/libcaffe/built.ts";
import { expectRefused, inFolder, parameter } from "./parameters.ts";

/** Two layers that share weights, and a batch normalization. */
const NET = `layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 } } }
layer { name: "first" type: "InnerProduct" bottom: "x" top: "h" param { name: "w" } inner_product_param { num_output: 3 } }
layer { name: "second" type: "InnerProduct" bottom: "h" top: "y" param { name: "w" } inner_product_param { num_output: 3 } }
layer { name: "bn" type: "BatchNorm" bottom: "y" top: "y" batch_norm_param { use_global_stats: true eps: 0 } }
layer { name: "affine" type: "Scale" bottom: "y" top: "y" scale_param { bias_term: true } }`;

/** What PyTorch would have for it. */
const STATE = [
  parameter("fc1.weight", [3, 3], [1, 0, 0, 0, 1, 0, 0, 0, 1]),
  parameter("fc1.bias", [3], [1, 2, 3]),
  parameter("fc2.bias", [3], [0, 0, 1]),
  parameter("norm.running_mean", [3], [1, 2, 4]),
  parameter("norm.running_var", [3], [4, 4, 4]),
  parameter("norm.weight", [3], [2, 2, 2]),
  parameter("norm.bias", [3], [10, 20, 30]),
];

const NAMES = `fc1 first
fc2.* second.*
norm.running_* bn.running_*
norm.* affine.*`;

for (const engine of ["embedded", "libcaffe"]) {
  const test = engine === "libcaffe" ? libcaffeTest : Deno.test;

  test(`a PyTorch state dict with other names trains on, shared weights and batch normalization included: ${engine}`, () =>
    inFolder(async (folder) => {
      const renamed = renameWeights(STATE, parseRenames(NAMES, "names.txt"));
      for (const ending of ["safetensors", "npz", "h5"]) {
        const path = join(folder, `w.${ending}`);
        await writeWeights(path, renamed);
        using net = await Net.fromText(NET, { engine });
        const report = await net.copyFrom(path);
        assert.deepEqual(report.copied, ["first", "second", "bn", "affine"], ending);
        assert.deepEqual([report.notFound, report.leftOut], [[], []]);
        net.blob("x").write(Float32Array.of(0, 0, 0, 2, 4, 6));
        net.forward();
        assert.deepEqual(net.blob("y").read(), Float32Array.of(10, 20, 30, 12, 24, 36));
      }
    }));

  test(`flat files give the report and the errors of a .caffemodel: ${engine}`, () =>
    inFolder(async (folder) => {
      const path = join(folder, "w.safetensors");
      using net = await Net.fromText(NET, { engine });
      const copy = async (parameters: Parameters<typeof writeWeights>[1], skipMismatch = false) => {
        await writeWeights(path, parameters);
        return await net.copyTrainedLayersFrom(path, { skipMismatch });
      };
      const first = [parameter("first.weight", [3, 3]), parameter("first.bias", [3])];
      assert.deepEqual(await copy([...first, parameter("head/pos", [2]), parameter("other.weight", [1])]), {
        copied: ["first"],
        notFound: ["second", "bn", "affine"],
        leftOut: ["head", "other"],
        mismatched: [],
      });
      const before = net.params.get("first")!.map((blob) => blob.read());
      const wide = [parameter("first/0", [4, 3]), parameter("first/1", [4])];
      await expectRefused(
        path,
        copy(wide),
        /layer 'first': Parameter 0 does not fit: Expected shape \(3, 3\) but found \(4, 3\)/,
      );
      assert.deepEqual(
        (await copy([...wide, parameter("second/1", [3])], true)).mismatched.map(({ layer }) => layer),
        ["first"],
      );
      assert.deepEqual(net.params.get("first")!.map((blob) => blob.read()), before);
      await expectRefused(
        path,
        copy([first[0]!]),
        /layer 'first': Expected 2 parameter blobs for the layer but found no 'first\/1'/,
      );
      await expectRefused(path, copy([...first, parameter("first/2", [1])]), /but found 'first\/2'/);
      await expectRefused(
        path,
        copy([...first, parameter("first.scale", [1])]),
        /but found 'first\.scale'\. Rename them/,
      );
      await expectRefused(
        path,
        copy([parameter("a.weight", [1])]),
        /Expected weights for some layer of the net \(first.*\) but found those of a/,
      );
    }));
}

Deno.test("statistics of a BatchNorm get Caffe's factor, unless they have one", () =>
  inFolder(async (folder) => {
    const path = join(folder, "w.caffemodel");
    const statistics = STATE.filter(({ name }) => name.startsWith("norm.running"));
    await writeWeights(path, statistics);
    const found = async () => (await readWeights(path)).parameters.map(({ name, read }) => [name, read()[0]]);
    assert.deepEqual(await found(), [["norm/0", 1], ["norm/1", 4], ["norm/2", 1]]);
    await writeWeights(path, [...statistics, parameter("norm/2", [1], [7])]);
    assert.deepEqual((await found())[2], ["norm/2", 7]);
  }));
