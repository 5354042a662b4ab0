// Worked examples of YOLO's losses over a grid of objects, and ICNet's pyramid pooling against the layers that it is made of.
import assert from "node:assert/strict";
import { Net } from "../../../net/net.ts";
import { Solver } from "../../../train/solver.ts";
import { temporaryFolder } from "../data/fixture.ts";
import { assertClose, assertGradients, libraryNet, patternless } from "./library_net.ts";

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** The labels of one item of 2 × 2 cells with one object, [class, x, y, width, height], in a cell. */
function labels(cell: number, [label, ...box]: number[]): number[] {
  const values = new Array<number>(28).fill(0);
  values[4 + cell] = 1;
  values[8 + cell] = label!;
  return values.toSpliced(12 + 4 * cell, 4, ...box);
}
const NONE = new Array<number>(28).fill(0);

interface Answer {
  loss: number;
  /** δ of channel k in a cell of the last item. */
  delta: (k: number, cell: number) => number;
}

/** What a loss says of maps (N, 2 (5 + 2), 2, 2) that are −1 everywhere, times the number of items. */
async function answer(
  type: string,
  param: object,
  items: readonly number[][],
  warm = 0,
): Promise<Answer> {
  using net = await libraryNet({
    type,
    bottoms: { x: [items.length, 14, 2, 2], t: [items.length, 28] },
    tops: ["loss"],
    param: { num_classes: 2, num_object: 2, side: 2, ...param },
    more: "propagate_down: true propagate_down: false",
  });
  const x = net.blob("x").data.fill(-1);
  net.blob("t").data.set(items.flat());
  for (let i = 0; i <= warm; i++) net.forward();
  net.backward();
  assert.ok(x.every((value) => value === -1));
  const diff = net.blob("x").diff.slice();
  return {
    loss: net.loss,
    delta: (k, cell) => diff[(items.length - 1) * 56 + 4 * k + cell]! * items.length,
  };
}

const p = sigmoid(-1), slope = p * (1 - p);
/** In cell 1 at (0.5, 0.25) of it, with 0.8 × 0.4 cells. */
const OBJECT = [1, 0.75, 0.125, 0.4, 0.2];
const V2 = {
  anchors: [0.5, 1.5, 1, 0.4],
  box_scale: 3,
  class_scale: 0.7,
  object_scale: 4,
  noobject_scale: 0.2,
};
/** The same anchors in pixels of an image of 64 × 64, and one more. */
const V3 = { anchors: [60, 60, 16, 48, 32, 12.8], mask: [1, 2], total_object: 3, net_w: 64, net_h: 64 };

/** The predicted box of the second anchor in cell 1, and how much it overlaps the object. */
function overlap(): number {
  const side = Math.exp(-1), [w, h] = [side * 0.5, side * 0.2], x = (1 + p) / 2, y = p / 2;
  const wide = Math.min(x + w / 2, 0.95) - Math.max(x - w / 2, 0.55);
  const high = Math.min(y + h / 2, 0.225) - Math.max(y - h / 2, 0.025);
  return wide * high / (w * h + 0.08 - wide * high);
}

Deno.test("YoloV3Loss: empty boxes, and the box of an object", async () => {
  const none = await answer("YoloV3Loss", V3, [NONE]);
  assertClose([none.loss], [p * p]);
  for (let k = 0; k < 14; k++) assertClose([none.delta(k, 2)], [k % 7 === 4 ? p * slope : 0]);

  const s = 2 - 0.4 * 0.2, [u, v, a, b] = [p - 0.5, p - 0.25, -1 - Math.log(0.8), -1 - Math.log(1)];
  const one = await answer("YoloV3Loss", V3, [NONE, labels(1, OBJECT)]);
  const second = [s * u * slope, s * v * slope, s * a, s * b, (p - 1) * slope, p, p - 1];
  for (const [k, expected] of second.entries()) assertClose([one.delta(7 + k, 1)], [expected]);
  assertClose([one.delta(4, 1)], [p * slope]);
  const found = s * (u * u + v * v + a * a + b * b) + (p - 1) ** 2 + p * p + (p - 1) ** 2;
  assertClose([one.loss], [found + 16 * p * p / 15]);
});

