import assert from "node:assert/strict";
import { ndArray } from "../../../data/arrays/nd_array.ts";
import { Net } from "../../../net/net.ts";
import { libcaffeTest } from "../ffi/libcaffe/built.ts";
import { paramDiffs, simpleNet } from "../train/simple_net.ts";

const NET = `name: "small" force_backward: true
layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 4 dim: 3 } } }
layer { name: "ip" type: "InnerProduct" bottom: "x" top: "y" inner_product_param { num_output: 2
  weight_filler { type: "xavier" } } }
layer { name: "relu" type: "ReLU" bottom: "y" top: "z" }
layer { name: "sum" type: "EuclideanLoss" bottom: "z" bottom: "y" top: "total" }`;

/** Tells that numbers are the same but for how sums are rounded. */
function assertNear(found: ArrayLike<number>, expected: ArrayLike<number>): void {
  assert.equal(found.length, expected.length);
  for (let i = 0; i < found.length; i++) {
    const [a, b] = [found[i]!, expected[i]!];
    assert.ok(Math.abs(a - b) < 1e-5 + 1e-3 * Math.abs(b), `${a} at ${i} rather than ${b}`);
  }
}

const EXAMPLES = Array.from({ length: 30 }, (_, i) => Math.sin(i));

Deno.test("names of tops and bottoms, loss weights, layers by name", async () => {
  using net = await Net.fromText(simpleNet(13), { phase: "TRAIN" });
  assert.deepEqual([...net.topNames], [
    ["data", ["data", "label"]],
    ["conv", ["conv"]],
    ["ip", ["ip_blob"]],
    ["loss", ["loss"]],
  ]);
  assert.deepEqual([...net.bottomNames], [
    ["data", []],
    ["conv", ["data"]],
    ["ip", ["conv"]],
    ["loss", ["ip_blob", "label"]],
  ]);
  assert.deepEqual([...net.blobLossWeights], [
    ["data", 0],
    ["label", 0],
    ["conv", 0],
    ["ip_blob", 0],
    ["loss", 2],
  ]);
  assert.deepEqual(net.layer("conv").blobs.map(({ shape }) => [...shape]), [[11, 2, 2, 2], [11]]);
  assert.equal(net.layer("loss").type, "SoftmaxWithLoss");
  assert.throws(
    () => net.layer("con"),
    /Expected a layer of net 'testnet' but found 'con'. Did you mean 'conv'/,
  );
  assert.deepEqual(net.inputs, []);
  assert.deepEqual(net.outputs, ["loss"]);
});

Deno.test("forward and backward from a layer to another return that layer's blobs", async () => {
  using net = await Net.fromText(simpleNet(13), { phase: "TRAIN" });
  assert.deepEqual(Object.keys(net.forward({ end: "ip", blobs: ["conv"] })), ["ip_blob", "conv"]);
  assert.deepEqual(Object.keys(net.forward({ start: "ip" })), ["loss"]);
  assert.deepEqual(Object.keys(net.backward({ end: "ip", diffs: ["loss"] })), ["conv", "loss"]);
  assert.deepEqual(Object.keys(net.backward({ start: "ip", end: "conv" })), ["data"]);
});

