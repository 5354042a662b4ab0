import assert from "node:assert/strict";
import type { ArcFaceLossLayer } from "../../../layers/arc_face_loss.ts";
import { Net } from "../../../net/net.ts";
import {
  assertClose,
  assertGradients,
  libraryNet,
  type LibraryNetOptions,
  patternless,
} from "./library_net.ts";

/** The loss of a net whose bottoms hold the given values. */
async function lossOf(
  options: LibraryNetOptions,
  values: Record<string, readonly number[]>,
): Promise<number> {
  using net = await libraryNet({ tops: ["loss"], ...options });
  net.forward({ inputs: values });
  return net.loss;
}

Deno.test("LabelSmoothing: worked example, gradients, and the softmax loss without smoothing", async () => {
  const bottoms = { x: [1, 3], t: [1] };
  const p = [Math.E, 1, 1].map((value) => value / (Math.E + 2));
  const expected = -(0.7 + 0.1) * Math.log(p[0]!) - 0.1 * Math.log(p[1]!) - 0.1 * Math.log(p[2]!);
  const found = await lossOf({ type: "LabelSmoothing", bottoms, param: { epsilon: 0.3 } }, {
    x: [1, 0, 0],
    t: [0],
  });
  assertClose([found], [expected]);
  const plain = await lossOf({ type: "LabelSmoothing", bottoms, param: { epsilon: 0 } }, {
    x: [1, 0, 0],
    t: [0],
  });
  assertClose([plain], [-Math.log(p[0]!)]);

  for (const param of [{}, { epsilon: 0.5, ignore_label: 2 }, { normalization: "BATCH_SIZE" }]) {
    using net = await libraryNet({
      type: "LabelSmoothing",
      bottoms: { x: [2, 4, 3], t: [2, 3] },
      tops: ["loss"],
      param,
    });
    net.blob("t").data.set([0, 1, 2, 3, 2, 1]);
    assertGradients(net, ["x"]);
  }
  using far = await libraryNet({ type: "LabelSmoothing", bottoms, tops: ["loss"] });
  far.forward({ inputs: { x: [0, 1000, 0], t: [0] } });
  assert.ok(Number.isFinite(far.loss) && far.loss > 900);
  await assert.rejects(
    libraryNet({ type: "LabelSmoothing", bottoms, param: { epsilon: 1 } }),
    /epsilon: Too big/,
  );
});

Deno.test("SmoothL1Loss: worked example, weights, gradients", async () => {
  const two = { x: [2, 2], t: [2, 2] };
  const values = { x: [0.5, 3, 0, -2], t: [0, 0, 0, 0] };
  assertClose([await lossOf({ type: "SmoothL1Loss", bottoms: two }, values)], [(0.125 + 2.5 + 1.5) / 2]);
  const sigma = await lossOf({ type: "SmoothL1Loss", bottoms: two, param: { sigma: 3 } }, values);
  assertClose([sigma], [(0.5 - 1 / 18 + 3 - 1 / 18 + 2 - 1 / 18) / 2]);
  const weighted = await lossOf({ type: "SmoothL1Loss", bottoms: { ...two, in: [2, 2], out: [2, 2] } }, {
    ...values,
    in: [1, 1, 1, 0.25],
    out: [2, 0, 1, 1],
  });
  assertClose([weighted], [(2 * 0.125 + 0.125) / 2]);
  using net = await libraryNet({
    type: "SmoothL1Loss",
    bottoms: { x: [3, 4], t: [3, 4], in: [3, 4], out: [3, 4] },
    tops: ["loss"],
    more: "propagate_down: true propagate_down: true propagate_down: false propagate_down: false",
  });
  net.blob("x").data.set(patternless(12, 9).map((value) => 3 * value));
  assertGradients(net, ["x", "t"]);
  await assert.rejects(
    libraryNet({ type: "SmoothL1Loss", bottoms: { x: [2, 2], t: [2, 3] } }),
    /Expected all bottoms to have 4 values but found 6/,
  );
});

