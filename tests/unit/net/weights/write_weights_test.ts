import assert from "node:assert/strict";
import { join } from "node:path";
import { Net, readWeights, writeWeights } from "../../../../net/mod.ts";
import { libcaffeTest } from "../../ffi/libcaffe/built.ts";
import { bitsOf, expectRefused, inFolder, parameter } from "./parameters.ts";

/** Values that conversions lose: both zeros, the smallest and the largest, NaN with bits of its own, infinity. */
const HARD = new Float32Array(
  Uint32Array.of(0, 0x80000000, 1, 0x7f7fffff, 0x7fc12345, 0xffc00001, 0x7f800000, 0xff800000).buffer,
);

const PARAMETERS = [
  { name: "conv1/0", shape: [2, 1, 2, 2], read: () => HARD },
  parameter("conv1/1", [2]),
  parameter("inception_3a/3x3.reduce/0", [3, 1]),
  parameter("Schicht ä „1“/0", [1, 1, 1, 1, 2]),
  parameter("scalar/0", []),
  parameter("empty/0", [0, 3]),
];

const ENDINGS = ["caffemodel", "caffemodel.h5", "safetensors", "npz"];

Deno.test("weights keep their names, shapes and bits from each format to each other", () =>
  inFolder(async (folder) => {
    const expected = new Set(bitsOf(PARAMETERS).map((each) => JSON.stringify(each)));
    for (const from of ENDINGS) {
      const first = join(folder, `a.${from}`);
      await writeWeights(first, PARAMETERS);
      for (const to of ENDINGS) {
        const second = join(folder, `b.${to}`);
        await writeWeights(second, (await readWeights(first)).parameters);
        const { parameters: found, leftOut } = await readWeights(second);
        assert.deepEqual(
          new Set(bitsOf(found).map((each) => JSON.stringify(each))),
          expected,
          `${from} ${to}`,
        );
        assert.deepEqual(leftOut, []);
        assert.deepEqual((await readWeights(await Deno.readFile(second))).parameters.length, found.length);
      }
    }
  }));

Deno.test("a file may be written over the one that it is read from", () =>
  inFolder(async (folder) => {
    const path = join(folder, "w.safetensors");
    await writeWeights(path, [parameter("a/0", [3]), parameter("b/0", [2])]);
    await writeWeights(path, (await readWeights(path)).parameters.toReversed());
    assert.deepEqual(
      bitsOf((await readWeights(path)).parameters),
      bitsOf([parameter("b/0", [2]), parameter("a/0", [3])]),
    );
    assert.deepEqual(Array.from(Deno.readDirSync(folder), ({ name }) => name), ["w.safetensors"]);
  }));

Deno.test("what a format can't hold is refused, and nothing is written", () =>
  inFolder(async (folder) => {
    const write = (name: string, ...names: string[]) =>
      writeWeights(join(folder, name), names.map((each) => parameter(each, [2])));
    await assert.rejects(
      write("w.onnx", "a/0"),
      /Expected a file .caffemodel, .h5, .safetensors or .npz.*crema export/,
    );
    await assert.rejects(write("w.bin", "a/0"), /Expected a file .caffemodel.* but found '.*w\.bin'/);
    await assert.rejects(write("w.npz", "a/0", "a/0"), /different names but found 'a\/0' twice/);
    await assert.rejects(write("w.safetensors", "__metadata__"), /found '__metadata__'/);
    for (const ending of ["caffemodel", "h5"]) {
      const path = `w.${ending}`;
      await assert.rejects(
        write(path, "a/0", "pos_embed"),
        /but found 'pos_embed'\. Rename them: pos_embed pos_embed\/0/,
      );
      await assert.rejects(
        write(path, "a/0", "a.weight"),
        /layer 'a': Expected one parameter 0 but found 'a\/0' and 'a.weight'/,
      );
      await assert.rejects(
        write(path, "bn.running_mean", "bn.running_var", "bn.weight"),
        /found 'bn.weight'.*belong to a Scale layer in Caffe. Rename them: bn.weight bn_scale\/0/,
      );
    }
    await assert.rejects(
      write("w.caffemodel", "a/1"),
      /layer 'a': Expected 1 parameters.* none with number 0/,
    );
    await assert.rejects(
      write("w.h5", "a/0", "a/0/0"),
      /layer 'a\/0': Expected a layer name that HDF5 can hold/,
    );
    await assert.rejects(write("w.h5", "/0"), /found ''/);
    for (const ending of ENDINGS) {
      await assert.rejects(
        writeWeights(join(folder, `w.${ending}`), [{ ...parameter("a/0", [2]), shape: [3] }]),
        /Expected 3 values for 'a\/0', \(3\), but found 2/,
      );
    }
    assert.deepEqual(Array.from(Deno.readDirSync(folder)), []);
    await expectRefused(
      join(folder, "none.npz"),
      readWeights(join(folder, "none.npz")),
      /Expected weights but found no such file/,
    );
    await expectRefused(folder, readWeights(folder), /found a directory/);
  }));

