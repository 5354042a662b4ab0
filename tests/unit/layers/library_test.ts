import assert from "node:assert/strict";
import { checkGradient, type CheckGradientOptions } from "../../../script/check/check_gradient.ts";
import { Net } from "../../../net/net.ts";

const LIBRARY = new URL("../../../layers/", import.meta.url);

/** A layer of the library with two bottoms, x and t, and top loss. */
function script(file: string, layer: string, param: unknown = "", more = ""): string {
  const text = param === "" ? "" : `param_str: '${JSON.stringify(param)}'`;
  return `layer { name: "loss" type: "Script" bottom: "x" bottom: "t" top: "loss" loss_weight: 1 ${more}
    script_param { module: "${new URL(file, LIBRARY)}" layer: "${layer}" ${text} } }`;
}

async function lossNet(x: readonly number[], t: readonly number[], layer: string): Promise<Net> {
  const shape = (sizes: readonly number[]) => `shape { ${sizes.map((size) => `dim: ${size}`).join(" ")} }`;
  const input = `layer { name: "in" type: "Input" top: "x" top: "t" input_param { ${shape(x)} ${
    shape(t)
  } } }`;
  return await Net.fromText(`force_backward: true ${input} ${layer}`, { phase: "TRAIN", seed: 1 });
}

/** Pseudo-random values, the same in every run. */
function values(count: number, scale = 2): Float32Array {
  let state = 12345;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return scale * (state / 2 ** 31 - 1);
  });
}

function fill(net: Net, labels?: readonly number[]): void {
  const x = net.blob("x").data, t = net.blob("t").data;
  x.set(values(x.length));
  t.set(labels ?? values(x.length + t.length).subarray(x.length));
}

function assertGradient(net: Net, blob: string, options: CheckGradientOptions = {}): void {
  assert.deepEqual(checkGradient(net.handle, net.blob(blob), options), []);
}

Deno.test("EuclideanLossLayer: value, and gradients of both bottoms", async () => {
  using net = await lossNet([4, 2, 3], [4, 2, 3], script("euclidean_loss.ts", "EuclideanLossLayer"));
  fill(net);
  const x = net.blob("x").data, t = net.blob("t").data;
  const expected = x.reduce((sum, value, i) => sum + (value - t[i]!) ** 2, 0) / 8;
  const { loss } = net.forward();
  assert.ok(Math.abs(loss![0]! - expected) < 1e-5 * expected);
  assert.equal(net.loss, loss![0]);
  assertGradient(net, "x");
  assertGradient(net, "t");
});

Deno.test("EuclideanLossLayer refuses bottoms of different sizes, and a wrong number of them", async () => {
  await assert.rejects(
    lossNet([4, 2], [4, 3], script("euclidean_loss.ts", "EuclideanLossLayer")),
    /layer 'loss': reshape threw: Expected both bottoms to have 8 values but found 12 in the second/,
  );
  const one = script("euclidean_loss.ts", "EuclideanLossLayer").replace('bottom: "t"', "")
    .replace(/propagate_down: \w+/g, "");
  await assert.rejects(
    lossNet([4, 2], [4, 2], one),
    /layer 'loss': Expected 2 bottoms for EuclideanLossLayer but found 1/,
  );
});

const LABELS = [0, 3, 1, 1, 2, 255, 3, 0, 1, 2, 3, 255];
const X = [2, 4, 3, 2] as const, T = [2, 1, 3, 2] as const;

for (const normalization of ["VALID", "FULL", "BATCH_SIZE", "NONE"]) {
  const options = { ignore_label: 255, normalization };
  Deno.test(`SoftmaxLossLayer: gradient, and equal to SoftmaxWithLoss, with ${normalization}`, async () => {
    using net = await lossNet(X, T, script("softmax_loss.ts", "SoftmaxLossLayer", options));
    const builtIn = `layer { name: "loss" type: "SoftmaxWithLoss" bottom: "x" bottom: "t" top: "loss"
      propagate_down: true propagate_down: false loss_param { ignore_label: 255 normalization: ${normalization} } }`;
    using reference = await lossNet(X, T, builtIn);
    for (const each of [net, reference]) {
      fill(each, LABELS);
      each.forward();
      each.backward();
    }
    assert.ok(net.loss > 0.5);
    assert.ok(Math.abs(net.loss - reference.loss) <= 1e-6 * reference.loss, `${net.loss} ${reference.loss}`);
    const found = net.blob("x").diff, expected = reference.blob("x").diff;
    found.forEach((value, i) =>
      assert.ok(Math.abs(value - expected[i]!) <= 1e-6, `${i}: ${value} ${expected[i]}`)
    );
    assertGradient(net, "x");
  });
}

