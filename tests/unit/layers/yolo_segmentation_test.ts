// Worked examples of MobileNet-YOLO's layers for segmentation, and of assisted excitation.
import assert from "node:assert/strict";
import { Solver } from "../../../train/solver.ts";
import { assertClose, assertGradients, libraryNet } from "./library_net.ts";

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

Deno.test("YoloSeg: pixels of a mask count by how rare its class is, over the whole batch", async () => {
  using net = await libraryNet({
    type: "YoloSeg",
    bottoms: { x: [2, 2, 1, 2], y: [2, 2, 1, 2], pixels: [2, 2] },
    tops: ["loss"],
    more: "yolo_seg_param { object_scale: 0.5 }",
  });
  const x = [0.3, -1, 2, 0.5, 0, 1, -2, -0.5], y = [1, 0, 0, 0, 0, 0, 1, 1];
  net.forward({ inputs: { x, y, pixels: [1, 0, 0, 2] } });
  net.backward();
  // One of four pixels is of the class 0, and two are of the class 1.
  const rare = 0.5 * (2 - 1 / 3), half = 0.5 * (2 - 2 / 2);
  const delta = [rare, 0.5, 0.5, 0.5, 0.5, 0.5, half, half].map((s, i) => s * (sigmoid(x[i]!) - y[i]!));
  assertClose([net.loss], [delta.reduce((sum, value) => sum + value * value, 0) / 2]);
  assertClose(net.blob("x").diff, delta.map((value) => value / 2));
  // Three of four: the weight is negative, as in the fork. All: there is no number to divide by.
  net.forward({ inputs: { x, y, pixels: [2, 2, 1, 2] } });
  net.backward();
  assertClose([net.blob("x").diff[0]!], [0.5 * (2 - 3) * (sigmoid(0.3) - 1) / 2]);
  assertClose([net.blob("x").diff[6]!], [0.5 * (sigmoid(-2) - 1) / 2]);
});

Deno.test("YoloSeg without the third bottom: s times the gradient of the cross-entropy; refuses other shapes", async () => {
  const bottoms = { x: [1, 1, 2, 2], y: [1, 1, 2, 2] };
  using net = await libraryNet({ type: "YoloSeg", bottoms, tops: ["loss"] });
  const x = [0.3, -1, 2, 0.5], y = [1, 0, 0.25, 0];
  net.forward({ inputs: { x, y } });
  net.backward();
  assertClose(net.blob("x").diff, x.map((value, i) => 5 * (sigmoid(value) - y[i]!)));
  assertClose(net.blob("y").diff, [0, 0, 0, 0]);
  await assert.rejects(
    libraryNet({ type: "YoloSeg", bottoms: { ...bottoms, y: [1, 1, 2, 3] }, tops: ["loss"] }),
    /Expected scores \(N, C, H, W\) and masks of the same shape but found \(1, 1, 2, 2\) and \(1, 1, 2, 3\)/,
  );
  await assert.rejects(
    libraryNet({ type: "YoloSeg", bottoms: { ...bottoms, p: [2] }, tops: ["loss"] }),
    /Expected the pixels of 1 × 1 masks but found \(2\)/,
  );
});

async function overlaps(
  size: readonly number[],
  masks: readonly number[],
  p: readonly number[],
  classes = 1,
): Promise<number[]> {
  using net = await libraryNet({
    type: "SegmentationEvaluate",
    bottoms: { p: [1, classes, 2, 2], y: [1, classes, ...size] },
    more: `segmentation_evaluate_param { num_classes: ${classes} threshold: 0.3 }`,
    phase: "TEST",
  });
  net.forward({ inputs: { p, y: masks } });
  assert.deepEqual(net.blob("top").shape, [1, 1, 1, classes]);
  return [...net.blob("top").data];
}

