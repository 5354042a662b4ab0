import assert from "node:assert/strict";
import type { NetParameter } from "../../../../proto/messages.ts";
import { NetSpec, toProto } from "../../../../proto/spec/net_spec.ts";
import { netFromText } from "../../../../proto/nets/read_net.ts";
import { layers as L, params as P } from "../../../../proto/spec/spec_layers.ts";
import { printText } from "../../../../proto/text/print_text.ts";
import { Net } from "../../../../net/net.ts";

const lenetData = (batch: number) =>
  L.DummyData({
    shape: [{ dim: [batch, 1, 28, 28] }, { dim: [batch, 1, 1, 1] }],
    transform_param: { scale: 1 / 256 },
    ntop: 2,
  });

function lenet(batch: number): NetParameter {
  const n = new NetSpec("LeNet");
  [n.data, n.label] = lenetData(batch);
  n.conv1 = L.Convolution(n.data, { kernel_size: 5, num_output: 20, weight_filler: { type: "xavier" } });
  n.pool1 = L.Pooling(n.conv1, { kernel_size: 2, stride: 2, pool: P.Pooling.MAX });
  n.conv2 = L.Convolution(n.pool1, { kernel_size: 5, num_output: 50, weight_filler: { type: "xavier" } });
  n.pool2 = L.Pooling(n.conv2, { kernel_size: 2, stride: 2, pool: "MAX" });
  n.ip1 = L.InnerProduct(n.pool2, { num_output: 500, weight_filler: { type: "xavier" } });
  n.relu1 = L.ReLU(n.ip1, { in_place: true });
  n.ip2 = L.InnerProduct(n.relu1, { num_output: 10, weight_filler: { type: "xavier" } });
  n.loss = L.SoftmaxWithLoss(n.ip2, n.label);
  return n.toProto();
}

function anonymousLenet(batch: number): NetParameter {
  const [data, label] = lenetData(batch);
  const conv1 = L.Convolution(data, { kernel_size: 5, num_output: 20, weight_filler: { type: "xavier" } });
  const pool1 = L.Pooling(conv1, { kernel_size: 2, stride: 2, pool: P.Pooling.MAX });
  const conv2 = L.Convolution(pool1, { kernel_size: 5, num_output: 50, weight_filler: { type: "xavier" } });
  const pool2 = L.Pooling(conv2, { kernel_size: 2, stride: 2, pool: P.Pooling.MAX });
  const ip1 = L.InnerProduct(pool2, { num_output: 500, weight_filler: { type: "xavier" } });
  const relu1 = L.ReLU(ip1, { in_place: true });
  const ip2 = L.InnerProduct(relu1, { num_output: 10, weight_filler: { type: "xavier" } });
  return toProto(L.SoftmaxWithLoss(ip2, label));
}

const load = (net: NetParameter) => Net.fromText(printText("NetParameter", net));

Deno.test("LeNet, with names and without", async () => {
  const named = lenet(50);
  assert.equal(named.name, "LeNet");
  assert.deepEqual(named.layer![6]!.bottom, named.layer![6]!.top);
  assert.deepEqual(named.layer!.map(({ name }) => name), [
    ...["data", "conv1", "pool1", "conv2", "pool2", "ip1", "relu1", "ip2", "loss"],
  ]);
  assert.deepEqual(named.layer![1], {
    name: "conv1",
    type: "Convolution",
    bottom: ["data"],
    top: ["conv1"],
    convolution_param: { kernel_size: [5], num_output: 20, weight_filler: { type: "xavier" } },
  });
  assert.deepEqual(named.layer![7]!.bottom, ["ip1"]);
  assert.deepEqual(named.layer![0]!.top, ["data", "label"]);
  using net = await load(named);
  assert.equal(net.layers.length, 9);
  assert.deepEqual(net.blob("ip2").shape, [50, 10]);

  const anonymous = anonymousLenet(50);
  assert.deepEqual(anonymous.layer![6]!.bottom, anonymous.layer![6]!.top);
  assert.deepEqual(anonymous.layer!.map(({ name }) => name), [
    ...["DummyData1", "Convolution1", "Pooling1", "Convolution2", "Pooling2"],
    ...["InnerProduct1", "ReLU1", "InnerProduct2", "SoftmaxWithLoss1"],
  ]);
  assert.deepEqual(anonymous.layer![0]!.top, ["DummyData1", "DummyData2"]);
  using other = await load(anonymous);
  assert.equal(other.layers.length, 9);
  // Made without going through text.
  using direct = await Net.create(named);
  assert.equal(direct.name, "LeNet");
});

Deno.test("layers without tops", async () => {
  const n = new NetSpec();
  [n.data, n.data2] = L.DummyData({ shape: { dim: 3 }, ntop: 2 });
  n.silence_data = L.Silence(n.data, { ntop: 0 });
  n.silence_data2 = L.Silence(n.data2, { ntop: 0 });
  const net = n.toProto();
  assert.deepEqual(net.layer!.map(({ name, top = [] }) => [name, top]), [
    ["data", ["data", "data2"]],
    ["silence_data", []],
    ["silence_data2", []],
  ]);
  using made = await load(net);
  assert.deepEqual(made.forward(), {});
  assert.equal(toProto(L.Silence(n.data, { ntop: 0 })).layer![1]!.name, "Silence1");
});

