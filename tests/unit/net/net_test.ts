import assert from "node:assert/strict";
import { join } from "node:path";
import { Net } from "../../../net/net.ts";
import { Solver } from "../../../train/solver.ts";
import { CremaError } from "../../../base/error.ts";

const NET = `name: "small" force_backward: true
layer { name: "in" type: "Input" top: "x" top: "label" input_param { shape { dim: 2 dim: 3 } shape { dim: 2 } } }
layer { name: "ip" type: "InnerProduct" bottom: "x" top: "y" inner_product_param { num_output: 4
  weight_filler { type: "xavier" } } include { stage: "deep" } }
layer { name: "ip" type: "InnerProduct" bottom: "x" top: "y" inner_product_param { num_output: 5
  weight_filler { type: "xavier" } } exclude { stage: "deep" } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "y" bottom: "label" top: "loss" include { phase: TRAIN } }
layer { name: "relu" type: "ReLU" bottom: "y" top: "z" include { phase: TEST } }`;

Deno.test("a net's blobs, parameters and layers are found by name", async () => {
  using net = await Net.fromText(NET);
  assert.equal(net.name, "small");
  assert.equal(net.phase, "TEST");
  assert.deepEqual([...net.blobs.keys()], ["x", "label", "y", "z"]);
  assert.deepEqual(net.blob("y").shape, [2, 5]);
  assert.deepEqual([...net.params.keys()], ["ip"]);
  assert.deepEqual(net.params.get("ip")!.map(({ shape }) => [...shape]), [[5, 3], [5]]);
  assert.deepEqual(net.layers.map(({ name, type, bottoms, tops }) => [name, type, bottoms, tops]), [
    ["in", "Input", [], ["x", "label"]],
    ["ip", "InnerProduct", ["x"], ["y"]],
    ["relu", "ReLU", ["y"], ["z"]],
  ]);
  assert.deepEqual(net.inputs, ["x", "label"]);
  assert.deepEqual(net.outputs, ["label", "z"]);
  assert.throws(() => net.blob("Y"), /Expected a blob of net 'small' but found 'Y'. Did you mean 'y'\?/);
});

Deno.test("outputs are listed by name, without the unnamed top of a loss", async () => {
  const input = (top: string) =>
    `layer { name: "${top}" type: "Input" top: "${top}" input_param { shape { dim: 2 } } }`;
  const text = `${["b", "A", "c", "t", "u"].map(input).join("\n")}
layer { name: "loss" type: "EuclideanLoss" bottom: "t" bottom: "u" }`;
  using net = await Net.fromText(text);
  assert.deepEqual(net.outputs, ["A", "b", "c"]);
  assert.deepEqual(Object.keys(net.forward({ inputs: { t: [1, 2], u: [3, 4] } })), ["A", "b", "c"]);
  assert.equal(net.loss, 2);
});

Deno.test("phase and stage select the layers", async () => {
  using net = await Net.fromText(NET, { phase: "TRAIN", stage: ["deep"] });
  assert.equal(net.phase, "TRAIN");
  assert.deepEqual(net.blob("y").shape, [2, 4]);
  assert.deepEqual(net.outputs, ["loss"]);
});

Deno.test("forward takes inputs and returns outputs, for the whole net or a part", async () => {
  using net = await Net.fromText(NET, { seed: 7 });
  const x = [1, 2, 3, -1, -2, -3];
  const { z, y } = net.forward({ inputs: { x }, blobs: ["y"] });
  assert.equal(z!.length, 10);
  assert.deepEqual([...z!], [...y!].map((value) => Math.max(value, 0)));
  assert.deepEqual(Object.keys(net.forward({ end: "ip" })), ["y"]);
  net.blob("y").data.fill(-1);
  assert.ok(net.forward({ start: "relu" })["z"]!.every((value) => value === 0));
  assert.throws(() => net.forward({ inputs: { x: [1] } }), /Expected 6 values for blob 'x' but found 1/);
  assert.throws(
    () => net.forward({ end: "ipp" }),
    /Expected a layer of net 'small' but found 'ipp'. Did you mean 'ip'/,
  );
});

Deno.test("backward returns the gradients of inputs", async () => {
  using net = await Net.fromText(NET, { seed: 7 });
  net.forward({ inputs: { x: [1, 2, 3, 4, 5, 6] } });
  const weights = net.params.get("ip")![0]!.data;
  const one = new Float32Array(10);
  one[3] = 1;
  const positive = net.blob("y").data[3]! > 0;
  const { x, y } = net.backward({ outputs: { z: one }, diffs: ["y"] });
  assert.equal(y![3], positive ? 1 : 0);
  for (let i = 0; i < 3; i++) assert.equal(x![i], positive ? weights[9 + i] : 0);
  assert.deepEqual(Object.keys(net.backward({ end: "relu" })), ["y"]);
});

Deno.test("the loss of the last forward is kept", async () => {
  using net = await Net.fromText(NET, { phase: "TRAIN", seed: 1 });
  net.forward({ inputs: { x: [0, 0, 0, 0, 0, 0], label: [0, 1] } });
  assert.ok(Math.abs(net.loss - Math.log(5)) < 1e-6);
});

Deno.test("a reshaped input reshapes the net", async () => {
  using net = await Net.fromText(NET);
  net.blob("x").reshape(7, 3);
  net.reshape();
  assert.deepEqual(net.blob("z").shape, [7, 5]);
});