Deno.test("YoloV3Loss: overlaps beyond both thresholds, objects of other maps, two objects in one cell", async () => {
  const ignored = await answer("YoloV3Loss", { ...V3, ignore_thresh: 0.05 }, [labels(1, OBJECT)]);
  // The other box of its cell covers a fifth of the object, and that of another cell nothing.
  assertClose([ignored.delta(4, 1), ignored.delta(4, 2)], [0, p * slope]);
  // The object's shape is nearest to the anchor 0, which this map has not: its cell's boxes stay empty.
  const large = [1, 0.75, 0.125, 0.9, 0.9];
  const other = await answer("YoloV3Loss", V3, [labels(1, large)]);
  assertClose([other.loss, other.delta(11, 1), other.delta(13, 1)], [8 * p * p / 8, p * slope, 0]);
  // Every overlap is enough to have the object.
  const has = await answer("YoloV3Loss", { ...V3, truth_thresh: 0.01 }, [labels(1, OBJECT)]);
  assertClose([has.delta(11, 1), has.delta(12, 1), has.delta(13, 1)], [(p - 1) * slope, p, p - 1]);
  const twice = labels(1, OBJECT).with(4, 1).with(8, 0).toSpliced(12, 4, ...OBJECT.slice(1));
  const both = await answer("YoloV3Loss", V3, [twice]);
  assertClose([both.delta(12, 1), both.delta(13, 1)], [p, p - 1]);
});

Deno.test("YoloV2Loss: empty boxes, and the box of an object, with its overlap or 1 as the confidence", async () => {
  for (const rescore of [true, false]) {
    // 6400 forwards of two items end the first part of the training.
    const one = await answer("YoloV2Loss", { ...V2, rescore }, [NONE, labels(1, OBJECT)], 6400);
    const s = 3 * (2 - 0.4 * 0.2), [u, v, a, b] = [p - 0.5, p - 0.25, -1 - Math.log(0.8), -1 - Math.log(1)];
    const t = rescore ? overlap() : 1;
    const second = [s * u * slope, s * v * slope, s * a, s * b, 4 * (p - t) * slope, 0.7 * 0.5, -0.7 * 0.5];
    for (const [k, expected] of second.entries()) assertClose([one.delta(7 + k, 1)], [expected]);
    for (let k = 0; k < 7; k++) assertClose([one.delta(k, 3)], [k === 4 ? 0.2 * p * slope : 0]);
    const found = s * (u * u + v * v + a * a + b * b) + 4 * (p - t) ** 2 + 0.7 * (0.25 + 0.25);
    assertClose([one.loss], [found + 16 * 0.2 * p * p / 15]);
  }
});

Deno.test("YoloV2Loss: boxes are drawn to their anchors at first; one that overlaps an object need not be empty", async () => {
  const first = await answer("YoloV2Loss", V2, [labels(1, OBJECT)]);
  const drawn = [(p - 0.5) * slope, (p - 0.5) * slope, -1, -1].map((value) => 0.01 * value);
  for (const [k, expected] of drawn.entries()) {
    for (const cell of [0, 2, 3]) {
      assertClose([first.delta(k, cell), first.delta(7 + k, cell)], [expected, expected]);
    }
  }
  const s = 3 * (2 - 0.4 * 0.2);
  assertClose([first.delta(7, 1)], [s * (p - 0.5) * slope]);
  const seen = await answer("YoloV2Loss", { ...V2, thresh: 0.05 }, [labels(1, OBJECT)]);
  assertClose([seen.delta(4, 1), seen.delta(4, 2)], [0, 0.2 * p * slope]);
});

