// Worked examples of YOLO's detections.
import assert from "node:assert/strict";
import type { Net } from "../../../net/net.ts";
import { assertClose, libraryNet } from "./library_net.ts";

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** Sets the channels of one box in a feature map of area 2 × 3, at a cell, for B boxes of `size` channels. */
function setBox(
  net: Net,
  blob: string,
  at: { item?: number; box: number; cell: number },
  values: number[],
): void {
  const { data, shape } = net.blob(blob), area = shape[2]! * shape[3]!;
  const first = ((at.item ?? 0) * shape[1]! + at.box * values.length) * area + at.cell;
  for (const [k, value] of values.entries()) data[first + k * area] = value;
}

/** The top's rows. */
function rows(net: Net): number[][] {
  const { data, shape } = net.blob("top");
  assert.deepEqual([shape[0], shape[1], shape[3]], [1, 1, 7]);
  return Array.from({ length: shape[2]! }, (_, r) => [...data.subarray(7 * r, 7 * r + 7)]);
}

/** Corners of a box given by its centre and size. */
const corners = (x: number, y: number, w: number, h: number) => [x - w / 2, y - h / 2, x + w / 2, y + h / 2];

const V3 = {
  num_classes: 2,
  num_box: 2,
  biases: [8, 12, 20, 16, 30, 40, 60, 50],
  anchors_scale: [32, 16],
  mask: [2, 3, 0, 1],
  confidence_threshold: 0.3,
};

async function v3Net(param: object = {}, items = 1, channels = 14): Promise<Net> {
  const net = await libraryNet({
    type: "Yolov3DetectionOutput",
    bottoms: { a: [items, channels, 2, 3], b: [items, channels, 4, 6] },
    param: { ...V3, ...param },
  });
  for (const blob of ["a", "b"]) net.blob(blob).data.fill(-20);
  return net;
}

Deno.test("Yolov3DetectionOutput: boxes of both maps, their anchors by mask, the best first", async () => {
  using net = await v3Net();
  setBox(net, "a", { box: 1, cell: 4 }, [0.5, -1, 0.2, -0.3, 2, 1, -3]);
  setBox(net, "b", { box: 0, cell: 1 }, [0, 0, 0, 0.1, 3, -4, 2]);
  net.forward();
  const first = corners(1.5 / 6, 0.5 / 4, 8 / 96, Math.exp(0.1) * 12 / 64);
  const second = corners(
    (1 + sigmoid(0.5)) / 3,
    (1 + sigmoid(-1)) / 2,
    Math.exp(0.2) * 60 / 96,
    Math.exp(-0.3) * 50 / 64,
  );
  const found = rows(net);
  assert.equal(found.length, 2);
  assertClose(found[0]!, [0, 2, sigmoid(3) * sigmoid(2), ...first]);
  assertClose(found[1]!, [0, 1, sigmoid(2) * sigmoid(1), ...second]);
});

Deno.test("Yolov3DetectionOutput: an overlap of any class is suppressed, but not between items", async () => {
  using net = await v3Net({}, 2);
  // One box with two classes, then the same box in the second item.
  setBox(net, "a", { box: 0, cell: 0 }, [0, 0, 0, 0, 5, 2, 1]);
  setBox(net, "a", { item: 1, box: 0, cell: 0 }, [0, 0, 0, 0, 5, 0, 1]);
  net.forward();
  const box = corners(0.5 / 3, 0.5 / 2, 30 / 96, 40 / 64), found = rows(net);
  assert.equal(found.length, 2);
  assertClose(found[0]!, [0, 1, sigmoid(5) * sigmoid(2), ...box]);
  assertClose(found[1]!, [1, 2, sigmoid(5) * sigmoid(1), ...box]);
  net.blob("a").data.fill(-20);
  net.forward();
  assert.deepEqual(rows(net), [[0, -1, -1, -1, -1, -1, -1], [1, -1, -1, -1, -1, -1, -1]]);
});

