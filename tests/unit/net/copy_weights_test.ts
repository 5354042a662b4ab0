import assert from "node:assert/strict";
import { join } from "node:path";
import { Net } from "../../../net/net.ts";
import { encode } from "../../../proto/mod.ts";
import { Solver } from "../../../train/solver.ts";
import type { BlobProto, LayerParameter } from "../../../proto/mod.ts";
import { libcaffeTest } from "../ffi/libcaffe/built.ts";

const INPUT = 'layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 } } }\n';
const FILLER = 'weight_filler { type: "constant" value: 7 }';

/** A chain of InnerProducts: names and numbers of outputs. */
function chain(layers: Record<string, number>, more = ""): string {
  let bottom = "x", text = INPUT;
  for (const [name, outputs] of Object.entries(layers)) {
    text += `layer { name: "${name}" type: "InnerProduct" bottom: "${bottom}" top: "${name}"
      inner_product_param { num_output: ${outputs} ${FILLER} ${more} } }\n`;
    bottom = name;
  }
  return text;
}

/** An InnerProduct as a .caffemodel holds it. */
function stored(name: string, shape: readonly number[], value = 1): LayerParameter {
  const blob = (dim: readonly number[]): BlobProto => ({
    shape: { dim: [...dim] },
    data: new Float32Array(dim.reduce((count, size) => count * size, 1)).fill(value),
  });
  return { name, type: "InnerProduct", blobs: [blob(shape), blob([shape[0]!])] };
}

const model = (...layer: LayerParameter[]) => encode("NetParameter", { layer });

for (const engine of ["embedded", "libcaffe"]) {
  const test = engine === "libcaffe" ? libcaffeTest : Deno.test;

  test(`weights say which layers were copied, not found and left out: ${engine}`, async () => {
    using net = await Net.fromText(chain({ a: 3, b: 3, c: 2 }), { engine });
    const weights = model(stored("a", [3, 3]), stored("b", [3, 3]), stored("z", [4, 3]), {
      name: "relu",
      type: "ReLU",
    });
    const report = await net.copyFrom(weights);
    assert.deepEqual(report, { copied: ["a", "b"], notFound: ["c"], leftOut: ["z"], mismatched: [] });
    assert.equal(net.params.get("c")![0]!.read()[0], 7);
    // Of several, what one has is found.
    assert.deepEqual(await net.copyFrom(weights, model(stored("c", [2, 3]))), {
      ...report,
      copied: ["a", "b", "c"],
      notFound: [],
    });
  });

  test(`layers whose weights have another shape are an error, or keep their filler: ${engine}`, async () => {
    const weights = model(stored("a", [3, 3]), stored("b", [5, 3]));
    using net = await Net.fromText(chain({ a: 3, b: 2 }), { engine });
    await assert.rejects(
      net.copyFrom(weights),
      /layer 'b': Parameter 0 does not fit: Expected shape \(2, 3\) but found \(5, 3\)\. .*--skip-mismatch/,
    );
    assert.equal(net.params.get("a")![0]!.read()[0], 7, "nothing is copied when something does not fit");
    const reason = "Parameter 0 does not fit: Expected shape (2, 3) but found (5, 3)";
    const expected = { copied: ["a"], notFound: [], leftOut: [], mismatched: [{ layer: "b", reason }] };
    assert.deepEqual(await net.copyTrainedLayersFrom(weights, { skipMismatch: true }), expected);
    assert.deepEqual(net.params.get("a")![0]!.read(), new Float32Array(9).fill(1));
    assert.deepEqual(net.params.get("b")![0]!.read(), new Float32Array(6).fill(7));
  });

  test(`HDF5 weights report and skip as others do: ${engine}`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "crema-weights-" });
    try {
      const path = join(folder, "w.caffemodel.h5");
      using from = await Net.fromText(chain({ a: 3, b: 5, z: 1 }).replaceAll("value: 7", "value: 1"), {
        engine,
      });
      await from.saveHdf5(path);
      using net = await Net.fromText(chain({ a: 3, b: 2, c: 1 }), { engine });
      await assert.rejects(net.copyFrom(path), /w\.caffemodel\.h5: layer 'b': .*\(2, 3\) but found \(5, 3\)/);
      const report = await net.copyTrainedLayersFrom(path, { skipMismatch: true });
      assert.deepEqual({ ...report, mismatched: report.mismatched.map(({ layer }) => layer) }, {
        copied: ["a"],
        notFound: ["c"],
        leftOut: ["z"],
        mismatched: ["b"],
      });
      assert.equal(net.params.get("a")![0]!.read()[0], 1);
      assert.equal(net.params.get("b")![0]!.read()[0], 7);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });

  test(`another number of parameters names the shapes of both: ${engine}`, async () => {
    const statistics = [1, 4, 1, 1];
    const bn: LayerParameter = {
      name: "bn",
      type: "BN",
      blobs: [0, 1].map(() => ({ shape: { dim: statistics }, data: new Float32Array(4) })),
    };
    using net = await Net.fromText(
      `layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 dim: 4 dim: 3 dim: 3 } } }
       layer { name: "bn" type: "BatchNorm" bottom: "x" top: "y" }
       layer { name: "ip" type: "InnerProduct" bottom: "y" top: "ip" inner_product_param { num_output: 1 } }`,
      { engine },
    );
    const expected =
      "Expected 3 parameter blobs for the layer of (4), (4), (1) but found 2 of (1, 4, 1, 1), (1, 4, 1, 1)";
    await assert.rejects(net.copyFrom(model(bn)), (error: Error) => error.message.includes(expected));
    const { mismatched } = await net.copyTrainedLayersFrom(model(bn), { skipMismatch: true });
    assert.deepEqual(mismatched, [{ layer: "bn", reason: expected }]);
  });

  test(`weights of old files fit: V1 layers, and four axes where there are fewer now: ${engine}`, async () => {
    using net = await Net.fromText(chain({ a: 2 }), { engine });
    const old = encode("NetParameter", {
      layers: [{
        name: "a",
        type: "INNER_PRODUCT",
        blobs: [
          { num: 1, channels: 1, height: 2, width: 3, data: Float32Array.of(1, 2, 3, 4, 5, 6) },
          { num: 1, channels: 1, height: 1, width: 2, data: Float32Array.of(8, 9) },
        ],
      }],
    });
    assert.deepEqual((await net.copyFrom(old)).copied, ["a"]);
    const [weight, bias] = net.params.get("a")!;
    assert.deepEqual([...weight!.read(), ...bias!.read()], [1, 2, 3, 4, 5, 6, 8, 9]);
  });

  test(`an InnerProduct stored the other way round is not taken as it is: ${engine}`, async () => {
    const weights = model({
      ...stored("a", [3, 2]),
      blobs: [stored("a", [3, 2]).blobs![0]!, stored("a", [2, 1]).blobs![1]!],
    });
    using plain = await Net.fromText(chain({ a: 2 }), { engine });
    await assert.rejects(
      plain.copyFrom(weights),
      /Expected shape \(2, 3\) but found \(3, 2\)\. .*`transpose`/,
    );
    using transposed = await Net.fromText(chain({ a: 2 }, "transpose: true"), { engine });
    assert.deepEqual((await transposed.copyFrom(weights)).copied, ["a"]);
  });
}

