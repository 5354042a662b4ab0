// Worked examples of forks' activations, metrics and distances. Their gradients are checked by finite differences
// in check_layer_test.ts.
import assert from "node:assert/strict";
import { Net } from "../../../net/net.ts";
import { assertClose, libraryNet } from "./library_net.ts";

Deno.test("SeLU: values, in place, and selu_param of a prototxt", async () => {
  using net = await libraryNet({ type: "SeLU", bottoms: { x: [3] } });
  net.forward({ inputs: { x: [2, 0, -1] } });
  const lambda = 1.050700987;
  assertClose(net.blob("top").data, [2 * lambda, 0, lambda * 1.67326324 * (Math.exp(-1) - 1)]);
  using inPlace = await Net.fromText(
    `force_backward: true
    layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 2 } } }
    layer { name: "copy" type: "Power" bottom: "x" top: "y" }
    layer { name: "selu" type: "SeLu" bottom: "y" top: "y" selu_param { alpha: 0.5 lambda: 2 } }`,
    { phase: "TRAIN" },
  );
  inPlace.forward({ inputs: { x: [1, -1] } });
  assertClose(inPlace.blob("y").data, [2, Math.exp(-1) - 1]);
  inPlace.blob("y").diff.set([1, 1]);
  inPlace.backward();
  assertClose(inPlace.blob("x").diff, [2, Math.exp(-1)]);
});

Deno.test("SeLUDropout keeps mean and variance while training, and changes nothing in tests", async () => {
  const x = Float32Array.from({ length: 20000 }, (_, i) => i % 2 === 0 ? 1 : -1);
  using net = await libraryNet({
    type: "SeLUDropout",
    bottoms: { x: [20000] },
    param: { dropout_ratio: 0.2 },
  });
  net.forward({ inputs: { x } });
  const { data } = net.blob("top");
  const alpha = -1.75809934, scale = (0.8 * (1 + alpha ** 2 * 0.2)) ** -0.5, shift = -scale * 0.2 * alpha;
  const values = [scale + shift, -scale + shift, scale * alpha + shift];
  const counts = values.map((value) => data.filter((found) => Math.abs(found - value) < 1e-5).length);
  assert.equal(counts[0]! + counts[1]! + counts[2]!, 20000);
  assert.ok(Math.abs(counts[2]! / 20000 - 0.2) < 0.02, `${counts}`);
  const mean = data.reduce((sum, value) => sum + value, 0) / 20000;
  const variance = data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 20000;
  assert.ok(Math.abs(mean) < 0.05 && Math.abs(variance - 1) < 0.05, `${mean} ${variance}`);
  using test = await libraryNet({ type: "SeLuDropout", bottoms: { x: [4] }, phase: "TEST" });
  test.forward({ inputs: { x: [1, 2, 3, 4] } });
  assert.deepEqual([...test.blob("top").data], [1, 2, 3, 4]);
});

Deno.test("SegAccuracy: three measures, ignored labels, ties, and counting on", async () => {
  const measure = async (param: object, labels: number[], forwards = 1) => {
    using net = await libraryNet({
      type: "SegAccuracy",
      bottoms: { scores: [1, 3, 1, 4], labels: [1, 1, 1, 4] },
      param,
    });
    // Predictions 0, 1, 1, and 2 by a tie of 0 and 2.
    const scores = [5, 0, 0, 1, 0, 5, 5, 0, 0, 0, 0, 1];
    for (let i = 0; i < forwards; i++) {
      net.forward({ inputs: { scores, labels: i === 0 ? labels : [0, 1, 1, 2] } });
    }
    assert.deepEqual(net.blob("top").shape, [1, 1, 1, 3]);
    return [...net.blob("top").data];
  };
  assertClose(await measure({}, [0, 1, 0, 2]), [3 / 4, (1 / 2 + 1 + 1) / 3, (1 / 2 + 1 / 2 + 1) / 3]);
  assertClose(await measure({ ignore_label: [2, 255] }, [0, 1, 255, 2]), [1, 1, 1]);
  assertClose(await measure({}, [0, 1, 0, 2], 2), [1, 1, 1]);
  assertClose(await measure({ reset: false }, [0, 1, 0, 2], 2), [
    7 / 8,
    (2 / 3 + 1 + 1) / 3,
    (2 / 3 + 3 / 4 + 1) / 3,
  ]);
  await assert.rejects(measure({}, [0, 1, 3, 2]), /Expected labels from 0 to 2, or ignored, but found 3/);
});

