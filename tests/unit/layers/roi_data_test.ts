import assert from "node:assert/strict";
import { join } from "node:path";
import sharp from "sharp";
import type { RoIDataLayer, RoidbEntry } from "../../../layers/roi_data.ts";
import { Net } from "../../../net/net.ts";
import { temporaryFolder } from "../data/fixture.ts";
import { assertClose } from "./library_net.ts";

const RPN = ["data", "im_info", "gt_boxes"];
const REGIONS = ["data", "rois", "labels", "bbox_targets", "bbox_inside_weights", "bbox_outside_weights"];

/** The data layer as prototxts of py-faster-rcnn have it. */
async function dataNet(tops: readonly string[], param: string, seed = 1): Promise<Net> {
  return await Net.fromText(
    `layer { name: "input-data" type: "Python" ${tops.map((top) => `top: "${top}"`).join(" ")}
      python_param { module: "roi_data_layer.layer" layer: "RoIDataLayer" param_str: ${
      JSON.stringify(param)
    } } }`,
    { phase: "TRAIN", seed },
  );
}

const layerOf = (net: Net) => net.layer("input-data").layer as RoIDataLayer;
const valuesOf = (net: Net, name: string) => [...net.blob(name).data];

/** Two images: 4 × 2 pixels, its left half white; and 3 × 6, all of blue 50, green 60, red 70. */
async function pictures(folder: string): Promise<{ wide: string; tall: string }> {
  const [wide, tall] = [join(folder, "wide.png"), join(folder, "tall.png")];
  const halves = Uint8Array.from({ length: 24 }, (_, i) => i % 12 < 6 ? 255 : 0);
  const plain = Uint8Array.from({ length: 54 }, (_, i) => [70, 60, 50][i % 3]!);
  await sharp(halves, { raw: { width: 4, height: 2, channels: 3 } }).png().toFile(wide);
  await sharp(plain, { raw: { width: 3, height: 6, channels: 3 } }).png().toFile(tall);
  return { wide, tall };
}

Deno.test("RoIDataLayer gives Faster R-CNN an image, its size, and its objects, scaled, in the order of an epoch", async () => {
  using folder = temporaryFolder();
  const { wide, tall } = await pictures(folder.path);
  using net = await dataNet(RPN, "'num_classes': 4\n'scales': [6]\n'max_size': 10\n'pixel_means': [1, 2, 3]");
  assert.deepEqual(net.blob("data").shape, [1, 3, 6, 10]);
  const roidb: RoidbEntry[] = [
    { image: wide, boxes: [[0, 0, 1, 1], [2, 0, 3, 1], [0, 0, 3, 1]], gt_classes: [1, 0, 3], flipped: true },
    { image: tall, boxes: [[1, 2, 2, 5]], gt_classes: [2] },
  ];
  layerOf(net).setRoidb(roidb);
  for (let epoch = 0, seen = 0; epoch < 3; epoch++, seen = 0) {
    for (let i = 0; i < 2; i++) {
      net.forward();
      const { data, shape } = net.blob("data"), [, , height = 0, width = 0] = shape;
      const plane = height * width;
      if (net.blob("gt_boxes").shape[0] === 2) {
        // To 10 pixels at most: 4 · 2.5. The image is mirrored, so its right half is white.
        assert.deepEqual([height, width, ...valuesOf(net, "im_info")], [5, 10, 5, 10, 2.5]);
        assertClose(net.blob("gt_boxes").data, [0, 0, 2.5, 2.5, 1, 0, 0, 7.5, 2.5, 3]);
        assert.deepEqual([data[0], data[9], data[plane + 9], data[2 * plane + 9]], [-1, 254, 253, 252]);
        seen |= 1;
      } else {
        assert.deepEqual([height, width], [10, 5]);
        const scale = Math.fround(10 / 6);
        assertClose(valuesOf(net, "im_info"), [10, 5, scale]);
        assertClose(net.blob("gt_boxes").data, [scale, 2 * scale, 2 * scale, 5 * scale, 2]);
        for (let c = 0; c < 3; c++) {
          assertClose(
            data.subarray(c * plane, (c + 1) * plane),
            new Array<number>(plane).fill([49, 58, 67][c]!),
          );
        }
        seen |= 2;
      }
    }
    assert.equal(seen, 3, "both images in each epoch");
  }
});

/** An object, two regions near it, three that are background, and one that overlaps it too little. */
const BOXES = [
  [10, 10, 29, 29],
  [10, 10, 29, 25],
  [12, 10, 31, 29],
  [20, 10, 39, 29],
  [10, 20, 29, 39],
  [0, 10, 19, 29],
  [60, 60, 70, 70],
];

