import assert from "node:assert/strict";
import type { LayerRandom } from "../../../ffi/host/layer_random.ts";
import { Solver } from "../../../train/solver.ts";
import { assertClose, assertGradients, libraryNet, patternless } from "./library_net.ts";

Deno.test("LabelSmoothing takes labels or targets", async () => {
  const bottoms = { x: [3, 4], t: [3, 4] };
  using soft = await libraryNet({ type: "LabelSmoothing", bottoms });
  using hard = await libraryNet({ type: "LabelSmoothing", bottoms: { x: [3, 4], t: [3] } });
  const x = patternless(12);
  const t = [0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1];
  const loss = soft.forward({ inputs: { x, t } })["top"]![0]!;
  assertClose([loss], [hard.forward({ inputs: { x, t: [1, 0, 3] } })["top"]![0]!]);
  soft.backward();
  hard.backward();
  assertClose(soft.blob("x").diff, [...hard.blob("x").diff]);
  soft.forward({ inputs: { t: [0.2, 0.8, 0, 0, 0.25, 0.25, 0.25, 0.25, 0, 0, 1, 0] } });
  assertGradients(soft, ["x"]);
});

Deno.test("Mixup mixes values and labels with the same λ and partner", async () => {
  const bottoms = { x: [4, 4], t: [4] };
  const options = { type: "Mixup", bottoms, tops: ["y", "q"], param: { classes: 4, alpha: 1 }, loss: true };
  using net = await libraryNet(options);
  // Item n is the unit vector n and has class n, so values and targets must be equal.
  const x = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1], t = [0, 1, 2, 3];
  const lambdas = new Set<number>();
  for (let i = 0; i < 50; i++) {
    net.forward({ inputs: { x, t } });
    const y = net.blob("y").data;
    assertClose(y, [...net.blob("q").data], 1e-6);
    for (let n = 0; n < 4; n++) assertClose([y.subarray(4 * n, 4 * n + 4).reduce((a, b) => a + b)], [1]);
    lambdas.add(Math.max(y[0]!, 1 - y[0]!));
  }
  assert.ok(lambdas.size > 20);
  using again = await libraryNet(options);
  again.forward({ inputs: { x, t } });
  using other = await libraryNet({ ...options, seed: 2 });
  other.forward({ inputs: { x, t } });
  using test = await libraryNet({ ...options, phase: "TEST" });
  test.forward({ inputs: { x, t } });
  assert.deepEqual([...test.blob("y").data], x);
  assert.deepEqual([...test.blob("q").data], x);
  assert.notDeepEqual([...again.blob("y").data], [...other.blob("y").data]);
  assert.throws(
    () => net.forward({ inputs: { t: [0, 1, 2, 4] } }),
    /Expected labels from 0 to 3 but found 4/,
  );
});

Deno.test("Mixup: λ has mean ½ and the variance of Beta(α, α); gradients", async () => {
  for (const alpha of [0.5, 1, 4]) {
    using net = await libraryNet({
      type: "Mixup",
      bottoms: { x: [2, 2], t: [2] },
      tops: ["y", "q"],
      param: { classes: 2, alpha },
    });
    let sum = 0, squares = 0, count = 0;
    for (let i = 0; i < 2000; i++) {
      net.forward({ inputs: { x: [1, 0, 0, 1], t: [0, 1] } });
      const value = net.blob("y").data[0]!;
      if (value === 1) continue; // every second permutation of two items changes nothing
      sum += value;
      squares += value * value;
      count++;
    }
    const mean = sum / count, variance = squares / count - mean * mean;
    const exact = 1 / (4 * (2 * alpha + 1));
    assert.ok(Math.abs(mean - 0.5) < 0.06, `mean ${mean}`);
    assert.ok(Math.abs(variance / exact - 1) < 0.15, `variance ${variance} for ${exact}`);
  }
  using net = await libraryNet({
    type: "Mixup",
    bottoms: { x: [3, 2], t: [3] },
    tops: ["y", "q"],
    param: { classes: 2, alpha: 1 },
  });
  const state = net.layers.find(({ name }) => name === "layer")!.layer as unknown as {
    random: LayerRandom;
  };
  const saved = state.random.save();
  const diff = patternless(6, 3);
  const x = patternless(6, 4);
  const loss = (values: ArrayLike<number>) => {
    state.random.restore(saved); // the same choices each time
    net.forward({ inputs: { x: Array.from(values), t: [0, 1, 0] } });
    return net.blob("y").data.reduce((sum, value, i) => sum + value * diff[i]!, 0);
  };
  loss(x);
  net.backward({ outputs: { y: diff, q: [0, 0, 0, 0, 0, 0] } });
  const gradient = net.blob("x").diff.slice();
  for (let i = 0; i < 6; i++) {
    const side = (step: number) => loss(x.map((value, j) => value + (i === j ? step : 0)));
    assertClose([gradient[i]!], [(side(0.1) - side(-0.1)) / 0.2], 1e-4);
  }
});