Deno.test("ChannelScale: one number for each position; with global_scale, a running mean", async () => {
  const bottoms = { x: [1, 2, 1, 2], s: [1, 1, 1, 2] };
  using net = await libraryNet({ type: "ChannelScale", bottoms });
  net.forward({ inputs: { x: [1, 2, 3, 4], s: [10, -2] } });
  assert.deepEqual([...net.blob("top").data], [10, -4, 30, -8]);
  using copy = await libraryNet({ type: "ChannelScale", bottoms, param: { do_forward: false } });
  copy.forward({ inputs: { x: [1, 2, 3, 4], s: [10, -2] } });
  assert.deepEqual([...copy.blob("top").data], [1, 2, 3, 4]);
  using global = await libraryNet({
    type: "ChannelScale",
    bottoms,
    tops: ["top", "g"],
    param: { global_scale: true, max_global_scale: 6 },
  });
  global.forward({ inputs: { x: [1, 2, 3, 4], s: [2, -2] } });
  assertClose(global.blob("top").data, [2, 4, 6, 8]);
  global.forward({ inputs: { s: [12, 12] } });
  assertClose(global.blob("g").data, [0.99 * 2 + 0.01 * 12]);
  for (let i = 0; i < 200; i++) global.forward({ inputs: { s: [1000, 1000] } });
  assertClose(global.blob("g").data, [6]);
});

Deno.test("InnerDistance: squared and absolute distances, of a parameter or a bottom, and unit centres", async () => {
  const param = { num_output: 2 };
  const distances = async (more: object) => {
    using net = await libraryNet({
      type: "InnerDistance",
      bottoms: { x: [1, 2] },
      param: { ...param, ...more },
    });
    const [weights] = net.layer("layer").blobs;
    assert.deepEqual(weights!.shape, [2, 2]);
    weights!.data.set([3, 4, 0, 1]);
    net.forward({ inputs: { x: [1, 2] } });
    return [...net.blob("top").data];
  };
  assertClose(await distances({}), [4 + 4, 1 + 1]);
  assertClose(await distances({ distance_type: "L1" }), [4, 2]);
  assertClose(await distances({ normalize: true }), [0.4 ** 2 + 1.2 ** 2, 2]);
  using two = await libraryNet({ type: "InnerDistance", bottoms: { x: [1, 2], w: [3, 2] } });
  two.forward({ inputs: { x: [1, 2], w: [1, 2, 0, 2, 1, 0] } });
  assertClose(two.blob("top").data, [0, 1, 4]);
  await assert.rejects(
    libraryNet({ type: "InnerDistance", bottoms: { x: [1, 2] } }),
    /Expected num_output, or the centres as a second bottom, but found neither/,
  );
});

Deno.test("DiceCoefLoss is the mean over the items of 1 − (2 Σ p g + 1) / (Σ p² + Σ g² + 1)", async () => {
  using net = await Net.fromText(
    `layer { name: "in" type: "Input" top: "p" top: "g" input_param { shape { dim: 2 dim: 2 } shape { dim: 2 dim: 2 } } }
    layer { name: "loss" type: "DiceCoefLoss" bottom: "p" bottom: "g" top: "loss" }`,
  );
  net.forward({ inputs: { p: [0.5, 1, 0, 0.2], g: [1, 1, 0, 0] } });
  assertClose([net.loss], [((1 - 4 / 4.25) + (1 - 1 / 1.04)) / 2]);
});

Deno.test("BN with icnet, which Synopsys writes, is PSPNet's", async () => {
  const layer = (name: string, more: string) =>
    `layer { name: "${name}" type: "BN" bottom: "x" top: "${name}"
      bn_param { slope_filler { type: "constant" value: 2 } bias_filler { type: "constant" value: 1 } eps: 0.001 frozen: true ${more} } }`;
  const input = 'layer { name: "in" type: "Input" top: "x" input_param { shape { dim: [2, 2, 1, 3] } } }';
  using net = await Net.fromText(`${input} ${layer("a", "")} ${layer("b", "icnet: true")}`, {
    phase: "TEST",
  });
  for (const name of ["a", "b"]) {
    const params = net.params.get(name)!;
    params[2]!.data.set([1, 2]);
    params[3]!.data.set([4, 9]);
  }
  net.forward({ inputs: { x: Float32Array.from({ length: 12 }, (_, i) => i) } });
  assertClose(net.blob("b").data, net.blob("a").data);
  assertClose([net.blob("b").data[0]!], [2 * (0 - 1) / Math.sqrt(4.001) + 1]);
  const both = Net.fromText(
    `${input} layer { name: "n" type: "BN" bottom: "x" top: "y" bn_param { bn_mode: LEARN icnet: true } }`,
  );
  await assert.rejects(both, /Expected either SegNet's fields of BN .* but found both/);
});