Deno.test("DiceLoss: worked example, gradients, empty masks", async () => {
  const bottoms = { p: [1, 4], g: [1, 4] };
  const values = { p: [1, 0.5, 0, 0], g: [1, 1, 0, 0] };
  assertClose([await lossOf({ type: "DiceLoss", bottoms, param: { smooth: 0 } }, values)], [1 - 3 / 3.25]);
  assertClose([await lossOf({ type: "DiceLoss", bottoms, param: { squared: false } }, values)], [
    1 - 4 / 4.5,
  ]);
  const empty = { p: [0, 0, 0, 0], g: [0, 0, 0, 0] };
  assert.equal(await lossOf({ type: "DiceLoss", bottoms, param: { smooth: 0 } }, empty), 0);
  for (const param of [{}, { squared: false, smooth: 0.1 }, { per_item: false }]) {
    using net = await libraryNet({
      type: "DiceLoss",
      bottoms: { p: [3, 2, 4], g: [3, 2, 4] },
      tops: ["loss"],
      param,
    });
    for (const name of ["p", "g"]) net.blob(name).data.forEach((value, i, all) => all[i] = Math.abs(value));
    assertGradients(net, ["p", "g"]);
  }
});

Deno.test("TripletLoss: worked example, gradients", async () => {
  const bottoms = { a: [2, 2], p: [2, 2], n: [2, 2] };
  const values = { a: [0, 0, 0, 0], p: [1, 0, 0, 0], n: [0, 1, 3, 0] };
  assertClose([await lossOf({ type: "TripletLoss", bottoms, param: { margin: 0.5 } }, values)], [0.25]);
  const far = { a: [0, 0], p: [0, 0], n: [0.5, 0] };
  const margins = ["", "triplet_loss_param { margin: 0.75 }"].map(async (more) => {
    using net = await libraryNet({
      type: "TripletLoss",
      bottoms: { a: [1, 2], p: [1, 2], n: [1, 2] },
      tops: ["loss"],
      more,
    });
    net.forward({ inputs: far });
    return net.loss;
  });
  assertClose(await Promise.all(margins), [1 - 0.25, 0.75 - 0.25]);
  using net = await libraryNet({
    type: "TripletLoss",
    bottoms: { a: [5, 3], p: [5, 3], n: [5, 3] },
    tops: ["loss"],
  });
  assertGradients(net, ["a", "p", "n"]);
});

Deno.test("CenterLoss: worked example, gradients, the paper's update of centres", async () => {
  const bottoms = { x: [3, 2], t: [3] };
  const text = { type: "CenterLoss", bottoms, tops: ["loss"] };
  using net = await libraryNet({ ...text, param: { classes: 2, update: "gradient" } });
  const [centers] = net.params.get("layer")!;
  centers!.data.set([0, 0, 1, 1]);
  net.forward({ inputs: { x: [1, 0, 0, 2, 1, 3], t: [0, 0, 1] } });
  assertClose([net.loss], [(1 + 4 + 4) / 6]);
  assertGradients(net, ["x"]);

  using paper = await libraryNet({ ...text, param: { classes: 2 }, more: "loss_weight: 0.01" });
  const [own] = paper.params.get("layer")!;
  own!.data.set([0, 0, 1, 1]);
  paper.forward({ inputs: { x: [1, 0, 0, 2, 1, 3], t: [0, 0, 1] } });
  paper.backward();
  assertClose(own!.diff, [-1 / 3, -2 / 3, 0, -1]);
  assert.equal(paper.handle.learnable[0]!.decayMult, 0);
  await assert.rejects(libraryNet(text), /Expected num_output or classes but found neither/);
});