Deno.test("weights may be written to a pipe, and read from one", () =>
  inFolder(async (folder) => {
    const pipe = join(folder, "pipe.safetensors");
    assert.ok((await new Deno.Command("mkfifo", { args: [pipe] }).output()).success);
    const written = writeWeights(pipe, PARAMETERS);
    assert.deepEqual(bitsOf((await readWeights(pipe)).parameters), bitsOf(PARAMETERS));
    await written;
  }));

const NET = (factor: string) => `
layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 dim: 2 dim: 3 dim: 3 } } }
layer { name: "conv" type: "Convolution" bottom: "x" top: "c"
  convolution_param { num_output: 2 kernel_size: 2 weight_filler { type: "xavier" } bias_filler { type: "gaussian" } } }
layer { name: "bn" type: "BatchNorm" bottom: "c" top: "c" batch_norm_param { use_global_stats: true } }
layer { name: "scale" type: "Scale" bottom: "c" top: "c" scale_param { bias_term: true filler { value: ${factor} } } }
layer { name: "ip" type: "InnerProduct" bottom: "c" top: "y"
  inner_product_param { num_output: 3 weight_filler { type: "xavier" } } }`;

for (const engine of ["embedded", "libcaffe"]) {
  const test = engine === "libcaffe" ? libcaffeTest : Deno.test;

  test(`nets take weights that were converted, with the same report: ${engine}`, () =>
    inFolder(async (folder) => {
      using net = await Net.fromText(NET("2"), { engine, seed: 1 });
      for (const blob of net.params.get("bn")!) {
        blob.write(Float32Array.from({ length: blob.count }, (_, i) => i + 4));
      }
      await net.save(join(folder, "net.caffemodel"));
      const { parameters } = await readWeights(join(folder, "net.caffemodel"));
      assert.deepEqual(parameters.map(({ name, layerType }) => `${name} ${layerType}`), [
        ...["conv/0 Convolution", "conv/1 Convolution", "bn/0 BatchNorm", "bn/1 BatchNorm", "bn/2 BatchNorm"],
        ...["scale/0 Scale", "scale/1 Scale", "ip/0 InnerProduct", "ip/1 InnerProduct"],
      ]);
      const untyped = parameters.map(({ name, shape, read }) => ({ name, shape, read }));
      for (const ending of ENDINGS) {
        const path = join(folder, `w.${ending}`);
        await writeWeights(path, untyped);
        for (const given of [path, await Deno.readFile(path)]) {
          using other = await Net.fromText(NET("1"), { engine, seed: 2 });
          const report = await other.copyFrom(given);
          assert.deepEqual(report, {
            copied: ["conv", "bn", "scale", "ip"],
            notFound: [],
            leftOut: [],
            mismatched: [],
          });
          for (const [name, blobs] of net.params) {
            assert.deepEqual(
              other.params.get(name)!.map((blob) => blob.read()),
              blobs.map((blob) => blob.read()),
            );
          }
        }
      }
    }));
}
