// Worked examples of the layers of face recognition. Their exact gradients are checked by finite differences in
// check_layer_test.ts.
import assert from "node:assert/strict";
import { angularMargin } from "../../../layers/shared/angular_margin.ts";
import { Net } from "../../../net/net.ts";
import { assertClose, libraryNet } from "./library_net.ts";

Deno.test("LabelSpecificAdd adds a margin to the label's score while training, where the score is above it", async () => {
  const options = { type: "LabelSpecificAdd", bottoms: { x: [2, 3], t: [2] }, tops: ["top", "bias"] };
  const x = [0.9, 0.5, 0.1, 0.2, 0.3, 0.1], inputs = { x, t: [1, 2] };
  using net = await libraryNet({ ...options, param: { bias: -0.35 } });
  net.forward({ inputs });
  assertClose(net.blob("top").data, [0.9, 0.15, 0.1, 0.2, 0.3, 0.1]);
  assertClose(net.blob("bias").data, [-0.35]);
  using test = await libraryNet({ ...options, param: { bias: -0.35 }, phase: "TEST" });
  test.forward({ inputs });
  assertClose(test.blob("top").data, x);
  // b = −0.5 + (1 + t)² − 1 at t = 0 and 1, at most 1.
  using changing = await libraryNet({
    ...options,
    param: { bias_base: -0.5, bias_gamma: 1, bias_power: 2, bias_min: -1, bias_max: 1 },
  });
  for (const expected of [-0.5, 1]) {
    changing.forward({ inputs });
    assertClose(changing.blob("bias").data, [expected]);
  }
  await assert.rejects(async () => {
    net.forward({ inputs: { x, t: [1, 3] } });
    await Promise.resolve();
  }, /Expected labels from 0 to 2 but found 3/);
});

Deno.test("CosinAddm adds a margin to the label's angle, and never lets its score rise with it", async () => {
  using net = await Net.fromText(
    `force_backward: true
    layer { name: "in" type: "Input" top: "x" top: "t" input_param { shape { dim: [2, 2] } shape { dim: 2 } } }
    layer { name: "m" type: "CosinAddm" bottom: "x" bottom: "t" top: "y" cosin_add_m_param { m: 0.5 } }`,
    { phase: "TEST" },
  );
  net.forward({ inputs: { x: [Math.cos(1), 0.3, 0.3, Math.cos(3)], t: [0, 1] } });
  // 3 + 0.5 is more than π.
  assertClose(net.blob("y").data, [Math.cos(1.5), 0.3, 0.3, Math.cos(3) - 0.5 * Math.sin(0.5)]);
  net.blob("y").diff.fill(1);
  net.backward();
  assertClose(net.blob("x").diff, [Math.sin(1.5) / Math.sin(1), 1, 1, 1]);
});

Deno.test("ψ is (−1)^k cos(m θ) − 2k, and its slope the derivative in cos θ", () => {
  for (const m of [1, 2, 3, 4] as const) {
    for (let angle = 0.05; angle < Math.PI; angle += 0.1) {
      const k = Math.floor(m * angle / Math.PI), sign = (-1) ** k;
      const { value, slope } = angularMargin(m, Math.cos(angle));
      assertClose([value], [sign * Math.cos(m * angle) - 2 * k]);
      assertClose([slope], [sign * m * Math.sin(m * angle) / Math.sin(angle)]);
    }
  }
});