Deno.test("a net made with weights tells what it copied, and may skip what does not fit", async () => {
  const folder = await Deno.makeTempDir({ prefix: "crema-weights-" });
  try {
    const weights = join(folder, "w.caffemodel");
    await Deno.writeFile(weights, model(stored("a", [3, 3]), stored("b", [5, 3])));
    await assert.rejects(Net.fromText(chain({ a: 3, b: 2 }), { weights }), /layer 'b'/);
    const reports: string[][] = [];
    using _net = await Net.fromText(chain({ a: 3, b: 2 }), {
      weights,
      skipMismatch: true,
      onWeights: ({ copied, mismatched }) =>
        reports.push([...copied, ...mismatched.map(({ layer }) => layer)]),
    });
    assert.deepEqual(reports, [["a", "b"]]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("layers that share all their parameters are not missing in weights that have their owner's", async () => {
  const shared = (name: string, bottom: string) =>
    `layer { name: "${name}" type: "InnerProduct" bottom: "${bottom}" top: "${name}" param { name: "w" } param { name: "b" }
      inner_product_param { num_output: 3 } }`;
  using net = await Net.fromText(INPUT + shared("a", "x") + shared("a_p", "a"));
  assert.deepEqual((await net.copyFrom(model(stored("a", [3, 3])))).notFound, []);
});

Deno.test("weights reach the layers that only a test net has", async () => {
  const layers = chain({ a: 3, b: 2 }).replace(/top: "b"/, "$& include { phase: TEST }");
  using solver = await Solver.fromText(
    `net_param { ${layers} layer { name: "loss" type: "EuclideanLoss" bottom: "a" bottom: "x" top: "loss" } }
     base_lr: 0.1 lr_policy: "fixed" max_iter: 1 test_iter: 1 test_interval: 1 snapshot_after_train: false`,
  );
  const report = await solver.copyFrom(model(stored("a", [3, 3]), stored("b", [2, 3]), stored("z", [2, 3])));
  assert.deepEqual(report, { copied: ["a", "b"], notFound: [], leftOut: ["z"], mismatched: [] });
  assert.equal(solver.testNets[0]!.params.get("b")![0]!.read()[0], 1);
  assert.equal(solver.net.params.get("a")![0]!.read()[0], 1);
});
