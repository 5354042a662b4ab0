import assert from "node:assert/strict";
import { Engine, Status } from "../../../../ffi/engine.ts";
import { type HostLayer } from "../../../../ffi/host/host_layer.ts";
import { CAFFE_TYPES } from "../../../../ffi/fork_fields.ts";
import { HOST_LAYER_TYPES } from "../../../../ffi/host/host_layer_types.ts";
import { type HostLayerProvider, planLayers } from "../../../../ffi/host/plan_layers.ts";
import { NetHandle } from "../../../../ffi/net_handle.ts";
import { hostCallbackDefinition } from "../../../../ffi/symbols.ts";
import { decode, encode } from "../../../../proto/codec/binary.ts";
import { CremaError } from "../../../../base/error.ts";
import type { NetParameter } from "../../../../proto/messages.ts";
import { netFromText } from "../../../../proto/nets/read_net.ts";
import { Net } from "../../../../net/net.ts";
import { assertClose } from "../assert_close.ts";
import { libcaffeTest } from "./built.ts";
import { input } from "../test_net.ts";

const CONVNET = `name: "convnet" force_backward: true
${input([4, 3, 9, 9], "x")}
layer { name: "conv" type: "Convolution" bottom: "x" top: "c"
  convolution_param { num_output: 6 kernel_size: 3 group: 3 pad: 1 weight_filler { type: "xavier" } } }
layer { name: "pool" type: "Pooling" bottom: "c" top: "p" pooling_param { pool: MAX kernel_size: 3 stride: 2 } }
layer { name: "relu" type: "ReLU" bottom: "p" top: "p" }
layer { name: "ip" type: "InnerProduct" bottom: "p" top: "y"
  inner_product_param { num_output: 5 weight_filler { type: "msra" } } }`;

libcaffeTest("both engines run in one process and agree", async () => {
  using ours = await Net.fromText(CONVNET, { engine: "embedded", seed: 1 });
  using caffes = await Net.fromText(CONVNET, { engine: "libcaffe", seed: 2 });
  assert.equal(caffes.handle.engine.name, "libcaffe");
  assert.match(caffes.handle.engine.version, /^Caffe .*OpenBLAS/);
  caffes.handle.copyFrom(ours.handle.save());

  const x = Float32Array.from({ length: 4 * 3 * 81 }, (_, i) => Math.sin(i * i));
  const top = Float32Array.from({ length: 20 }, (_, i) => Math.cos(i));
  const [a, b] = [ours, caffes].map((net) => {
    const y = net.forward({ inputs: { x } })["y"]!.slice();
    net.handle.clearDiffs();
    const dx = net.backward({ outputs: { y: top } })["x"]!.slice();
    return { y, dx, params: net.handle.learnable.map(({ blob }) => blob.read("diff")) };
  });
  assertClose(b!.y, a!.y, 1e-5, "y");
  assertClose(b!.dx, a!.dx, 1e-5, "dx");
  for (const [i, diff] of b!.params.entries()) assertClose(diff, a!.params[i]!, 1e-5, `parameter ${i}`);
});