for (const engine of ["embedded", "libcaffe"]) {
  const test = engine === "libcaffe" ? libcaffeTest : Deno.test;

  test(`forward of one layer computes from what its bottom holds, and leaves the rest as it is: ${engine}`, async () => {
    using net = await Net.fromText(simpleNet(13), { phase: "TRAIN", engine });
    net.forward();
    const [conv, loss] = [net.blob("conv"), net.blob("loss").data[0]];
    const sample = Float32Array.from({ length: conv.count }, (_, i) => Math.sin(i * i));
    conv.data.set(sample);
    const found = net.forward({ start: "ip", end: "ip" });
    const [weights, bias] = net.layer("ip").blobs.map((blob) => blob.read());
    const size = conv.count / conv.num;
    const expected = Array.from({ length: 5 * 13 }, (_, at) => {
      const [n, k] = [Math.floor(at / 13), at % 13];
      return sample.subarray(n * size, (n + 1) * size)
        .reduce((sum, x, i) => sum + x * weights![k * size + i]!, bias![k]!);
    });
    assertNear(found["ip_blob"]!, expected);
    assert.deepEqual(net.blob("ip_blob").read(), new Float32Array(found["ip_blob"]!));
    assert.equal(net.blob("loss").data[0], loss, "layers after the end did not run");
    assert.deepEqual(conv.read(), sample, "layers before the start did not run");
    const whole = net.forward({ start: "loss" })["loss"]![0]!;
    const labels = net.blob("label").read();
    const entropy = Array.from({ length: 5 }, (_, n) => {
      const scores = expected.slice(13 * n, 13 * n + 13);
      return Math.log(scores.reduce((sum, score) => sum + Math.exp(score), 0)) - scores[labels[n]!]!;
    });
    assertNear([whole], [entropy.reduce((sum, each) => sum + each) / 5]);
  });

  test(`backward of one layer computes from what its top's diff holds, and leaves the rest: ${engine}`, async () => {
    using net = await Net.fromText(simpleNet(13), { phase: "TRAIN", engine });
    net.forward();
    net.backward();
    const [conv, ip] = [net.blob("conv"), net.blob("ip_blob")];
    const [dataDiff, input] = [net.blob("data").read("diff"), conv.read()];
    const sample = Float32Array.from({ length: ip.count }, (_, i) => Math.cos(i * i));
    ip.diff.set(sample);
    net.clearParamDiffs();
    const found = net.backward({ start: "ip", end: "ip" });
    const [weights] = net.layer("ip").blobs.map((blob) => blob.read());
    const size = conv.count / conv.num;
    const sumOver = (count: number, term: (i: number) => number) =>
      Array.from({ length: count }, (_, i) => term(i)).reduce((sum, each) => sum + each, 0);
    assertNear(
      found["conv"]!,
      Array.from({ length: conv.count }, (_, at) => {
        const [n, i] = [Math.floor(at / size), at % size];
        return sumOver(13, (k) => sample[n * 13 + k]! * weights![k * size + i]!);
      }),
    );
    const [weightDiffs, biasDiffs] = net.layer("ip").blobs.map((blob) => blob.read("diff"));
    assertNear(biasDiffs!, Array.from({ length: 13 }, (_, k) => sumOver(5, (n) => sample[n * 13 + k]!)));
    assertNear(
      weightDiffs!,
      Array.from({ length: 13 * size }, (_, at) => {
        const [k, i] = [Math.floor(at / size), at % size];
        return sumOver(5, (n) => sample[n * 13 + k]! * input[n * size + i]!);
      }),
    );
    assert.deepEqual(net.blob("data").read("diff"), dataDiff, "layers below the end did not run");
    const given = net.backward({ start: "ip", end: "ip", outputs: { ip_blob: sample.map((x) => 2 * x) } });
    assertNear(
      given["conv"]!,
      Array.from({ length: conv.count }, (_, at) => {
        const [n, i] = [Math.floor(at / size), at % size];
        return 2 * sumOver(13, (k) => sample[n * 13 + k]! * weights![k * size + i]!);
      }),
    );
  });
}

Deno.test("parameters' gradients add up until they are cleared", async () => {
  using net = await Net.fromText(simpleNet(13), { phase: "TRAIN" });
  net.forward();
  net.clearParamDiffs();
  assert.equal(paramDiffs(net), 0);
  net.backward();
  const once = net.params.get("ip")![0]!.read("diff");
  assert.ok(paramDiffs(net) > 0);
  net.backward();
  const twice = net.params.get("ip")![0]!.read("diff");
  for (const [i, value] of twice.entries()) {
    assert.ok(Math.abs(value - 2 * once[i]!) < 1e-4 * (1 + Math.abs(value)));
  }
  net.clearParamDiffs();
  assert.equal(paramDiffs(net), 0);
});

