import assert from "node:assert/strict";
import { planText } from "../../../../cli/output/plan_text.ts";
import { type ComputeOptions, Engine } from "../../../../ffi/engine.ts";
import { Net } from "../../../../net/mod.ts";
import { netFromText } from "../../../../proto/mod.ts";

const text = `
  name: "n"
  layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 4 dim: 6 dim: 6 } } }
  layer { name: "conv" type: "Convolution" bottom: "data" top: "conv"
    convolution_param { num_output: 16 kernel_size: 3 weight_filler { type: "xavier" } } }
  layer { name: "norm" type: "BatchNorm" bottom: "conv" top: "conv" }
  layer { name: "scale" type: "Scale" bottom: "conv" top: "conv" scale_param { bias_term: true } }
  layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }`;

Deno.test("a net's plan names the layers that are computed together, and how", async () => {
  using net = await Net.create(netFromText(text), { engine: "embedded", phase: "TRAIN", seed: 1 });
  net.handle.forward();
  const plan = net.plan();
  assert.deepEqual(plan.map(({ layers }) => layers), [["data"], ["conv"], ["norm", "scale", "relu"]]);
  assert.deepEqual(plan[2], {
    layers: ["norm", "scale", "relu"],
    fusion: "batch norm, scale, rectifier",
    fused: true,
    algorithms: {},
    bytes: 0, // nothing is kept, as no layer needs a gradient
    reorders: { forward: 0, backward: 0 },
  });
  assert.equal(plan[1]!.bytes, 4 * 2 * 16 * 4 * 4);
  assert.deepEqual(Object.keys(plan[1]!.algorithms), ["forward", "data", "weights"]);
  const table = planText(plan);
  assert.match(table, /^layers +together +algorithms +MB +reordered +backward\n/);
  assert.match(table, /\nnorm \+ scale \+ relu +batch norm, scale, rectifier\n/);
  assert.match(table, /\n3 of 5 layers are computed together with others; 0\.\d\d MB of blobs\.\n$/);
});

Deno.test("nets are computed layer by layer, and convolutions as they are told to be", async () => {
  const engine = Engine.open("embedded");
  try {
    using plain = await Net.create(netFromText(text), {
      ...{ engine, phase: "TRAIN", seed: 1 },
      compute: { fuse: false, winograd: "never" },
    });
    assert.ok(plain.plan().every(({ fusion }) => fusion === null));
    assert.ok(Object.values(plain.plan()[1]!.algorithms).every((name) => !name.startsWith("winograd")));
    using other = await Net.create(netFromText(text), {
      engine,
      phase: "TRAIN",
      compute: { winograd: "always" },
    });
    const { forward } = other.plan()[1]!.algorithms;
    // Processors without AVX2 have no kernels for it.
    if (/AVX2|AVX512|AMX/.test(engine.version)) assert.equal(forward, "winograd 4x4");
    assert.throws(
      () => engine.compute({ winograd: "sometimes" as "auto" }),
      /Expected winograd to be never, auto, always but found "sometimes"/,
    );
    assert.throws(
      () => engine.compute({ winogard: "never" } as ComputeOptions),
      /Expected an option of how nets are computed \(fuse, winograd, tune, recycle, recompute\) but found 'winogard'/,
    );
  } finally {
    engine.compute({ fuse: true, winograd: "auto" });
  }
});

Deno.test("an engine without a plan says so", () => {
  assert.equal(planText([]), "The engine computes layer by layer, in one way.\n");
});
