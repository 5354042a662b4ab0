import assert from "node:assert/strict";
import { Engine } from "../../../ffi/engine.ts";
import { viewCount } from "../../../ffi/view_registry.ts";
import { decode } from "../../../proto/codec/binary.ts";
import { CremaError } from "../../../base/error.ts";
import { input, testNet } from "./test_net.ts";

const NET = `name: "small" force_backward: true
${input([2, 3], "x")}
layer { name: "ip" type: "InnerProduct" bottom: "x" top: "y" param { lr_mult: 3 } param { decay_mult: 0 }
  inner_product_param { num_output: 4 weight_filler { type: "xavier" } } }
layer { name: "a" type: "ReLU" bottom: "y" top: "p" }
layer { name: "b" type: "ReLU" bottom: "y" top: "q" }`;

Deno.test("a net describes its layers, blobs and parameters", async () => {
  using net = await testNet(NET);
  assert.equal(net.name, "small");
  assert.equal(net.phase, "TRAIN");
  assert.deepEqual(net.layers.map(({ type }) => type), ["Input", "InnerProduct", "Split", "ReLU", "ReLU"]);
  assert.deepEqual(net.inputs.map((index) => net.blobNames[index]), ["x"]);
  assert.deepEqual(net.outputs.map((index) => net.blobNames[index]), ["p", "q"]);
  const ip = net.layers[1]!;
  assert.deepEqual(ip.params.map(({ shape }) => [...shape]), [[4, 3], [4]]);
  assert.equal(ip.needsBackward, true);
  assert.deepEqual(ip.bottoms.map((index) => net.blobNames[index]), ["x"]);
  assert.deepEqual(net.learnable.map(({ blob, lrMult, decayMult }) => [blob.count, lrMult, decayMult]), [
    [12, 3, 1],
    [4, 1, 0],
  ]);
  assert.equal(net.learnable[0]!.blob, ip.params[0]);
});

Deno.test("parts of a net run alone", async () => {
  using net = await testNet(NET);
  net.blobs[0]!.data.fill(1);
  net.forward(0, 1);
  const y = net.blobs[net.blobNames.indexOf("y")]!;
  assert.ok(y.norms().asum > 0);
  assert.throws(() => net.forward(3, 99), CremaError);
});

Deno.test("parameters are copied as bytes, or shared", async () => {
  using net = await testNet(NET);
  using copy = await testNet(NET);
  net.layers[1]!.params[0]!.data.fill(0.25);
  const bytes = net.save();
  const saved = decode("NetParameter", bytes);
  assert.deepEqual(
    saved.layer?.find(({ name }) => name === "ip")?.blobs?.[0]?.data,
    new Float32Array(12).fill(0.25),
  );
  copy.copyFrom(bytes);
  assert.deepEqual(copy.layers[1]!.params[0]!.read(), new Float32Array(12).fill(0.25));

  {
    using lender = await testNet(NET);
    copy.shareWith(lender);
    lender.layers[1]!.params[0]!.data.fill(-2);
    lender[Symbol.dispose]();
    assert.throws(() => lender.forward(), /disposed/);
  }
  // The lender is disposed, but its memory lives as long as the borrower.
  assert.deepEqual(copy.layers[1]!.params[0]!.read(), new Float32Array(12).fill(-2));
  copy.forward();
});

Deno.test("bytes that are not a net are refused", async () => {
  using net = await testNet(NET);
  assert.throws(() => net.copyFrom(new Uint8Array([255, 255, 255, 1])), CremaError);
  net.forward();
});

Deno.test("everything after dispose throws", async () => {
  const net = await testNet(NET);
  net.layers.flatMap(({ params }) => params).forEach((blob) => blob.data);
  net[Symbol.dispose]();
  net[Symbol.dispose]();
  const uses = [
    () => net.name,
    () => net.phase,
    () => net.layers,
    () => net.blobs,
    () => net.blobNames,
    () => net.inputs,
    () => net.outputs,
    () => net.learnable,
    () => net.lossWeight(0),
    () => net.hostLayers,
    () => net.forward(),
    () => net.backward(),
    () => net.reshape(),
    () => net.clearDiffs(),
    () => net.copyFrom({}),
    () => net.save(),
    () => net.shareWith(net),
  ];
  for (const use of uses) {
    assert.throws(use, /Expected a live net but found one that was disposed/, String(use));
  }
});

Deno.test("a disposed net leaves no views behind", async () => {
  const before = viewCount();
  {
    using net = await testNet(NET);
    net.forward();
    net.backward();
    net.blobs.forEach((blob) => (blob.data, blob.diff));
    assert.ok(viewCount() > before);
  }
  assert.equal(viewCount(), before);
});

Deno.test("an engine is loaded once; a file that is not an engine is refused", () => {
  assert.equal(Engine.open(), Engine.open());
  assert.ok(Engine.open().layerTypes.includes("InnerProduct"));
  assert.throws(
    () => Engine.open("tensorflow"),
    /Expected an engine \(embedded, libcaffe or .*\) but found 'tensorflow'/,
  );
  assert.throws(
    () => Engine.open("./no/such.so"),
    /Expected the engine '.\/no\/such.so' at .* but found no such file/,
  );
  assert.throws(() => Engine.open(import.meta.filename), /to be an engine but found/);
});

Deno.test("the number of threads is set and checked", () => {
  const engine = Engine.open();
  const before = engine.threads;
  engine.threads = 1;
  assert.equal(engine.threads, 1);
  engine.threads = before;
  for (const wrong of [0, -1, 1.5, NaN]) assert.throws(() => engine.threads = wrong, CremaError);
});