Deno.test("inputs may be arrays with a shape, and other nets' blobs", async () => {
  using net = await Net.fromText(NET), other = await Net.fromText(NET);
  other.shareWith(net);
  const { z } = net.forward({ inputs: { x: ndArray([4, 3], EXAMPLES.slice(0, 12)) }, blobs: ["z"] });
  assert.deepEqual(other.forward({ inputs: { x: net.blob("x") }, blobs: ["z"] })["z"], z);
});

Deno.test("forwardAll runs any number of examples in batches", async () => {
  using net = await Net.fromText(NET);
  for (const total of [1, 4, 8, 10]) {
    const x = ndArray([total, 3], EXAMPLES.slice(0, 3 * total));
    const { z, total: sums, ...rest } = net.forwardAll({ inputs: { x }, blobs: ["z", "total"] });
    assert.deepEqual(Object.keys(rest), []);
    assert.deepEqual(z!.shape, [total, 2]);
    // A loss of the batch: one value a batch.
    assert.deepEqual(sums!.shape, [Math.ceil(total / 4)]);
    for (let i = 0; i < total; i++) {
      const one = new Float32Array(12);
      one.set(EXAMPLES.slice(3 * i, 3 * i + 3));
      const alone = net.forward({ inputs: { x: one }, blobs: ["z"] })["z"]!;
      for (const k of [0, 1]) assert.ok(Math.abs(z!.data[2 * i + k]! - alone[k]!) < 1e-6);
    }
  }
});

Deno.test("forwardBackwardAll gives an example's gradients as a batch of its own does", async () => {
  const text = NET.slice(0, NET.indexOf('layer { name: "sum"'));
  using net = await Net.fromText(text);
  const dz = EXAMPLES.slice(5, 25);
  const { blobs, diffs } = net.forwardBackwardAll({
    inputs: { x: EXAMPLES },
    outputs: { z: dz },
    diffs: ["y"],
  });
  assert.deepEqual(Object.keys(blobs), ["z"]);
  assert.deepEqual(Object.keys(diffs), ["x", "y"]);
  assert.deepEqual(blobs["z"]!.shape, [10, 2]);
  assert.deepEqual(diffs["x"]!.shape, [10, 3]);
  const weights = net.params.get("ip")![0]!.read();
  for (let n = 0; n < 10; n++) {
    const dy = [0, 1].map((k) => blobs["z"]!.data[2 * n + k]! > 0 ? dz[2 * n + k]! : 0);
    for (const k of [0, 1]) assert.ok(Math.abs(diffs["y"]!.data[2 * n + k]! - dy[k]!) < 1e-6);
    for (let j = 0; j < 3; j++) {
      const expected = dy[0]! * weights[j]! + dy[1]! * weights[3 + j]!;
      assert.ok(Math.abs(diffs["x"]!.data[3 * n + j]! - expected) < 1e-5);
    }
  }
});

Deno.test("examples that do not fit are refused", async () => {
  using net = await Net.fromText(simpleNet(13));
  using small = await Net.fromText(NET);
  assert.throws(
    () => small.forwardAll({ inputs: { x: [1, 2, 3, 4] } }),
    /examples of 3 values for blob 'x' but found 4/,
  );
  assert.throws(() => small.forwardAll({ inputs: { x: [] } }), /but found 0 values/);
  assert.throws(() => small.forwardAll({ inputs: {} }), /Expected values for the inputs but found none/);
  assert.throws(
    () => small.forwardAll({ inputs: { xx: [1] } }),
    /Expected a blob of net 'small' but found 'xx'/,
  );
  assert.throws(
    () => net.forwardAll({ inputs: { label: new Float32Array(5), data: new Float32Array(48) } }),
    /Expected 5 examples for blob 'data', as for 'label', but found 2/,
  );
  assert.throws(
    () => small.forwardBackwardAll({ inputs: { x: EXAMPLES }, outputs: { total: [1] } }),
    /Expected blob 'total' to have 4 examples per batch, as 'x' has, but found 1/,
  );
});

