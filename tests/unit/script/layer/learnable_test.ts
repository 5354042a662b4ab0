import assert from "node:assert/strict";
import { Engine } from "../../../../ffi/engine.ts";
import { checkGradient } from "../../../../script/check/check_gradient.ts";
import { CremaError } from "../../../../base/error.ts";
import { Net } from "../../../../net/net.ts";
import { Solver } from "../../../../train/solver.ts";
import { libcaffeTest } from "../../ffi/libcaffe/built.ts";

const MODULE = new URL("learnable_layer.ts", import.meta.url).href;

function script(name: string, layer: string, more = "", bottom = "x", top = "y"): string {
  return `layer { name: "${name}" type: "Script" bottom: "${bottom}" top: "${top}" ${more}
    script_param { module: "${MODULE}" layer: "${layer}" } }\n`;
}

const INPUT = 'layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 4 dim: 3 } } }\n';
const LOSS = script("loss", "SquareLossLayer", "", "y", "loss");
const X = Array.from({ length: 12 }, (_, i) => Math.sin(i + 1));

function onEngines(name: string, test: (engine: Engine) => Promise<void>): void {
  Deno.test(name, () => test(Engine.open("embedded")));
  libcaffeTest(`${name} (libcaffe)`, () => test(Engine.open("libcaffe")));
}

onEngines("parameters are filled, listed, and have correct gradients", async (engine) => {
  using net = await Net.fromText(INPUT + script("affine", "AffineLayer") + LOSS, {
    engine,
    phase: "TRAIN",
    seed: 5,
  });
  const [weight, bias] = net.params.get("affine")!;
  assert.deepEqual([weight!.shape, bias!.shape], [[3], [3]]);
  assert.ok(weight!.data.every((value) => value >= 0.5 && value < 1.5));
  assert.deepEqual([...bias!.data], [0, 0, 0]);
  assert.equal(net.layers.find(({ name }) => name === "affine")!.layer!.blobs![0], weight);
  net.forward({ inputs: { x: X } });
  const loss = {
    forward: () => net.handle.forward(),
    backward: () => (net.handle.clearDiffs(), net.handle.backward()),
  };
  for (const blob of [weight!, bias!]) assert.deepEqual(checkGradient(loss, blob), []);
});

onEngines("solvers update parameters like those of the engine's own layers", async (engine) => {
  const own = `layer { name: "affine" type: "Scale" bottom: "x" top: "y" scale_param { bias_term: true } }\n`;
  const solverText = (net: string) =>
    `base_lr: 0.1 lr_policy: "fixed" momentum: 0.9 weight_decay: 0.01 random_seed: 1 snapshot_after_train: false
     net_param { ${net} }`;
  const input = INPUT.replaceAll("Input", "DummyData").replace("input_param", "dummy_data_param").replace(
    "dim: 3 }",
    'dim: 3 } data_filler { type: "constant" value: 0.7 }',
  );
  const results: number[][] = [];
  for (const layer of [own, script("affine", "AffineLayer")]) {
    using solver = await Solver.fromText(solverText(input + layer + LOSS), { engine });
    const params = solver.net.params.get("affine")!;
    params[0]!.data.set([0.5, 1, 1.5]);
    for (let i = 0; i < 20; i++) solver.step();
    results.push(params.flatMap((blob) => [...blob.data]));
  }
  const [theirs, ours] = results;
  assert.notEqual(ours![0], 0.5);
  for (const [i, value] of ours!.entries()) {
    assert.ok(Math.abs(value - theirs![i]!) < 1e-5, `${ours} ${theirs}`);
  }
});

onEngines("a .caffemodel keeps parameters, and nets share them", async (engine) => {
  const text = INPUT + script("affine", "AffineLayer") + LOSS;
  using net = await Net.fromText(text, { engine, seed: 1 });
  net.params.get("affine")![1]!.data.set([1, 2, 3]);
  using copy = await Net.fromText(text, { engine, seed: 2 });
  await copy.copyFrom(net.handle.save(false));
  const values = (from: Net) => from.params.get("affine")!.map((blob) => [...blob.data]);
  assert.deepEqual(values(copy), values(net));

  using shared = await Net.fromText(text, { engine, seed: 3 });
  shared.shareWith(net);
  net.params.get("affine")![0]!.data[1] = 42;
  assert.equal(values(shared)[0]![1], 42);
  assert.notEqual(values(copy)[0]![1], 42);
  shared.forward({ inputs: { x: X } });
  assert.ok(Math.abs(shared.blob("y").data[1]! - (42 * X[1]! + 2)) < 1e-5);
});