Deno.test("Yolov3DetectionOutput: gaussian_box lowers the confidence of uncertain boxes", async () => {
  using net = await v3Net({ gaussian_box: true }, 1, 22);
  setBox(net, "a", { box: 0, cell: 0 }, [0, -1, 0, 1, 0.3, -2, 0, 0, 5, 2, -9]);
  net.forward();
  const certain = 1 - (sigmoid(-1) + sigmoid(1) + sigmoid(-2) + sigmoid(0)) / 4;
  assertClose(rows(net).flat(), [
    ...[0, 1, sigmoid(5) * certain * sigmoid(2)],
    ...corners(0.5 / 3, 0.5 / 2, Math.exp(0.3) * 30 / 96, 40 / 64),
  ]);
});

Deno.test("Yolov3DetectionOutput refuses parameters that contradict its bottoms", async () => {
  await assert.rejects(v3Net({ mask_group_num: 3 }), /Expected mask_group_num, 3, bottoms but found 2/);
  await assert.rejects(
    v3Net({ mask: [0, 1] }),
    /Expected 2 numbers in mask for each of 2 bottoms but found 2/,
  );
  await assert.rejects(v3Net({ mask: [0, 1, 2, 4] }), /biases in pairs, at least 5 for mask, but found 8/);
  await assert.rejects(v3Net({ anchors_scale: [32] }), /anchors_scale for each of 2 bottoms but found 1/);
  await assert.rejects(v3Net({ num_classes: 3 }), /\(1, 16, H, W\) for 2 boxes of 3 classes/);
});

Deno.test("YoloDetectionOutput: the softmax's best class of each box, over one or two maps", async () => {
  const param = { num_classes: 2, num_box: 2, biases: [1, 1.5, 0.7, 0.4], confidence_threshold: 0.3 };
  using net = await libraryNet({
    type: "YoloDetectionOutput",
    bottoms: { a: [1, 14, 2, 3], b: [1, 14, 4, 4] },
    param,
  });
  for (const blob of ["a", "b"]) net.blob(blob).data.fill(-20);
  setBox(net, "a", { box: 1, cell: 5 }, [0.5, -1, 0.2, -0.3, 2, 1, 3]);
  setBox(net, "b", { box: 0, cell: 0 }, [0, 0, 0, 0, 4, 2, -1]);
  net.forward();
  const found = rows(net);
  assert.equal(found.length, 2);
  assertClose(found[0]!, [0, 1, sigmoid(4) * sigmoid(3), ...corners(0.5 / 4, 0.5 / 4, 1 / 4, 1.5 / 4)]);
  const box = corners(
    (2 + sigmoid(0.5)) / 3,
    (1 + sigmoid(-1)) / 2,
    Math.exp(0.2) * 0.7 / 3,
    Math.exp(-0.3) * 0.4 / 2,
  );
  assertClose(found[1]!, [0, 2, sigmoid(2) * sigmoid(2), ...box]);
  await assert.rejects(
    libraryNet({
      type: "YoloDetectionOutput",
      bottoms: { a: [1, 14, 2, 2] },
      param: { ...param, biases: [1, 2] },
    }),
    /two biases for each of 2 boxes but found 2/,
  );
});