Deno.test("SegmentationEvaluate: overlaps of masks of the same size", async () => {
  const p = [0.9, 0.31, 0.3, 0.1, 0.4, 0, 0, 0, 0, 0, 0, 0];
  const y = [0.31, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  assertClose(await overlaps([2, 2], y, p, 3), [2 / 3, 0, 0]);
});

Deno.test("SegmentationEvaluate: masks of another size, to which p is resized by area as bytes", async () => {
  // Bytes 229, 51, 63 and 229 and the means between them, of which 51 and 63 are not above 76:
  // 229 140  51
  // 146 143 140
  //  63 146 229
  const p = [0.9, 0.2, 0.25, 0.9], two = [1, 1, 1, 1, 1, 1, 0, 0, 0], empty = [0, 0, 0, 0];
  // A class that no mask has is −1, and one that is not found is 0.
  const masks = [...two, ...new Array<number>(9).fill(0), ...two];
  assertClose(await overlaps([3, 3], masks, [...p, ...p, ...empty], 3), [5 / 8, -1, 0]);
});

Deno.test("AssistedExcitation: adds the mean inside of boxes to each channel and item, and passes the gradient on", async () => {
  using net = await libraryNet({
    type: "AssistedExcitation",
    bottoms: { x: [2, 2, 2, 4], t: [2, 10], m: [2, 1, 2, 4] },
    loss: true,
  });
  const x = new Float32Array(32).fill(1), m = Array.from({ length: 16 }, (_, i) => i + 1);
  // First item: columns 1.0 to 2.04 of the first row; a second object of one cell, though it has no size. The second
  // item's object reaches 0.06 into the last column.
  const t = [[0, 0.38, 0.25, 0.26, 0.4, 1, 0.9, 0.9, 0, 0], [0, 0.64, 0.75, 0.25, 0.4, 0, 0, 0.5, 1, 1]]
    .flat();
  net.forward({ inputs: { x, t, m } });
  const first = [0, 2, 0, 0, 0, 0, 0, 8], second = [0, 0, 0, 0, 0, 0, 15, 16];
  assertClose(net.blob("top").data, [first, first, second, second].flat().map((value) => 1 + value));
  assertGradients(net, ["x"]);
  net.backward();
  assert.ok(net.blob("m").diff.every((value) => value === 0));
  using test = await libraryNet({
    type: "AssistedExcitation",
    bottoms: { x: [2, 2, 2, 4], t: [2, 10], m: [2, 1, 2, 4] },
    phase: "TEST",
  });
  test.forward({ inputs: { x, t, m } });
  assert.deepEqual(test.blob("top").data, x);
});

const EXCITED = `net_param { force_backward: true
  layer { name: "in" type: "Input" top: "x" top: "t" top: "m" input_param {
    shape { dim: 1 dim: 1 dim: 1 dim: 1 } shape { dim: 1 dim: 5 } shape { dim: 1 dim: 1 dim: 1 dim: 1 } } }
  layer { name: "ae" type: "AssistedExcitation" bottom: "x" bottom: "t" bottom: "m" top: "y" }
  layer { name: "ip" type: "InnerProduct" bottom: "y" top: "ip" inner_product_param { num_output: 1 } }
  layer { name: "loss" type: "EuclideanLoss" bottom: "ip" bottom: "x" top: "loss" } }
  base_lr: 0.1 lr_policy: "fixed" max_iter: 8 iter_size: 2`;

Deno.test("AssistedExcitation fades with the solver's iterations, and goes on after a snapshot", async () => {
  const folder = Deno.makeTempDirSync();
  try {
    const alphas = async (steps: number, from?: string) => {
      using solver = await Solver.fromText(`${EXCITED} snapshot_prefix: "${folder}/net"`);
      solver.net.blob("t").data.set([0, 0.5, 0.5, 1, 1]);
      solver.net.blob("m").data[0] = 1;
      if (from !== undefined) await solver.restore(from);
      const found = Array.from({ length: steps }, () => {
        solver.step();
        return solver.net.blob("y").data[0]!;
      });
      return { found, state: (await solver.snapshot()).state };
    };
    const expected = Array.from({ length: 8 }, (_, t) => Math.max(0, Math.cos(t / 6 * Math.PI / 2)));
    assertClose((await alphas(8)).found, expected);
    const { state } = await alphas(3);
    assertClose((await alphas(5, state)).found, expected.slice(3));
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