Deno.test("YoloV2Loss and YoloV3Loss refuse parameters and labels that contradict each other", async () => {
  await assert.rejects(
    answer("YoloV2Loss", { ...V2, anchors: [1, 2] }, [NONE]),
    /two anchors for each of 2 boxes but found 2/,
  );
  await assert.rejects(
    answer("YoloV3Loss", { ...V3, mask: [1] }, [NONE]),
    /Expected 2 anchors in mask but found 1/,
  );
  await assert.rejects(
    answer("YoloV3Loss", { ...V3, total_object: 2 }, [NONE]),
    /total_object 2, and at least 3/,
  );
  await assert.rejects(answer("YoloV3Loss", { ...V3, side: 3 }, [NONE]), /\(N, 14, 3, 3\)/);
  await assert.rejects(
    answer("YoloV3Loss", V3, [labels(0, [2, 0.1, 0.1, 0.1, 0.1])]),
    /classes from 0 to 1 but found 2/,
  );
  await assert.rejects(
    answer("YoloV2Loss", V2, [labels(0, [0, 1.1, 0.1, 0.1, 0.1])]),
    /object inside the image/,
  );
});

Deno.test("YoloV2Loss goes on with the items that it has seen after a snapshot", async () => {
  using folder = temporaryFolder();
  const make = () =>
    Solver.fromText(`net_param { force_backward: true
      layer { name: "in" type: "Input" top: "x" top: "t" input_param {
        shape { dim: 6400 dim: 14 dim: 1 dim: 1 } shape { dim: 6400 dim: 7 } } }
      layer { name: "s" type: "Scale" bottom: "x" top: "s" scale_param { filler { value: 1 } } }
      layer { name: "loss" type: "YoloV2Loss" bottom: "s" bottom: "t" top: "loss"
        yolo_v2_loss_param { side: 1 num_classes: 2 num_object: 2 anchors: 1 anchors: 1 anchors: 1 anchors: 1 } } }
      base_lr: 1e-9 lr_policy: "fixed" max_iter: 9 snapshot_prefix: "${folder.path}/net"`);
  const drawn = (solver: Solver) => {
    solver.step();
    return solver.net.blob("s").diff[2]! !== 0 || solver.net.blob("s").diff[3]! !== 0;
  };
  using solver = await make();
  solver.net.blob("x").data.fill(1);
  assert.equal(drawn(solver), true);
  const { state } = solver.snapshot();
  using resumed = await make();
  await resumed.restore(state);
  resumed.net.blob("x").data.fill(1);
  assert.deepEqual([drawn(resumed), drawn(resumed)], [true, false]);
});

/** ICNet's branches: windows and their steps, of rows and columns. */
const BRANCHES = [[33, 65, 33, 65], [17, 33, 16, 32], [13, 25, 10, 20], [8, 15, 5, 10]];

Deno.test("ICNetSubgraph is the sum of its bottom and four poolings, resized", async () => {
  const shape = [2, 2, 33, 65], values = patternless(2 * 2 * 33 * 65);
  const branches = BRANCHES.map(([high, wide, down, across], i) =>
    `layer { name: "p${i}" type: "Pooling" bottom: "x" top: "p${i}" pooling_param { pool: AVE
      kernel_h: ${high} kernel_w: ${wide} stride_h: ${down} stride_w: ${across} } }
    layer { name: "r${i}" type: "Interp" bottom: "p${i}" top: "r${i}" interp_param { height: 33 width: 65 } }`
  );
  const net = `force_backward: true layer { name: "in" type: "Input" top: "x" input_param {
      shape { ${shape.map((size) => `dim: ${size}`).join(" ")} } } } ${branches.join("\n")}
    layer { name: "sum" type: "Eltwise" bottom: "x" ${
    BRANCHES.map((_, i) => `bottom: "r${i}"`).join(" ")
  } top: "y" }
    layer { name: "own" type: "ICNetSubgraph" bottom: "x" top: "top" }`;
  using whole = await Net.fromText(net, { phase: "TEST" });
  whole.forward({ inputs: { x: values } });
  assertClose(whole.blob("top").data, whole.blob("y").data);
  using small = await libraryNet({ type: "ICNetSubgraph", bottoms: { x: [1, 2, 9, 11] }, loss: true });
  assertGradients(small, ["x"]);
  await assert.rejects(
    libraryNet({ type: "ICNetSubgraph", bottoms: { x: [1, 1, 3, 9] } }),
    /at least 4 × 6 positions but found \(1, 1, 3, 9\)/,
  );
});