Deno.test("Yolov3: deltas of empty boxes, of responsible ones, and of a box with two objects", async () => {
  const more = "propagate_down: true propagate_down: false";
  const make = (rows: number[], param: object = {}) =>
    libraryNet({
      type: "Yolov3",
      bottoms: { x: [1, 14, 1, 2], t: [1, rows.length] },
      tops: ["loss"],
      param: {
        num_class: 2,
        num: 2,
        biases: [8, 12, 20, 16, 60, 40],
        mask: [1, 2],
        coord_scale: 3,
        thresh: 0.9,
        ...param,
      },
      more,
    });
  const deltas = async (rows: number[], param: object = {}) => {
    using net = await make(rows, param);
    const x = net.blob("x").data.fill(-1);
    net.forward({ inputs: { t: rows } });
    net.backward();
    const diff = [...net.blob("x").diff];
    assertClose([net.loss], [diff.reduce((sum, value) => sum + value ** 2, 0)]);
    assert.equal(x.length, 28);
    return diff;
  };
  const p = sigmoid(-1), none = [0, 0, 0, 0, 0, 0, 0, 0, p, p, 0, 0, 0, 0];
  assertClose(await deltas([0, 0, 0, 0, 0]), [...none, ...none]);

  // An object of 20 × 16 pixels in the second cell: anchor 1, the first box.
  const object = [1, 0.75, 0.25, 20 / 64, 16 / 32], scale = 3 * (2 - 20 * 16 / 64 / 32);
  const column = [
    ...[scale * (p - 0.5), scale * (p - 0.25), -scale, -scale, p - 1],
    ...[p - 0.05, p - 0.95],
  ];
  const first = none.map((value, i) => i % 2 === 1 ? column[(i - 1) / 2]! : value);
  assertClose(await deltas([...object, 0, 0, 0, 0, 0]), [...first, ...none]);
  // A second one in the same place, of the other class: only its own class changes.
  const other = [0, ...object.slice(1)];
  const both = first.with(11, p - 0.95).with(13, p - 0.95);
  assertClose(await deltas([...object, ...other]), [...both, ...none]);
  // The other box is responsible as well when less overlap suffices: anchor 2 covers the object.
  const second = [
    ...[
      scale * (p - 0.5),
      scale * (p - 0.25),
      scale * (-1 - Math.log(20 / 60)),
      scale * (-1 - Math.log(16 / 40)),
    ],
    ...[p - 1, p - 0.05, p - 0.95],
  ];
  assertClose(await deltas(object, { iou_thresh: 0.1 }), [
    ...first,
    ...none.map((value, i) => i % 2 === 1 ? second[(i - 1) / 2]! : value),
  ]);
  // A box that overlaps the object by more than the threshold need not be empty.
  assertClose(await deltas(object, { thresh: 0.2 }), [...first, ...none.with(9, 0)]);
  await assert.rejects(deltas([2, 0.5, 0.5, 0.1, 0.1]), /Expected classes from 0 to 1 but found 2/);
  await assert.rejects(deltas(object, { iou_loss: "GIOU" }), /iou_loss/);
  await assert.rejects(deltas(object, { mask: [1] }), /Expected 2 anchors in mask but found 1/);
});

Deno.test("RegionLoss: deltas of empty boxes and of the one that an object has", async () => {
  const deltas = async (rows: number[], param: object = {}) => {
    using net = await libraryNet({
      type: "RegionLoss",
      bottoms: { x: [1, 14, 1, 2], t: [1, rows.length] },
      tops: ["loss"],
      param: { num_class: 2, num: 2, biases: [0.5, 0.5, 1, 0.4], coord_scale: 3, thresh: 0.99, ...param },
      more: "propagate_down: true propagate_down: false",
    });
    net.blob("x").data.fill(-1);
    net.forward({ inputs: { t: rows } });
    net.backward();
    const diff = [...net.blob("x").diff];
    assertClose([net.loss], [diff.reduce((sum, value) => sum + value ** 2, 0)]);
    return diff;
  };
  const p = sigmoid(-1), slope = p * (1 - p), empty = 0.5 * p * slope;
  const none = [0, 0, 0, 0, 0, 0, 0, 0, empty, empty, 0, 0, 0, 0];
  assertClose(await deltas([0, 0, 0, 0, 0]), [...none, ...none]);

  // An object of 0.8 × 0.4 cells at (0.5, 0.25) of the second cell: the second anchor.
  const object = [1, 0.75, 0.25, 0.4, 0.4];
  const column = (scale: number, confidence: number) => [
    ...[scale * (p - 0.5) * slope, scale * (p - 0.25) * slope],
    ...[scale * (-1 - Math.log(0.8)), scale * (-1 - Math.log(1)), (p - confidence) * slope, 0.5, -0.5],
  ];
  const second = (values: number[]) => none.map((value, i) => i % 2 === 1 ? values[(i - 1) / 2]! : value);
  const plain = await deltas(object, { rescore: 0 });
  assertClose(plain, [...none, ...second(column(3 * (2 - 0.4 * 0.4), 1))]);
  const side = Math.exp(-1), [w, h] = [side / 2, side * 0.4], x = (1 + p) / 2;
  const wide = Math.min(x + w / 2, 0.95) - Math.max(x - w / 2, 0.55),
    high = Math.min(p + h / 2, 0.45) - (p - h / 2);
  const inside = wide * high, overlap = inside / (w * h + 0.16 - inside);
  assertClose(await deltas(object), [...none, ...second(column(3, overlap))]);
});
