import assert from "node:assert/strict";
import { Engine } from "../../../ffi/engine.ts";
import { Net } from "../../../net/net.ts";

const TEXT = `
  layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 dim: 8 dim: 8 } } }
  layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 2 } } }
  layer { name: "conv" type: "Convolution" bottom: "data" top: "conv"
    convolution_param { num_output: 4 kernel_size: 3 weight_filler { type: "xavier" } } }
  layer { name: "pool" type: "Pooling" bottom: "conv" top: "pool" pooling_param { kernel_size: 2 stride: 2 } }
  layer { name: "ip" type: "InnerProduct" bottom: "pool" top: "ip"
    inner_product_param { num_output: 5 weight_filler { type: "xavier" } } }
  layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" }`;

/** Makes a net that recycles memory; nets made after it do not. */
async function recyclingNet(phase: "TRAIN" | "TEST"): Promise<Net> {
  const engine = Engine.open("embedded");
  engine.compute({ recycle: true });
  try {
    const net = await Net.fromText(TEXT, { engine: "embedded", phase, seed: 1 });
    net.blob("data").data.fill(0.5);
    return net;
  } finally {
    engine.compute({ recycle: false });
  }
}

Deno.test("with recycle, a blob between the layers is there after a pass only if it was asked for before", async () => {
  using net = await recyclingNet("TRAIN");
  using whole = await Net.fromText(TEXT, { engine: "embedded", phase: "TRAIN", seed: 1 });
  whole.blob("data").data.fill(0.5);
  const { data } = net.blob("pool"), { diff } = net.blob("pool");
  for (const each of [net, whole]) {
    each.forward();
    each.backward();
  }
  assert.equal(net.loss, whole.loss);
  assert.deepEqual([...data], [...whole.blob("pool").data]);
  assert.deepEqual([...diff], [...whole.blob("pool").diff]);
  assert.deepEqual([...net.blob("loss").data], [...whole.blob("loss").data]);
  const expected = {
    name: "CremaError",
    message:
      /Expected values that are still there but found that their memory was recycled .*before the pass/,
  };
  assert.throws(() => net.blob("conv").data, expected);
  assert.throws(() => net.blob("conv").diff, expected);
  assert.throws(() => net.blob("conv").read(), expected);
  assert.throws(() => net.blob("ip").norms("diff"), expected);
  // The net works on, and layers one by one keep what they make.
  net.forward();
  net.backward();
  for (const i of net.layers.keys()) net.handle.forward(i, i);
  assert.deepEqual([...net.blob("conv").data], [...whole.blob("conv").data]);
});

Deno.test("with recycle, backward needs a forward before it, and a net for TEST has none", async () => {
  using net = await recyclingNet("TRAIN");
  net.forward();
  net.backward();
  assert.throws(() => net.backward(), { name: "CremaError" });
  net.forward();
  net.backward();
  using test = await recyclingNet("TEST");
  test.forward();
  assert.throws(() => test.backward(), {
    name: "CremaError",
    message: /Expected a net for TEST that recycles memory to run forward only but found a backward pass/,
  });
});