Deno.test("SoftmaxLossLayer uses loss_param and softmax_param, and outputs the probabilities", async () => {
  const layer = script(
    "softmax_loss.ts",
    "SoftmaxLossLayer",
    "",
    'loss_param { normalize: false } softmax_param { axis: -1 } top: "p" loss_weight: 0',
  );
  using net = await lossNet([3, 2, 5], [3, 2], layer);
  fill(net, [0, 1, 2, 3, 4, 0]);
  net.forward();
  const p = net.blob("p");
  assert.deepEqual(p.shape, [3, 2, 5]);
  const total = [0, 1, 2, 3, 4, 0].reduce((sum, label, i) => sum - Math.log(p.data[5 * i + label]!), 0);
  // As in Caffe, the batch is every axis before the softmax's.
  const expected = total / 6;
  assert.ok(Math.abs(net.loss - expected) < 1e-5);
  assertGradient(net, "x");
});

Deno.test("SoftmaxLossLayer is finite for a probability of 0, and refuses a label that is no class", async () => {
  using net = await lossNet([1, 2], [1], script("softmax_loss.ts", "SoftmaxLossLayer"));
  net.blob("x").data.set([0, 1000]);
  net.forward();
  assert.ok(Math.abs(net.loss - 126 * Math.LN2) < 1e-4);
  net.blob("t").data[0] = 2;
  assert.throws(() => net.forward(), /layer 'loss': forward threw: Expected labels from 0 to 1 but found 2/);
  net.blob("t").data[0] = NaN;
  assert.throws(() => net.forward(), /but found NaN/);
});

Deno.test("SoftmaxLossLayer refuses an unknown normalization, and a wrong number of labels", async () => {
  await assert.rejects(
    lossNet([2, 3], [2], script("softmax_loss.ts", "SoftmaxLossLayer", { normalization: "valid" })),
    /param_str as SoftmaxLossLayer takes it but found normalization: .*"FULL"/,
  );
  await assert.rejects(
    lossNet([2, 3], [3], script("softmax_loss.ts", "SoftmaxLossLayer")),
    /reshape threw: Expected 2 labels, one for each position, but found 3/,
  );
});

for (
  const param of [{}, { gamma: 0 }, { gamma: 0.5, alpha: 0.25 }, {
    gamma: 3,
    alpha: [1, 2, 0.5, 1],
    ignore_label: 255,
  }]
) {
  Deno.test(`FocalLossLayer: gradient with ${JSON.stringify(param)}`, async () => {
    using net = await lossNet(X, T, script("focal_loss.ts", "FocalLossLayer", param));
    fill(net, "ignore_label" in param ? LABELS : LABELS.map((label) => label % 4));
    net.forward();
    assert.ok(net.loss > 0);
    assertGradient(net, "x");
  });
}

Deno.test("FocalLossLayer is the softmax loss for gamma 0, and gives easy items less weight for gamma 2", async () => {
  const loss = async (file: string, layer: string, param: unknown) => {
    using net = await lossNet([2, 3], [2], script(file, layer, param));
    net.blob("x").data.set([6, 0, 0, 1, 0, 0]);
    net.blob("t").data.set([0, 1]);
    net.forward();
    return net.loss;
  };
  const softmax = await loss("softmax_loss.ts", "SoftmaxLossLayer", "");
  assert.ok(Math.abs(await loss("focal_loss.ts", "FocalLossLayer", { gamma: 0 }) - softmax) < 1e-6);
  assert.ok(await loss("focal_loss.ts", "FocalLossLayer", { gamma: 2 }) < softmax);
});

Deno.test("FocalLossLayer has a finite gradient for a probability of 1", async () => {
  using net = await lossNet([1, 2], [1], script("focal_loss.ts", "FocalLossLayer", { gamma: 0.5 }));
  for (const x of [[1000, 0], [0, 1000]]) {
    net.blob("x").data.set(x);
    net.forward();
    net.backward();
    assert.ok(net.blob("x").diff.every(Number.isFinite));
  }
});

Deno.test("FocalLossLayer refuses parameters out of range", async () => {
  for (
    const [param, message] of [[{ gamma: -1 }, /gamma: Too small/], [
      { alpha: [1] },
      /each of 3 classes/,
    ]] as const
  ) {
    await assert.rejects(lossNet([2, 3], [2], script("focal_loss.ts", "FocalLossLayer", param)), message);
  }
});