onEngines("layers that use the same parameter name share the parameter", async (engine) => {
  const param = 'param { name: "w" } param { name: "b" }';
  using net = await Net.fromText(
    INPUT + script("one", "AffineLayer", param, "x", "m") + script("two", "AffineLayer", param, "m", "y") +
      LOSS,
    { engine, phase: "TRAIN", seed: 1 },
  );
  const [one] = net.params.get("one")!, [two] = net.params.get("two")!;
  one!.data.set([2, 2, 2]);
  assert.deepEqual([...two!.data], [2, 2, 2]);
  assert.equal(net.handle.learnable.length, 2);
  net.forward({ inputs: { x: X } });
  assert.ok(Math.abs(net.blob("y").data[0]! - 4 * X[0]!) < 1e-6);
  const loss = {
    forward: () => net.handle.forward(),
    backward: () => (net.handle.clearDiffs(), net.handle.backward()),
  };
  assert.deepEqual(checkGradient(loss, one!), []);
});

onEngines("a class sets defaults of lr_mult and decay_mult; the prototxt wins", async (engine) => {
  const text = (more = "") => INPUT + script("eager", "EagerLayer", more) + LOSS;
  const learnable = async (more?: string) => {
    using net = await Net.fromText(text(more), { engine, phase: "TRAIN" });
    return net.handle.learnable.map(({ lrMult, decayMult }) => [lrMult, decayMult]);
  };
  assert.deepEqual(await learnable(), [[3, 1], [1, 0]]);
  assert.deepEqual(await learnable("param { lr_mult: 2 decay_mult: 5 }"), [[2, 5], [1, 0]]);
});

onEngines("parameters without backward are refused, unless they do not learn", async (engine) => {
  const text = (more = "") => INPUT + script("stubborn", "StubbornLayer", more) + LOSS;
  using net = await Net.fromText(text(), { engine, phase: "TRAIN" });
  net.forward({ inputs: { x: X } });
  assert.throws(() => net.backward(), /stubborn.*backward|backward.*lr_mult: 0/s);
  using still = await Net.fromText(text("param { lr_mult: 0 }"), { engine, phase: "TRAIN" });
  still.forward({ inputs: { x: X } });
  still.backward();
});

onEngines("a parameter is added in setup only, and with a filler that exists", async (engine) => {
  using net = await Net.fromText(INPUT + script("affine", "AffineLayer") + LOSS, { engine });
  const { layer } = net.layers.find(({ name }) => name === "affine")!;
  assert.throws(() => layer!.blobs!.add([1]), CremaError);
  const bad = `data:application/typescript,${
    encodeURIComponent(`export default class Bad {
      setup() { this.blobs.add([2], { type: "nonsense" }); } reshape(_, [y]) { y.reshape(1); } forward() {} }`)
  }`;
  await assert.rejects(
    Net.fromText(
      INPUT + `layer { name: "bad" type: "Script" bottom: "x" top: "y" script_param { module: "${bad}" } }`,
      { engine },
    ),
    /bad.*setup.*nonsense/s,
  );
});

onEngines("a loss has loss_weight 1 by default", async (engine) => {
  using net = await Net.fromText(INPUT + script("loss", "SquareLossLayer", 'top: "second"', "x", "loss"), {
    engine,
  });
  net.forward({ inputs: { x: X } });
  const half = X.reduce((sum, value) => sum + value * value / 2, 0);
  assert.ok(Math.abs(net.loss - half) < 1e-5);
  using weighted = await Net.fromText(
    INPUT + script("loss", "SquareLossLayer", "loss_weight: 0.5", "x", "loss"),
    { engine },
  );
  weighted.forward({ inputs: { x: X } });
  assert.ok(Math.abs(weighted.loss - half / 2) < 1e-5);
});

onEngines("classes claim layer types, even the engine's own", async (engine) => {
  const text = INPUT + `layer { name: "affine" type: "Affine" bottom: "x" top: "y" }
    layer { name: "loss" type: "SquareLoss" bottom: "y" top: "loss" }`;
  await assert.rejects(Net.fromText(text, { engine }), /Affine/);
  using net = await Net.fromText(text, { engine, layers: [MODULE], phase: "TRAIN" });
  net.forward({ inputs: { x: X } });
  net.backward();
  assert.ok(net.loss > 0);
  const abs = `data:application/typescript,${
    encodeURIComponent(
      `export class Mine { static type = "AbsVal"; reshape([x], [y]) { y.reshape(x.shape); } forward(_, [y]) { y.data.fill(7); } }`,
    )
  }`;
  const absolute = INPUT + 'layer { name: "a" type: "AbsVal" bottom: "x" top: "y" }';
  using own = await Net.fromText(absolute, { engine, layers: [abs] });
  assert.deepEqual([...own.forward({ inputs: { x: X } })["y"]!], X.map(() => 7));
  await assert.rejects(
    Net.fromText(absolute, { engine, layers: [abs, abs.replace("Mine", "Other")] }),
    /AbsVal/,
  );
  await assert.rejects(
    Net.fromText(absolute, { engine, layers: ["data:application/typescript,export{}"] }),
    /static type/,
  );
});