Deno.test("the same seed gives the same parameters", async () => {
  const weights = async (seed: number) => {
    using net = await Net.fromText(NET, { seed });
    return net.params.get("ip")![0]!.read();
  };
  assert.deepEqual(await weights(3), await weights(3));
  assert.notDeepEqual(await weights(3), await weights(4));
});

Deno.test("parameters survive a round trip through a file", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "small.caffemodel"), prototxt = join(folder, "net.prototxt");
    await Deno.writeTextFile(prototxt, NET);
    using net = await Net.fromFile(prototxt, { seed: 1 });
    await net.save(path);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), [
      "net.prototxt",
      "small.caffemodel",
    ]);
    using other = await Net.fromFile(prototxt, { weights: path });
    assert.deepEqual(other.params.get("ip")![0]!.read(), net.params.get("ip")![0]!.read());
    using shared = await Net.fromFile(prototxt);
    shared.shareWith(net);
    net.params.get("ip")![0]!.data.fill(2);
    assert.equal(shared.params.get("ip")![0]!.read()[0], 2);
    await other.copyFrom(net.handle.save());
    assert.equal(other.params.get("ip")![0]!.read()[0], 2);

    await assert.rejects(net.save(join(folder, "none", "x.caffemodel")), CremaError);
    await assert.rejects(
      other.copyFrom(join(folder, "none")),
      /Expected weights \(.caffemodel\) but found no such file/,
    );
    await assert.rejects(
      Net.fromFile(prototxt, { weights: prototxt }),
      /Expected a binary NetParameter but found text/,
    );
    using wider = await Net.fromText(NET, { stage: ["deep"] });
    await assert.rejects(wider.copyFrom(path), /layer 'ip'/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("an old .caffemodel with V1 layers is upgraded", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "old.caffemodel");
    const { encode } = await import("../../../proto/codec/binary.ts");
    const blob = (dim: number[], value: number) => ({
      shape: { dim },
      data: new Float32Array(dim.reduce((count, size) => count * size, 1)).fill(value),
    });
    const layers = [{ name: "ip", type: "INNER_PRODUCT" as const, blobs: [blob([5, 3], 3), blob([5], 1)] }];
    await Deno.writeFile(path, encode("NetParameter", { layers }));
    using net = await Net.fromText(NET, { weights: path });
    assert.deepEqual(net.params.get("ip")!.map((params) => params.read()[0]), [3, 1]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("an invalid net is an error that names the file and line", async () => {
  await assert.rejects(
    Net.fromText(NET.replace("num_output: 5", ""), { file: "deploy.prototxt" }),
    /^CremaError: deploy.prototxt:5:1: layer 'ip': /,
  );
  await assert.rejects(Net.fromFile("no/such.prototxt"), CremaError);
});

Deno.test("a gradient that no backward pass computes is refused, not returned as zeros", async () => {
  const text =
    `layer { name: "in" type: "Input" top: "x" top: "t" input_param { shape { dim: 2 dim: 3 } shape { dim: 2 dim: 2 } } }
    layer { name: "relu" type: "ReLU" bottom: "x" top: "r" }
    layer { name: "ip" type: "InnerProduct" bottom: "r" top: "y" inner_product_param { num_output: 2 } }
    layer { name: "l" type: "EuclideanLoss" bottom: "y" bottom: "t" top: "l" }`;
  using net = await Net.fromText(text, { phase: "TRAIN" });
  net.forward({ inputs: { x: [1, 2, 3, 4, 5, 6], t: [1, 1, 1, 1] } });
  for (const name of ["x", "r"]) {
    assert.throws(() => net.backward({ diffs: [name] }), {
      message: new RegExp(`^Expected a gradient of blob '${name}'.*force_backward`),
    });
  }
  assert.ok(net.backward({ diffs: ["y"] }).y!.some((value) => value !== 0));
  using forced = await Net.fromText(
    `force_backward: true ${text.replace('"InnerProduct"', '"InnerProduct" param { lr_mult: 1 }')}`,
  );
  forced.params.get("ip")![0]!.data.fill(1);
  forced.forward({ inputs: { x: [1, 2, 3, 4, 5, 6] } });
  assert.ok(forced.backward({ diffs: ["x", "r"] }).x!.some((value) => value !== 0));
});

Deno.test("an object that is no NetParameter is refused, whatever value is of the wrong type", async () => {
  const cases: [object, RegExp][] = [
    [{ layer: [{ name: "a", type: "Split", bottom: [1] }] }, /Expected .*bottom.* but found 1/s],
    [{ layer: [{ name: "a", type: "Split", bottom: "data" }] }, /Expected .*bottom.* an array but found/s],
    [{ layer: [{ name: 1, type: "Split" }] }, /Expected .*name.* but found 1/s],
    [{ layer: [{ name: "a", type: {} }] }, /Expected .*type.* but found/s],
    [{ layer: [{ name: "a", type: "Split", param: [{ name: 2 }] }] }, /Expected .*name.* but found 2/s],
    [{ layer: [{ name: "a", type: "Split", include: {} }] }, /Expected .*include.* an array but found/s],
    [{ layer: {} }, /Expected .*layer.* an array but found/s],
    [{ state: { stage: 1 } }, /Expected .*stage.* an array but found/s],
  ];
  for (const [param, message] of cases) {
    const asTyped = param as Parameters<typeof Net.create>[0];
    const ofSolver = { net_param: asTyped, base_lr: 0.1, lr_policy: "fixed" };
    await assert.rejects(
      Net.create(asTyped),
      (error) => error instanceof CremaError && message.test(error.message),
    );
    await assert.rejects(
      Solver.create(ofSolver),
      (error) => error instanceof CremaError && message.test(error.message),
    );
  }
});
