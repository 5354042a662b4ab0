import assert from "node:assert/strict";
import { type ComputeOptions, Engine } from "../../../ffi/engine.ts";
import { Net } from "../../../net/net.ts";
import { Solver } from "../../../train/solver.ts";

const TEXT = `
  layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 dim: 8 dim: 8 } } }
  layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 2 } } }
  layer { name: "conv" type: "Convolution" bottom: "data" top: "conv"
    convolution_param { num_output: 4 kernel_size: 3 weight_filler { type: "xavier" } } }
  layer { name: "pool" type: "Pooling" bottom: "conv" top: "pool" pooling_param { kernel_size: 2 stride: 2 } }
  layer { name: "ip" type: "InnerProduct" bottom: "pool" top: "ip"
    inner_product_param { num_output: 5 weight_filler { type: "xavier" } } }
  layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" }`;

/** Makes a net that recycles memory. */
async function recyclingNet(phase: "TRAIN" | "TEST"): Promise<Net> {
  const net = await Net.fromText(TEXT, { engine: "embedded", phase, seed: 1, compute: { recycle: true } });
  net.blob("data").data.fill(0.5);
  return net;
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
    message: /Expected values that are still there but found that their memory was recycled .*next pass on/,
  };
  assert.throws(() => net.blob("conv").data, expected);
  assert.throws(() => net.blob("conv").diff, expected);
  assert.throws(() => net.blob("conv").read(), expected);
  assert.throws(() => net.blob("ip").norms("diff"), expected);
  // What was asked for is kept from then on.
  for (const each of [net, whole]) {
    each.clearParamDiffs();
    each.forward();
    each.backward();
  }
  for (const what of ["data", "diff"] as const) {
    assert.deepEqual([...net.blob("conv").read(what)], [...whole.blob("conv").read(what)]);
  }
  assert.deepEqual(net.blob("ip").norms("diff"), whole.blob("ip").norms("diff"));
  // The net works on, and layers one by one keep what they make.
  net.forward();
  net.backward();
  for (const i of net.layers.keys()) net.handle.forward(i, i);
  assert.deepEqual([...net.blob("conv").data], [...whole.blob("conv").data]);
});

Deno.test("with recycle, the blobs that a call names are there, and blobs that are gone can be written", async () => {
  using net = await recyclingNet("TRAIN");
  using whole = await Net.fromText(TEXT, { engine: "embedded", phase: "TRAIN", seed: 1 });
  whole.blob("data").data.fill(0.5);
  assert.deepEqual(net.forward({ blobs: ["conv"] }), whole.forward({ blobs: ["conv"] }));
  assert.deepEqual(net.backward({ diffs: ["ip"] }), whole.backward({ diffs: ["ip"] }));
  const pool = whole.blob("pool").read();
  assert.deepEqual(
    net.forward({ start: "ip", inputs: { pool } }),
    whole.forward({ start: "ip", inputs: { pool } }),
  );
  using kept = await recyclingNet("TRAIN");
  kept.blob("pool").keep();
  kept.forward();
  kept.backward();
  assert.deepEqual(kept.blob("pool").read(), pool);
});

Deno.test("options of how a net is computed count for that net alone", async () => {
  const engine = Engine.open("embedded");
  const keeps = async (options: { compute?: ComputeOptions } = {}): Promise<boolean> => {
    using net = await Net.fromText(TEXT, { engine, phase: "TRAIN", seed: 1, ...options });
    net.forward();
    net.backward();
    try {
      return net.blob("conv").data.length > 0;
    } catch {
      return false;
    }
  };
  assert.equal(await keeps({ compute: { recycle: true } }), false);
  assert.equal(await keeps(), true);
  // A worker that had this thread before may have told the library something else.
  engine.check(engine.symbols.crema_set_option(new TextEncoder().encode("recycle\0"), 1));
  assert.equal(await keeps(), true);
  engine.compute({ recycle: true });
  try {
    assert.equal(await keeps(), false);
    assert.equal(await keeps({ compute: { recycle: false } }), true);
    using solver = await Solver.fromText(`net_param { ${TEXT} } base_lr: 0.1 lr_policy: "fixed"`, {
      engine,
      compute: { recycle: false },
    });
    solver.step();
    assert.ok(solver.net.blob("conv").data.length > 0);
  } finally {
    engine.compute({ recycle: false });
  }
});

Deno.test("recompute is refused without recycle, and what is no object is refused", () => {
  const engine = Engine.open("embedded");
  assert.throws(() => engine.compute({ recycle: false, recompute: true }), {
    name: "CremaError",
    message: "Expected recompute together with recycle but found recycle: false",
  });
  for (const wrong of ["recycle", true, [], null]) {
    assert.throws(() => engine.compute(wrong as unknown as Record<string, never>), {
      name: "CremaError",
      message: `Expected an object with options of how nets are computed but found ${JSON.stringify(wrong)}`,
    });
  }
});

Deno.test("a layer in TypeScript above a BatchNorm sees the same bits in the first pass as in the second", async () => {
  using net = await Net.fromText(
    `${TEXT.slice(0, TEXT.indexOf('layer { name: "pool"'))}
     layer { name: "norm" type: "BatchNorm" bottom: "conv" top: "norm" }
     layer { name: "scale" type: "Scale" bottom: "norm" top: "norm" }
     layer { name: "gelu" type: "GELU" bottom: "norm" top: "gelu" }
     layer { name: "ip" type: "InnerProduct" bottom: "gelu" top: "ip"
       inner_product_param { num_output: 5 weight_filler { type: "xavier" } } }
     layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" }`,
    { engine: "embedded", phase: "TRAIN", seed: 1 },
  );
  net.blob("data").data.forEach((_, i, data) => data[i] = Math.sin(i * i));
  const pass = () => {
    net.clearParamDiffs();
    net.forward();
    net.backward();
    return [...net.params.values()].flat().filter((_, i) => i < 2 || i > 4).map((
      blob,
    ) => [...blob.read("diff")]);
  };
  const first = pass();
  assert.deepEqual(pass(), first);
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