Deno.test("levels and stages choose layers, one by one and together", async () => {
  const text =
    `layer { name: "in" type: "Input" top: "data" input_param { shape { dim: 1 dim: 1 dim: 10 dim: 10 } } }
layer { name: "one" type: "Power" bottom: "data" top: "one" include { min_level: 0 } }
layer { name: "two" type: "Power" bottom: "data" top: "two" include { min_level: 1 } }
layer { name: "train" type: "Power" bottom: "data" top: "train" include { phase: TRAIN stage: "A" } }
layer { name: "a" type: "Power" bottom: "data" top: "a" include { stage: "A" } }
layer { name: "ab" type: "Power" bottom: "data" top: "ab" include { stage: "A" stage: "B" } }
layer { name: "notA" type: "Power" bottom: "data" top: "notA" include { not_stage: "A" } }`;
  const names = async (options: Parameters<typeof Net.fromText>[1]) => {
    using net = await Net.fromText(text, options);
    return net.layers.map(({ name }) => name).filter((name) => name !== "in" && !name.includes("split"));
  };
  assert.deepEqual(await names({}), ["one", "notA"]);
  assert.deepEqual(await names({ level: 1 }), ["one", "two", "notA"]);
  assert.deepEqual(await names({ stage: ["A"] }), ["one", "a"]);
  assert.deepEqual(await names({ stage: ["A", "B"], level: 1, phase: "TRAIN" }), [
    "one",
    "two",
    "train",
    "a",
    "ab",
  ]);
  assert.deepEqual(await names({ stage: ["B"] }), ["one", "notA"]);
});

Deno.test("net surgery: an inner product becomes a convolution that slides", async () => {
  const head = (size: number) =>
    `layer { name: "in" type: "Input" top: "data" input_param { shape { dim: 1 dim: 2 dim: ${size} dim: ${size} } } }`;
  using classifier = await Net.fromText(`${head(3)}
layer { name: "fc" type: "InnerProduct" bottom: "data" top: "fc" inner_product_param { num_output: 4
  weight_filler { type: "xavier" } bias_filler { type: "uniform" } } }`);
  using slides = await Net.fromText(`${head(5)}
layer { name: "fc-conv" type: "Convolution" bottom: "data" top: "map" convolution_param { num_output: 4 kernel_size: 3 } }`);
  for (const [i, blob] of slides.params.get("fc-conv")!.entries()) {
    const from = classifier.params.get("fc")![i]!;
    assert.equal(blob.count, from.count);
    blob.data.set(from.data);
  }
  const image = Float32Array.from({ length: 50 }, (_, i) => Math.cos(i * i));
  const { map } = slides.forward({ inputs: { data: image } });
  for (let y = 0; y < 3; y++) {
    for (let x = 0; x < 3; x++) {
      const window = Float32Array.from(
        { length: 18 },
        (_, i) => image[Math.floor(i / 9) * 25 + (y + Math.floor(i / 3) % 3) * 5 + x + i % 3]!,
      );
      const { fc } = classifier.forward({ inputs: { data: window } });
      for (let k = 0; k < 4; k++) assert.ok(Math.abs(map![k * 9 + y * 3 + x]! - fc![k]!) < 1e-5);
    }
  }
  // Of the same name, parameters of another shape are refused, with the layer's name.
  using renamed = await Net.fromText(`${head(5)}
layer { name: "fc" type: "Convolution" bottom: "data" top: "map" convolution_param { num_output: 4 kernel_size: 3 } }`);
  await assert.rejects(renamed.copyFrom(classifier.handle.save()), /'fc'/);
});