Deno.test("CenterLoss with a margin: only what is farther from its centre counts, and how much does", async () => {
  const param = { num_output: 2, margin: 2 }, bottoms = { x: [3, 2], t: [3] };
  const make = (more: object) =>
    libraryNet({ type: "CenterLoss", bottoms, tops: ["loss", "count"], param: { ...param, ...more } });
  using net = await make({});
  const [centers] = net.params.get("layer")!;
  centers!.data.set([0, 0, 1, 1]);
  // Distances of 5 and 1 from the first centre, and of 4 from the second.
  net.forward({ inputs: { x: [3, 4, 1, 0, 1, 5], t: [0, 0, 1] } });
  assertClose([net.loss, net.blob("count").data[0]!], [(9 + 0 + 4) / 6, 3 / 5 + 0 + 2 / 4]);
  net.backward();
  assertClose(net.blob("x").diff, [3 * 0.6 / 3, 4 * 0.6 / 3, 0, 0, 0, 2 / 3]);
  assertClose(centers!.diff, [-3 * 0.6 / 2, -4 * 0.6 / 2, 0, -2]);
  using exact = await make({ update: "gradient" });
  exact.params.get("layer")![0]!.data.set([0, 0, 1, 1]);
  exact.forward({ inputs: { x: [3, 4, 1, 0, 1, 5], t: [0, 0, 1] } });
  assertGradients(exact, ["x"]);
  await assert.rejects(make({ distance_type: "L1" }), /distance_type L2 with a margin but found L1/);
});

Deno.test("CenterLoss takes center_loss_param of a prototxt, and L1 distances", async () => {
  const lossBy = async (param: string) => {
    using net = await Net.fromText(
      `layer { name: "in" type: "Input" top: "x" top: "t" input_param { shape { dim: 3 dim: 2 } shape { dim: 3 } } }
      layer { name: "center" type: "CenterLoss" bottom: "x" bottom: "t" top: "loss"
        center_loss_param { num_output: 2 center_filler { type: "constant" value: 3 } ${param} } }`,
    );
    assert.deepEqual([...net.layer("center").blobs[0]!.data], [3, 3, 3, 3]);
    net.forward({ inputs: { x: [1, 0, 3, 5, 4, 3], t: [0, 0, 1] } });
    return net.loss;
  };
  assertClose([await lossBy("axis: 1")], [(4 + 9 + 4 + 1) / 6]);
  assertClose([await lossBy('distance_type: "L1"')], [(2 + 3 + 2 + 1) / 3]);
  await assert.rejects(lossBy("axis: 2"), /center_loss_param as CenterLossLayer takes it but found .*axis/);
});

Deno.test("ContrastiveLoss: worked example, gradients, Caffe's results, coinciding pairs", async () => {
  const bottoms = { a: [2, 2], b: [2, 2], y: [2] };
  const values = { a: [0, 0, 0, 0], b: [3, 4, 0.6, 0], y: [1, 0] };
  assertClose([await lossOf({ type: "ContrastiveLoss", bottoms }, values)], [(25 + 0.16) / 4]);
  const legacy = { type: "ContrastiveLoss", bottoms, param: { legacy_version: true } };
  assertClose([await lossOf(legacy, values)], [(25 + 0.64) / 4]);
  for (const param of [{ margin: 2 }, { legacy_version: true, margin: 3 }]) {
    using net = await libraryNet({
      type: "ContrastiveLoss",
      bottoms: { a: [4, 3], b: [4, 3], y: [4] },
      tops: ["loss"],
      param,
    });
    net.blob("y").data.set([1, 0, 0, 1]);
    assertGradients(net, ["a", "b"]);
  }
  using same = await libraryNet({ type: "ContrastiveLoss", bottoms, tops: ["loss"] });
  same.forward({ inputs: { a: [1, 1, 1, 1], b: [1, 1, 1, 1], y: [0, 0] } });
  same.backward();
  assert.ok(same.blob("a").diff.every((value) => value === 0));
});