Deno.test("Cutout cuts out squares while training, where the gradient is 0", async () => {
  const options = { type: "Cutout", bottoms: { x: [8, 2, 6, 6] }, param: { length: 3, value: -1 } };
  using net = await libraryNet(options);
  const x = new Float32Array(8 * 72).fill(1);
  const top = net.forward({ inputs: { x } })["top"]!;
  let most = 0;
  for (let n = 0; n < 8; n++) {
    const first = top.slice(72 * n, 72 * n + 36), second = top.slice(72 * n + 36, 72 * n + 72);
    assert.deepEqual(first, second, "the same in all channels");
    const cut = [...first.entries()].filter(([, value]) => value === -1).map((
      [i],
    ) => [Math.floor(i / 6), i % 6]);
    const rows = new Set(cut.map(([h]) => h)), columns = new Set(cut.map(([, w]) => w));
    assert.equal(cut.length, rows.size * columns.size, "a rectangle");
    assert.ok(rows.size >= 1 && rows.size <= 3 && columns.size <= 3);
    most = Math.max(most, cut.length);
  }
  assert.equal(most, 9);
  net.backward({ outputs: { top: new Float32Array(x.length).fill(2) } });
  assert.deepEqual([...net.blob("x").diff], [...top].map((value) => value === -1 ? 0 : 2));
  using test = await libraryNet({ ...options, phase: "TEST" });
  assert.deepEqual([...test.forward({ inputs: { x } })["top"]!], [...x]);
  using never = await libraryNet({ ...options, param: { length: 3, probability: 0 }, tops: ["x"] });
  assert.deepEqual([...never.forward({ inputs: { x } })["x"]!], [...x]);
});

Deno.test("a resumed run with augmentation continues as if it had not stopped", async () => {
  const text = `net_param {
    layer { name: "in" type: "DummyData" top: "x" top: "t"
      dummy_data_param { shape { dim: 4 dim: 1 dim: 4 dim: 4 } shape { dim: 4 }
        data_filler { type: "constant" value: 1 } data_filler { type: "constant" value: 1 } } }
    layer { name: "cut" type: "Cutout" bottom: "x" top: "c" script_param { param_str: '{"length": 2}' } }
    layer { name: "mix" type: "Mixup" bottom: "c" bottom: "t" top: "y" top: "q" script_param { param_str: '{"classes": 3}' } }
    layer { name: "ip" type: "InnerProduct" bottom: "y" top: "ip" inner_product_param { num_output: 3
      weight_filler { type: "gaussian" std: 0.1 } } }
    layer { name: "loss" type: "LabelSmoothing" bottom: "ip" bottom: "q" top: "loss" } }
    base_lr: 0.1 lr_policy: "fixed" max_iter: 20 random_seed: 7`;
  const options = { layers: ["crema/layers"] };
  using whole = await Solver.fromText(text, options);
  for (let i = 0; i < 10; i++) whole.step();
  using first = await Solver.fromText(text, options);
  for (let i = 0; i < 4; i++) first.step();
  using second = await Solver.fromText(text, options);
  for (const [i, blob] of first.net.params.get("ip")!.entries()) {
    second.net.params.get("ip")![i]!.data.set(blob.data);
  }
  second.restoreState(first.saveState());
  for (let i = 0; i < 6; i++) second.step();
  assert.deepEqual([...second.net.params.get("ip")![0]!.data], [...whole.net.params.get("ip")![0]!.data]);
});