Deno.test("a bottom is a Top: not several, not undefined, not a layer without tops", () => {
  const data = L.DummyData({ ntop: 2 });
  // @ts-expect-error: an array is not a Top
  const several = () => L.Silence(data, { ntop: 0 });
  assert.throws(several, (error: Error) => {
    assert.ok(error instanceof TypeError);
    return /^Expected bottom 0 of a Silence layer to be a Top but found an array; spread it/.test(
      error.message,
    );
  });
  L.Silence(...data, { ntop: 0 });
  const n = new NetSpec();
  assert.throws(() => L.ReLU(n.data), /Expected bottom 0 of a ReLU layer to be a Top but found undefined/);
  const silence = L.Silence(...data, { ntop: 0 });
  assert.throws(() => L.ReLU(silence), /but found a Silence layer, which has none/);
  assert.throws(
    () => n.data = data as never,
    /Expected a Top for 'data' but found 2 of them; assign to \[n.a, n.b\]/,
  );
  assert.throws(() => n.data = 3 as never, TypeError);
  assert.throws(() => n.toProto = silence as never, /Expected a name for a top but found 'toProto'/);
  assert.throws(() => L.Silence({ ntop: -1 }), /Expected ntop of a Silence layer .* but found -1/);
});

Deno.test("fields go to the type's parameters, the layer, or the parameters named", () => {
  const n = new NetSpec();
  n.data = L.Data({
    source: "train_lmdb",
    backend: P.Data.LMDB,
    batch_size: 64,
    include: { phase: "TRAIN" },
    transform_param: { scale: 0.5, mean_value: 3 },
  });
  n["conv/a"] = L.Convolution(n.data, {
    num_output: 2,
    kernel_size: [3, 5],
    param: [{ lr_mult: 1 }, { lr_mult: 2 }],
  });
  n.script = L.Script(n.data, { module: "./a.ts", layer: "A", param_str: { size: [2] }, loss_weight: 1 });
  n.python = L.Python(n.data, { python_param: { module: "a", layer: "A", param_str: "x" } });
  n.up = L.Deconvolution(n.data, {
    convolution_param: { num_output: 1, kernel_size: 4 },
    param: { lr_mult: 0 },
  });
  n.up2 = L.Deconvolution(n.data, { num_output: 1, kernel_size: 4 });
  n.focal = L["FocalLoss"]!(n.up, n.up2, {
    script_param: { param_str: { gamma: 2 } },
    propagate_down: [true, false],
  });
  const [data, conv, script, python, up, up2, focal] = n.toProto().layer!;
  assert.deepEqual(data, {
    name: "data",
    type: "Data",
    top: ["data"],
    include: [{ phase: "TRAIN" }],
    transform_param: { scale: 0.5, mean_value: [3] },
    data_param: { source: "train_lmdb", backend: "LMDB", batch_size: 64 },
  });
  assert.equal(conv!.name, "conv/a");
  assert.deepEqual(conv!.param, [{ lr_mult: 1 }, { lr_mult: 2 }]);
  assert.deepEqual(script!.script_param, { module: "./a.ts", layer: "A", param_str: '{"size":[2]}' });
  assert.deepEqual(script!.loss_weight, [1]);
  assert.equal(python!.python_param!.param_str, "x");
  assert.deepEqual(up!.convolution_param, up2!.convolution_param);
  assert.deepEqual(up!.param, [{ lr_mult: 0 }]);
  assert.deepEqual(focal, {
    name: "focal",
    type: "FocalLoss",
    bottom: ["up", "up2"],
    top: ["focal"],
    propagate_down: [true, false],
    script_param: { param_str: '{"gamma":2}' },
  });
  // All of it can be printed and parsed.
  const again = netFromText(printText("NetParameter", n.toProto()));
  assert.deepEqual(again.layer!.map(({ name }) => name), n.toProto().layer!.map(({ name }) => name));
});

Deno.test("unknown fields and values of a wrong type are errors where they are written", () => {
  const n = new NetSpec();
  n.data = L.Input();
  assert.throws(
    // @ts-expect-error: a misspelt field
    () => L.Convolution(n.data, { kernelsize: 3 }),
    /Expected a field of Convolution layers but found 'kernelsize'. Did you mean 'kernel_size'\?/,
  );
  // @ts-expect-error: a misspelt value
  assert.throws(() => L.Pooling(n.data, { pool: "MAXX" }), /MAXX/);
  // @ts-expect-error: a word for a number
  assert.throws(() => L.InnerProduct(n.data, { num_output: "many" }), /many/);
  // @ts-expect-error: a misspelt field inside a field
  const inside = () => L.InnerProduct(n.data, { weight_filler: { typ: "xavier" } });
  assert.throws(inside, /'typ', did you mean 'type'/);
  const odd = () => L["constructor"]!(n.data, { toString: 1 });
  assert.throws(odd, /Expected a field of constructor layers but found 'toString'/);
});

Deno.test("a NetSpec has its tops as properties, in order", () => {
  const n = new NetSpec();
  n.b = L.Input();
  n.a = L.ReLU(n.b);
  assert.ok(n instanceof NetSpec);
  assert.deepEqual(Object.keys(n), ["b", "a"]);
  assert.ok("a" in n && !("c" in n));
  assert.equal(n.c, undefined);
  delete n.a;
  assert.deepEqual(n.toProto().layer!.map(({ name }) => name), ["b"]);
  // Generated names avoid names that are taken.
  n.ReLU1 = L.ReLU(L.ReLU(n.b));
  assert.deepEqual(n.toProto().layer!.map(({ name }) => name), ["b", "ReLU2", "ReLU1"]);
});