Deno.test("ArcFaceLoss: worked example, gradients, a second top for an accuracy", async () => {
  const text = { type: "ArcFaceLoss", bottoms: { x: [1, 2], t: [1] } };
  const param = { classes: 2, scale: 4, margin: 0.3 };
  using net = await libraryNet({ ...text, tops: ["loss", "logits"], param });
  net.params.get("layer")![0]!.data.set([2, 0, 0, 5]);
  const angle = 0.7;
  net.forward({ inputs: { x: [3 * Math.cos(angle), 3 * Math.sin(angle)], t: [0] } });
  assertClose(net.blob("logits").data, [4 * Math.cos(angle), 4 * Math.sin(angle)]);
  const right = Math.exp(4 * Math.cos(angle + 0.3)), wrong = Math.exp(4 * Math.sin(angle));
  assertClose([net.loss], [-Math.log(right / (right + wrong))]);

  for (const more of [{}, { margin: 0 }, { margin: 2.5 }]) {
    using many = await libraryNet({
      type: "ArcFaceLoss",
      bottoms: { x: [4, 3], t: [4] },
      tops: ["loss"],
      param: { classes: 3, scale: 5, ...more },
    });
    many.blob("t").data.set([0, 1, 2, 1]);
    assertGradients(many, ["x"], { step: 2e-3, threshold: 2e-2 });
  }
  using zero = await libraryNet({ ...text, tops: ["loss"], param });
  zero.forward({ inputs: { x: [0, 0], t: [1] } });
  zero.backward();
  assert.ok(Number.isFinite(zero.loss));
  assert.deepEqual([...zero.blob("x").diff], [0, 0]);
  const layer = zero.layers.find(({ name }) => name === "layer")!.layer as ArcFaceLossLayer;
  assert.equal(layer.param.margin, 0.3);
});

/** −log of the sum over all paths that become the labels; tries every path. */
function everyPath(prob: readonly number[][], labels: readonly number[], blank: number): number {
  const classes = prob[0]!.length;
  let total = 0;
  for (let code = 0; code < classes ** prob.length; code++) {
    const path = prob.map((_, t) => Math.floor(code / classes ** t) % classes);
    const joined = path.filter((c, t) => c !== path[t - 1]).filter((c) => c !== blank);
    if (joined.join() === labels.join()) total += path.reduce((p, c, t) => p * prob[t]![c]!, 1);
  }
  return -Math.log(total);
}

Deno.test("CTCLoss equals the sum over every path", async () => {
  const softmax = (x: number[]) => {
    const exps = x.map(Math.exp), sum = exps.reduce((a, b) => a + b);
    return exps.map((value) => value / sum);
  };
  for (const [labels, blank] of [[[1, 2], 0], [[1, 1], 0], [[], 0], [[0, 1, 0], 2], [[2], 1]] as const) {
    using net = await libraryNet({
      type: "CTCLoss",
      bottoms: { x: [5, 1, 3], t: [1, 3] },
      tops: ["loss"],
      param: { blank },
    });
    net.blob("t").data.fill(-1).set(labels);
    const x = net.blob("x").data;
    const prob = Array.from({ length: 5 }, (_, t) => softmax([...x.subarray(3 * t, 3 * t + 3)]));
    net.forward();
    assertClose([net.loss], [everyPath(prob, labels, blank)]);
    assertGradients(net, ["x"], { step: 2e-3, threshold: 2e-3 });
  }
});

Deno.test("CTCLoss: batches of different lengths, and labels that do not fit", async () => {
  const bottoms = { x: [6, 3, 4], t: [3, 3], times: [3] };
  using net = await libraryNet({ type: "CTCLoss", bottoms, tops: ["loss"] });
  net.blob("t").data.set([1, 2, 3, 3, 3, -1, -1, -1, -1]);
  net.blob("times").data.set([6, 4, 2]);
  net.forward();
  net.backward();
  const diff = net.blob("x").diff;
  assert.ok(diff[(3 * 3 + 1) * 4] !== 0 && diff[(4 * 3 + 1) * 4] === 0, "no gradient after an item's end");
  // checkGradient needs only the loss and the gradient of x.
  assertGradients(net, ["x"], { step: 2e-3, threshold: 2e-3 });

  net.blob("times").data.set([6, 2, 2]);
  assert.throws(() => net.forward(), /item 1 to have at least 3 time steps for its symbols but found 2/);
  using lenient = await libraryNet({
    type: "CTCLoss",
    bottoms,
    tops: ["loss"],
    param: { infeasible: "zero" },
  });
  lenient.blob("t").data.fill(1);
  lenient.blob("times").data.fill(2);
  lenient.forward();
  assert.equal(lenient.loss, 0);
  lenient.blob("t").data.fill(0);
  assert.throws(() => lenient.forward(), /labels from 0 to 3 other than blank but found 0/);
});