libcaffeTest(
  "the library exports only crema.h and Caffe's registries, which it shares with libcaffe",
  async () => {
    const { stdout, success } = await new Deno.Command("nm", {
      args: ["--dynamic", "--defined-only", "--format=posix", Engine.open("libcaffe").path],
    }).output();
    assert.ok(success);
    const exported = new TextDecoder().decode(stdout).trim().split("\n").map((line) => line.split(" ")[0]!);
    const header = await Deno.readTextFile(new URL("../../../../ffi/crema.h", import.meta.url));
    const declared = [...header.matchAll(/^CREMA_EXPORT [^;(]*?\b(crema_\w+)\(/gm)].map(([, name]) => name);
    const others = exported.filter((name) =>
      !/^_Z(GV)?ZN5caffe1[34](Layer|Solver)Registry.*g_registry_$/.test(name)
    );
    assert.deepEqual(others.toSorted(), declared.toSorted());
  },
);

libcaffeTest("it lists libcaffe's layer types, without those that the host makes", () => {
  const types = Engine.open("libcaffe").layerTypes;
  for (const type of ["Convolution", "LSTM", "Deconvolution"]) {
    assert.ok(types.includes(type), type);
  }
  for (const type of HOST_LAYER_TYPES) assert.ok(!types.includes(type), type);
  for (const type of Engine.open("embedded").layerTypes) {
    if (CAFFE_TYPES.has(type)) assert.ok(types.includes(type), type);
  }
});

libcaffeTest("a script layer can be the loss, and is saved as it was given", async () => {
  const text = (loss: string) =>
    `${input([3, 4], "x", "target")}
layer { name: "ip" type: "InnerProduct" bottom: "x" top: "y"
  inner_product_param { num_output: 4 weight_filler { type: "xavier" } } }
layer { name: "loss" ${loss} bottom: "y" bottom: "target" top: "loss" }`;
  const script =
    'type: "Script" loss_weight: 2 script_param { module: "crema/layers" layer: "EuclideanLossLayer" }';
  const options = { engine: "libcaffe", phase: "TRAIN", seed: 5 } as const;
  using net = await Net.fromText(text(script), options);
  using own = await Net.fromText(text('type: "EuclideanLoss" loss_weight: 2'), options);
  const inputs = {
    x: Float32Array.from({ length: 12 }, (_, i) => Math.sin(i)),
    target: Float32Array.from({ length: 12 }, (_, i) => Math.cos(i)),
  };
  for (const each of [net, own]) {
    each.forward({ inputs });
    each.backward();
  }
  assert.ok(own.loss > 0);
  assertClose([net.loss], [own.loss], 1e-6, "loss");
  const diff = (each: Net) => each.params.get("ip")![0]!.read("diff");
  assertClose(diff(net), diff(own), 1e-6, "diff");

  assert.equal(net.layers.find(({ name }) => name === "loss")!.type, "Script");
  const saved = decode("NetParameter", net.handle.save()).layer!.find(({ name }) => name === "loss")!;
  assert.equal(saved.type, "Script");
  assert.equal(saved.script_param?.layer, "EuclideanLossLayer");
  assert.equal(saved.python_param, undefined);
});

const METHODS = ["constructor", "setup", "reshape", "forward", "backward"] as const;

/** y = x, but its method named `fails` throws while `on`. */
function failing(fails: string, state: { on: boolean }): HostLayer {
  const fail = (method: string) => {
    if (method === fails && state.on) throw new RangeError(`no ${method} today`);
  };
  fail("constructor");
  return {
    setup: () => fail("setup"),
    reshape: ([x], [y]) => (fail("reshape"), y!.reshapeLike(x!)),
    forward: ([x], [y]) => (fail("forward"), y!.data.set(x!.data)),
    backward: ([y], _, [x]) => (fail("backward"), x!.diff.set(y!.diff)),
  };
}

for (const method of METHODS) {
  libcaffeTest(`a throw in ${method} comes back unchanged, and libcaffe goes on`, async () => {
    const param = netFromText(
      `force_backward: true ${input([2, 3], "x")} layer { name: "a" type: "Python" bottom: "x" top: "y" }`,
    );
    const make = async (state: { on: boolean }) => {
      const provider: HostLayerProvider = {
        claims: ({ type }) => type === "Python",
        prepare: () => Promise.resolve({ make: () => failing(method, state) }),
      };
      const layers = await planLayers(param, [provider], { phase: "TRAIN", net: -1 });
      return NetHandle.create(Engine.open("libcaffe"), param, { layers });
    };
    const isExpected = (error: unknown) =>
      error instanceof CremaError && error.layer === "a" && error.message.includes(method) &&
      (error.cause as Error).message === `no ${method} today`;
    if (method === "constructor" || method === "setup") {
      await assert.rejects(make({ on: true }), isExpected);
      using net = await make({ on: false });
      net.forward();
      return;
    }
    const state = { on: false };
    using net = await make(state);
    net.blobs[0]!.data.fill(3);
    state.on = true;
    assert.throws(() => {
      net.forward();
      net.backward();
    }, isExpected);
    state.on = false;
    net.forward();
    net.blobs[1]!.diff.fill(2);
    net.backward();
    assert.deepEqual([...net.blobs[1]!.data], [3, 3, 3, 3, 3, 3]);
    assert.deepEqual([...net.blobs[0]!.diff], [2, 2, 2, 2, 2, 2]);
  });
}

libcaffeTest("a host layer's parameters are libcaffe's: filled, listed, saved, given back", () => {
  const { symbols } = Engine.open("libcaffe");
  const filler = encode("FillerParameter", { type: "constant", value: 3 });
  const statuses: number[] = [];
  const callbacks = [
    new Deno.UnsafeCallback(hostCallbackDefinition("create"), () => 1),
    new Deno.UnsafeCallback(hostCallbackDefinition("setup"), (_, layer) => {
      const add = (dims: number[], bytes: Uint8Array) =>
        symbols.crema_layer_add_param(
          layer,
          new Int32Array(dims),
          dims.length,
          new Uint8Array(bytes),
          BigInt(bytes.length),
        );
      statuses.push(
        add([2, 0], filler),
        add([2, 5], encode("FillerParameter", { type: "no" })),
        add([2, 5], filler),
      );
      return 0;
    }),
    new Deno.UnsafeCallback(hostCallbackDefinition("reshape"), () => 0),
    new Deno.UnsafeCallback(hostCallbackDefinition("forward"), () => 0),
    new Deno.UnsafeCallback(hostCallbackDefinition("backward"), () => 0),
    new Deno.UnsafeCallback(hostCallbackDefinition("destroy"), () => {}),
    new Deno.UnsafeCallback(hostCallbackDefinition("release"), () => {}),
  ];
  const host = BigUint64Array.from(callbacks, ({ pointer }) => Deno.UnsafePointer.value(pointer));
  const make = (param: NetParameter) => {
    const bytes = new Uint8Array(encode("NetParameter", param)), out = new BigUint64Array(1);
    assert.equal(symbols.crema_net_create(bytes, BigInt(bytes.length), -1n, host, out), 0);
    return Deno.UnsafePointer.create(out[0]!);
  };
  const values = (net: Deno.PointerValue) => {
    const out = new Float32Array(10);
    assert.equal(symbols.crema_net_num_learnable(net), 1);
    const [blob, dims] = [symbols.crema_net_learnable(net, 0), new Int32Array(2)];
    assert.equal(symbols.crema_blob_shape(blob, dims, 2), 2);
    assert.deepEqual([...dims], [2, 5]);
    assert.equal(symbols.crema_blob_read(blob, 0, 0n, out, 10n), 0);
    return [...out];
  };
  const param = netFromText('layer { name: "a" type: "Script" param { lr_mult: 2 } }');
  const net = make(param);
  assert.deepEqual(statuses, [Status.INVALID, Status.INVALID, Status.OK]);
  assert.deepEqual(values(net), new Array(10).fill(3));
  assert.equal(symbols.crema_net_learnable_lr_mult(net, 0), 2);
  symbols.crema_net_free(net);

  // Values in the LayerParameter win over the filler.
  const blobs = [{ shape: { dim: [2, 5] }, data: Float32Array.from({ length: 10 }, (_, i) => i) }];
  const given = make({ layer: [{ name: "a", type: "Script", blobs }] });
  assert.deepEqual(values(given), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  symbols.crema_net_free(given);
  for (const callback of callbacks) callback.close();
});

libcaffeTest("views end when memory is replaced or freed", async () => {
  const net = await Net.fromText(CONVNET, { engine: "libcaffe" });
  const [x, y] = [net.blob("x"), net.blob("y")];
  const before = x.data, kept = y.data, weights = net.params.get("ip")![0]!.data;
  assert.equal(before.length, 4 * 3 * 81);
  x.reshape(64, 3, 9, 9);
  net.reshape();
  assert.equal(before.length, 0);
  assert.equal(kept.length, 0);
  assert.equal(x.data.length, 64 * 3 * 81);
  net.forward();
  assert.equal(y.data.length, 64 * 5);
  assert.equal(weights.length, 5 * 96);
  const last = x.data;
  net[Symbol.dispose]();
  assert.equal(last.length, 0);
  assert.equal(weights.length, 0);
});

libcaffeTest("wrong calls are errors: shapes, ranges, bytes, parameters that do not fit", async () => {
  using net = await Net.fromText(CONVNET, { engine: "libcaffe" });
  using other = await Net.fromText(CONVNET.replace("num_output: 5", "num_output: 7"), { engine: "libcaffe" });
  const before = net.params.get("conv")![0]!.read();
  assert.throws(() => net.blob("x").reshape(1 << 16, 1 << 16), /fewer than 2\^31 values/);
  assert.throws(() => net.handle.forward(2, 99), /Expected layers from 0 to 4 but found 99/);
  assert.throws(() => net.handle.copyFrom(new Uint8Array([255, 255])), /do not parse/);
  assert.throws(() => net.handle.copyFrom(other.handle.save()), /layer 'ip': Parameter 0 does not fit/);
  assert.throws(() => net.shareWith(other), /layer 'ip': Expected shared parameter 0/);
  const short = decode("NetParameter", net.handle.save());
  short.layer!.find(({ name }) => name === "ip")!.blobs![0]!.data = new Float32Array(3);
  assert.throws(() => net.handle.copyFrom(short), /Expected 480 values but found 3/);
  assert.deepEqual(net.params.get("conv")![0]!.read(), before);
});

libcaffeTest("parameters are shared, and live as long as they are used", async () => {
  using net = await Net.fromText(CONVNET, { engine: "libcaffe", seed: 1 });
  {
    using lender = await Net.fromText(CONVNET, { engine: "libcaffe", seed: 2 });
    net.shareWith(lender);
    lender.params.get("ip")![1]!.data.fill(0.5);
  }
  assert.deepEqual([...net.params.get("ip")![1]!.data], new Array(5).fill(0.5));
  net.forward();
});

libcaffeTest("a seed decides what a net draws, whatever other nets draw meanwhile", async () => {
  const text = `${input([1, 200], "x")} layer { name: "drop" type: "Dropout" bottom: "x" top: "y" }`;
  const make = (seed?: number) => Net.fromText(text, { engine: "libcaffe", phase: "TRAIN", seed });
  const inputs = { x: new Float32Array(200).fill(1) };
  const draw = (net: Net) => net.forward({ inputs })["y"]!.slice();
  using alone = await make(7);
  const expected = [draw(alone), draw(alone)];
  using again = await make(7);
  const first = draw(again);
  using other = await make(8);
  using chance = await make();
  assert.notDeepEqual(draw(other), first);
  assert.notDeepEqual(draw(chance), expected[1]);
  assert.deepEqual([first, draw(again)], expected);
});

libcaffeTest("nets run on several threads at once", async () => {
  const worker = new Worker(new URL("net_worker.ts", import.meta.url), { type: "module" });
  const answer = new Promise<Float32Array>((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = reject;
  });
  worker.postMessage(CONVNET);
  using net = await Net.fromText(CONVNET, { engine: "libcaffe", seed: 9 });
  const x = new Float32Array(net.blob("x").count).fill(0.5);
  let y = new Float32Array();
  for (let i = 0; i < 50; i++) {
    y = net.forward({ inputs: { x } })["y"]!.slice();
    await Promise.resolve();
  }
  try {
    assertClose(await answer, y, 1e-6, "y");
  } finally {
    worker.terminate();
  }
});

libcaffeTest("threads sets the number of OpenBLAS's threads", () => {
  const engine = Engine.open("libcaffe");
  const before = engine.threads;
  try {
    engine.threads = 1;
    assert.equal(engine.threads, 1);
  } finally {
    engine.threads = before;
  }
});