Deno.test("RoIDataLayer gives Fast R-CNN regions of several images, their labels and targets", async () => {
  using folder = temporaryFolder();
  const { wide, tall } = await pictures(folder.path);
  const param = "'num_classes': 3\n'scales': [12]\n'max_size': 100\n'batch_size': 10\n'fg_fraction': 0.4\n" +
    "'means': [0, 0, 0.5, 0]\n'stds': [0.1, 0.1, 0.2, 0.2]\n'inside_weights': [1, 2, 0, 1]";
  using net = await dataNet(REGIONS, param);
  const entry = (image: string, label: number) => ({
    image,
    boxes: BOXES,
    gt_classes: [label, 0, 0, 0, 0, 0, 0],
  });
  layerOf(net).setRoidb([entry(wide, 1), entry(tall, 2)]);
  net.forward();
  // 12 × 24 and 24 × 12 pixels in a batch, with zeros around them.
  assert.deepEqual(net.blob("data").shape, [2, 3, 24, 24]);
  const [rois, labels] = [valuesOf(net, "rois"), valuesOf(net, "labels")];
  // Of each image two of three with an object, and all three of the background.
  assert.deepEqual(net.blob("rois").shape, [10, 5]);
  assert.deepEqual(net.blob("bbox_targets").shape, [10, 12]);
  const items = Array.from({ length: 10 }, (_, r) => rois[5 * r]!);
  assert.deepEqual(items, [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
  const label = labels[0]!;
  assert.deepEqual(labels, [label, label, 0, 0, 0, 3 - label, 3 - label, 0, 0, 0]);
  for (let r = 0; r < 10; r++) {
    // The scale is 6 for the wide image, which has the label 1, and 4 for the other.
    const scale = (r < 5 ? label : 3 - label) === 1 ? 6 : 4;
    const found = rois.slice(5 * r + 1, 5 * r + 5).map((value) => value / scale);
    const region = BOXES.findIndex((box) => box.every((value, k) => Math.abs(value - found[k]!) < 1e-4));
    assert.ok(labels[r]! > 0 ? region >= 0 && region < 3 : region >= 3 && region < 6, `${found}`);
    const row = (name: string) => valuesOf(net, name).slice(12 * r, 12 * r + 12);
    const [targets, inside, outside] = REGIONS.slice(3).map(row) as [number[], number[], number[]];
    const wanted = new Array<number>(12).fill(0), weights = [...wanted], counts = [...wanted];
    if (labels[r]! > 0) {
      const raw = [[0, 0, 0, 0], [0, 2 / 16, 0, Math.log(20 / 16)], [-2 / 20, 0, 0, 0]][region]!;
      const at = 4 * labels[r]!;
      wanted.splice(at, 4, raw[0]! / 0.1, raw[1]! / 0.1, (raw[2]! - 0.5) / 0.2, raw[3]! / 0.2);
      weights.splice(at, 4, 1, 2, 0, 1);
      counts.splice(at, 4, 1, 1, 0, 1);
    }
    assertClose(targets, wanted);
    assert.deepEqual([inside, outside], [weights, counts]);
  }
});

Deno.test("RoIDataLayer: the order and the regions follow from the seed, and go on from a saved position", async () => {
  using folder = temporaryFolder();
  const { wide, tall } = await pictures(folder.path);
  const param = "'num_classes': 3\n'scales': [4, 6, 8]\n'max_size': 50\n'batch_size': 4\n'ims_per_batch': 1";
  const roidb = Array.from({ length: 5 }, (_, i) => ({
    image: i % 2 === 0 ? wide : tall,
    boxes: BOXES.map((box) => box.map((value) => value + i)),
    gt_classes: [1 + i % 2, 0, 0, 0, 0, 0, 0],
  }));
  const open = async (seed: number) => {
    const net = await dataNet(REGIONS, param, seed);
    layerOf(net).setRoidb(roidb);
    return net;
  };
  const batch = (net: Net) => {
    net.forward();
    return REGIONS.map((name) => valuesOf(net, name));
  };
  using net = await open(1);
  using again = await open(1);
  using other = await open(2);
  const first = Array.from({ length: 7 }, () => batch(net));
  assert.deepEqual(Array.from({ length: 7 }, () => batch(again)), first);
  assert.notDeepEqual(Array.from({ length: 7 }, () => batch(other)), first);
  layerOf(other).restoreState(layerOf(net).saveState());
  const next = [batch(net), batch(net), batch(net)];
  assert.deepEqual([batch(other), batch(other), batch(other)], next);
  // A script may restore first.
  using early = await dataNet(REGIONS, param, 3);
  layerOf(early).restoreState(layerOf(again).saveState());
  layerOf(early).setRoidb(roidb);
  assert.deepEqual([batch(early), batch(early), batch(early)], next);
});

Deno.test("RoIDataLayer says what is missing: a roidb, boxes, classes, an image, tops", async () => {
  using folder = temporaryFolder();
  const { wide } = await pictures(folder.path);
  using net = await dataNet(RPN, "'num_classes': 3");
  assert.throws(() => net.forward(), /Expected a roidb but found none: call setRoidb of this layer/);
  const layer = layerOf(net), entry = { image: wide, boxes: [[0, 0, 1, 1]], gt_classes: [1] };
  const refuses = (roidb: readonly RoidbEntry[], message: RegExp) =>
    assert.throws(() => layer.setRoidb(roidb), message);
  refuses([{ ...entry, boxes: [[0, 0, 1]] }], /found, at 0\.boxes\.0: /);
  refuses([{ ...entry, gt_classes: [1, 2] }], /as many boxes as gt_classes but found 1 and 2, for image 0/);
  refuses([{ ...entry, gt_classes: [3] }], /gt_classes below num_classes, 3, but found 3, for image 0/);
  refuses([{ ...entry, gt_classes: [0] }], /a box with a class above 0 but found none, for image 0/);
  refuses(
    [{ ...entry, boxes: [[3, 0, 1, 1]] }],
    /0 ≤ x1 ≤ x2 and 0 ≤ y1 ≤ y2 but found \[3, 0, 1, 1\], for image 0/,
  );
  refuses([{ ...entry, flippd: true } as RoidbEntry], /found, at 0: .*flippd/);
  refuses({} as RoidbEntry[], /found, in the whole: /);
  refuses([], /Expected a roidb of 1 or more images but found 0/);
  layer.setRoidb([{ ...entry, image: `${wide}.not` }]);
  assert.throws(
    () => net.forward(),
    /image 0 of the roidb: .*wide\.png\.not: Expected an image but found no such file/,
  );

  await assert.rejects(dataNet(REGIONS.slice(0, 4), "'num_classes': 3"), /Expected 3 or 6 tops but found 4/);
  await assert.rejects(
    dataNet(RPN, "'num_classes': 3\n'ims_per_batch': 2"),
    /ims_per_batch to be 1 with has_rpn but found 2/,
  );
  await assert.rejects(
    dataNet(REGIONS, "'num_classes': 3\n'batch_size': 5"),
    /that 2 images can share but found 5/,
  );
  using far = await dataNet(REGIONS.slice(0, 3), "'num_classes': 3\n'ims_per_batch': 1\n'fg_thresh': 1.5");
  layerOf(far).setRoidb([entry]);
  assert.throws(() => far.forward(), /Expected regions to learn in '.*wide\.png' but found none/);
});

Deno.test("RoIDataLayer reads a roidb from a JSON file, with images beside the prototxt", async () => {
  using folder = temporaryFolder();
  await pictures(folder.path);
  Deno.writeTextFileSync(
    join(folder.path, "roidb.json"),
    '[{"image": "wide.png", "boxes": [[0, 0, 1, 1]], "gt_classes": [1]}]',
  );
  Deno.writeTextFileSync(
    join(folder.path, "net.prototxt"),
    `layer { name: "input-data" type: "Python" ${RPN.map((top) => `top: "${top}"`).join(" ")} python_param {
      module: "roi_data_layer.layer" layer: "RoIDataLayer" param_str: "'num_classes': 2\\n'source': 'roidb.json'" } }`,
  );
  using net = await Net.fromFile(join(folder.path, "net.prototxt"), { phase: "TRAIN", seed: 1 });
  net.forward();
  assertClose(valuesOf(net, "gt_boxes"), [0, 0, 250, 250, 1]);
  assert.deepEqual(net.blob("data").shape, [1, 3, 500, 1000]);
  for (
    const [json, message] of [
      ['[{"image": "wide.png"', /roidb\.json: .*Expected JSON but found: /],
      ['{"image": "wide.png"}', /roidb\.json: .*Expected a roidb, a list of images/],
    ] as const
  ) {
    Deno.writeTextFileSync(join(folder.path, "roidb.json"), json);
    await assert.rejects(Net.fromFile(join(folder.path, "net.prototxt"), { phase: "TRAIN" }), message);
  }
});