Deno.test("MarginInnerProduct: weights of length 1, SphereFace's scores, λ, and its gradients", async () => {
  const bottoms = { x: [1, 2], t: [1] }, tops = ["top", "lambda"];
  const more =
    "margin_inner_product_param { num_output: 2 type: DOUBLE base: 8 gamma: 1 power: 1 lambda_min: 3 }";
  using net = await libraryNet({ type: "MarginInnerProduct", bottoms, tops, more });
  const w = net.params.get("layer")![0]!;
  w.data.set([0, 3, 2, 0]);
  const angle = 0.7, x = [2 * Math.cos(angle), 2 * Math.sin(angle)];
  net.forward({ inputs: { x, t: [1] } });
  assertClose(w.data, [0, 1, 1, 0]);
  assertClose(net.blob("lambda").data, [4]); // 8 / (1 + 1)
  const score = (4 * 2 * Math.cos(angle) + 2 * Math.cos(2 * angle)) / 5;
  assertClose(net.blob("top").data, [x[1]!, score]);
  net.clearParamDiffs();
  net.blob("top").diff.set([0, 1]);
  net.backward();
  assertClose(w.diff, [0, 0, ...x]); // of an inner product
  // ψ′ w + (ψ − ψ′ cos θ) x / |x|, scaled: the weights are 4 cos θ and −(2 cos² θ + 1) / 2.
  const across = 4 * Math.cos(angle), along = -(2 * Math.cos(angle) ** 2 + 1) / 2;
  const length = Math.hypot(across, along);
  assertClose(net.blob("x").diff, [
    (4 + (across + along * x[0]!) / length) / 5,
    along * x[1]! / length / 5,
  ]);
  net.forward();
  assertClose(net.blob("lambda").data, [3]);
});

Deno.test("LargeMarginInnerProduct keeps the lengths of its weights", async () => {
  using net = await Net.fromText(
    `layer { name: "in" type: "Input" top: "x" top: "t" input_param { shape { dim: [1, 2] } shape { dim: 1 } } }
    layer { name: "m" type: "LargeMarginInnerProduct" bottom: "x" bottom: "t" top: "y"
      largemargin_inner_product_param { num_output: 2 type: QUADRUPLE base: 0 } }`,
    { phase: "TRAIN" },
  );
  net.params.get("m")![0]!.data.set([0, 3, 2, 0]);
  const angle = 1;
  net.forward({ inputs: { x: [Math.cos(angle), Math.sin(angle)], t: [1] } });
  // θ is between π/4 and π/2: k = 1.
  assertClose(net.blob("y").data, [3 * Math.sin(angle), 2 * (-Math.cos(4 * angle) - 2)]);
});

Deno.test("Normalize of caffe-windows: a length for each position, as a second top with a gradient, and L1", async () => {
  const text = (param: string) =>
    `force_backward: true
    layer { name: "in" type: "Input" top: "x" input_param { shape { dim: [1, 2, 1, 2] } } }
    layer { name: "n" type: "Normalize" bottom: "x" top: "y" top: "length" ${param} }`;
  using net = await Net.fromText(text("normalize_param { bp_norm: true }"), { phase: "TRAIN" });
  net.forward({ inputs: { x: [3, 1, 4, 0] } });
  assertClose(net.blob("y").data, [0.6, 1, 0.8, 0]);
  assert.deepEqual(net.blob("length").shape, [1, 1, 1, 2]);
  assertClose(net.blob("length").data, [5, 1]);
  assert.equal(net.params.size, 0);
  net.blob("y").diff.set([1, 0, 0, 0]);
  net.blob("length").diff.set([2, 3]);
  net.backward();
  assertClose(net.blob("x").diff, [(1 - 0.36) / 5 + 1.2, 3, -0.48 / 5 + 1.6, 0]);
  for (
    const param of ['normalize_param { normalize_type: "L1" }', 'softmax_param { normalize_type: "L1" }']
  ) {
    using absolute = await Net.fromText(text(param), { phase: "TRAIN" });
    absolute.forward({ inputs: { x: [3, 1, -1, 0] } });
    assertClose(absolute.blob("y").data, [0.75, 1, -0.25, 0]);
  }
  const wrong = Net.fromText(text("normalize_param { across_spatial: true }"));
  await assert.rejects(wrong, /Expected fields of caffe-windows in normalize_param but found across_spatial/);
  const both = Net.fromText(text("normalize_param { bp_norm: true } norm_param { across_spatial: false }"));
  await assert.rejects(both, /Expected SSD's norm_param, or one of caffe-windows' .* but found both/);
});

Deno.test("NormL2 scales each item to length 1", async () => {
  using net = await libraryNet({ type: "NormL2", bottoms: { x: [2, 2, 1, 2] } });
  net.forward({ inputs: { x: [1, 1, 1, 1, 0, 3, 4, 0] } });
  assertClose(net.blob("top").data, [0.5, 0.5, 0.5, 0.5, 0, 0.6, 0.8, 0]);
});
