// Worked examples of what Synopsys' Caffe adds to SSD's layers.
import assert from "node:assert/strict";
import { assertClose, libraryNet, patternless } from "./library_net.ts";

/** The boxes of one cell of an image of 100 × 200 pixels (H × W), whose centre is (100, 50), as pixels. */
async function boxesOf(param: object, more = ""): Promise<number[][]> {
  using net = await libraryNet({
    type: "PriorBox",
    bottoms: { x: [1, 1, 1, 1], image: [1, 3, 100, 200] },
    param,
    more,
  });
  net.forward();
  const { data, shape } = net.blob("top"), count = shape[2]! / 4;
  assert.ok(data.subarray(4 * count).every((value) => value === Math.fround(0.1)));
  return Array.from({ length: count }, (_, i) => [...data.subarray(4 * i, 4 * i + 4)]);
}

/** Corners in parts of the image of a box with its centre at (100 + dx, 50 + dy). */
const box = (width: number, height: number, dx = 0, dy = 0) => [
  (100 + dx - width / 2) / 200,
  (50 + dy - height / 2) / 100,
  (100 + dx + width / 2) / 200,
  (50 + dy + height / 2) / 100,
];
const root = Math.sqrt(2);
const SIZES = { min_size: [16], max_size: [25], aspect_ratio: [2, 4] };

Deno.test("PriorBox: the orders of SSD, TensorFlow and Keras", async () => {
  const assertBoxes = async (param: object, expected: number[][]) =>
    assertClose((await boxesOf({ ...SIZES, ...param })).flat(), expected.flat());
  const small = box(16, 16), large = box(20, 20);
  const wide = box(16 * root, 16 / root), high = box(16 / root, 16 * root);
  const wider = box(32, 8), higher = box(8, 32);
  await assertBoxes({}, [small, large, wide, high, wider, higher]);
  await assertBoxes({ tf: true }, [small, wide, high, wider, higher, large]);
  await assertBoxes({ keras: true }, [large, small, wide, wider, high, higher]);
  await assertBoxes({ keras: true, flip: false }, [large, small, wide, wider]);
  await assertBoxes(
    { tf: true, yx_order: true },
    [small, wide, high, wider, higher, large].map(([x1, y1, x2, y2]) => [y1!, x1!, y2!, x2!]),
  );
});

Deno.test("PriorBox: TensorFlow's smallest square, sizes one by one, and FaceBoxes' dense squares", async () => {
  const [square, other] = await boxesOf(
    {},
    "prior_box_param { min_size: 60 aspect_ratio: 4 flip: false tf: true }",
  );
  assertClose(square!, [0.35 + 0.05, 0.2 + 0.05, 0.65 - 0.05, 0.8 - 0.05]);
  assertClose(other!, box(120, 30));
  assertClose((await boxesOf({ box_width: [10, 30.5], box_height: [20, 8] })).flat(), [
    ...box(10, 20),
    ...box(30.5, 8),
  ]);
  const faces = await boxesOf({ faceboxes: true, min_size: [32, 64, 128] });
  assert.equal(faces.length, 21);
  assertClose(faces[0]!, box(31, 31, -16, -16));
  assertClose(faces[1]!, box(31, 31, -8, -16));
  assertClose(faces[4]!, box(31, 31, -16, -8));
  assertClose(faces[16]!, box(63, 63, -16, -16));
  assertClose(faces[19]!, box(63, 63, 0, 0));
  assertClose(faces[20]!, box(127, 127));
  await assert.rejects(boxesOf({}), /Expected min_size, or box_width and box_height, but found neither/);
  await assert.rejects(
    boxesOf({ box_width: [1] }),
    /Expected as many box_height as box_width, 1, but found 0/,
  );
  await assert.rejects(boxesOf({ ...SIZES, faceboxes: true }), /faceboxes without max_size and aspect_ratio/);
});

const ITEMS = 2, CLASSES = 3;
/** Maps of 2 × 3 cells with two priors each, and of one cell with one. */
const MAPS = [{ height: 2, width: 3, ratios: 2 }, { height: 1, width: 1, ratios: 1 }];
const COUNT = 13;
const PARAM = { num_classes: CLASSES, code_type: "CENTER_SIZE", nms_param: { nms_threshold: 0.4, top_k: 9 } };

for (const shared of [true, false]) {
  const sets = shared ? 1 : CLASSES, param = { ...PARAM, share_location: shared, nbottom: 2 };
  const boxes = patternless(ITEMS * COUNT * 4 * sets, 1),
    confidences = patternless(ITEMS * COUNT * CLASSES, 2);
  const priors = patternless(8 * COUNT, 3).map((value, i) =>
    i >= 4 * COUNT ? 0.1 + 0.05 * (i % 4) : 0.4 + 0.2 * value + (i % 4 < 2 ? 0 : 0.4)
  );
  const together = async (more: Record<string, number[]> = {}) => {
    using net = await libraryNet({
      type: "DetectionOutput",
      bottoms: {
        loc: [ITEMS, COUNT * 4 * sets],
        conf: [ITEMS, COUNT * CLASSES],
        prior: [1, 2, 4 * COUNT],
        ...more,
      },
      param,
    });
    net.forward({ inputs: { loc: boxes, conf: confidences, prior: priors } });
    return [...net.blob("top").data];
  };

  Deno.test(`DetectionOutput: maps that come apart, with share_location ${shared}`, async () => {
    const expected = await together();
    assert.deepEqual(await together({ image: [1, 3, 2, 2] }), expected); // which is not used
    assert.ok(expected.length > 7 * 8);
    for (const permuted of [true, false]) {
      const shapes: Record<string, number[]> = {}, inputs: Record<string, number[]> = {};
      for (const kind of ["conf", "loc"] as const) {
        let first = 0;
        for (const [n, { height, width, ratios }] of MAPS.entries()) {
          const area = height * width, own = kind === "loc" ? 4 * sets : CLASSES;
          const all = kind === "loc" ? boxes : confidences, values: number[] = [];
          const valueAt = (item: number, cell: number, r: number, k: number) =>
            all[((item * COUNT) + first + cell * ratios + r) * own + k]!;
          const each = (size: number) => Array.from({ length: size }, (_, i) => i);
          for (const item of each(ITEMS)) {
            if (permuted) {
              for (const cell of each(area)) {
                for (const r of each(ratios)) {
                  for (const k of each(own)) values.push(valueAt(item, cell, r, k));
                }
              }
            } else if (kind === "loc") {
              for (const r of each(ratios)) {
                for (const k of each(own)) {
                  for (const cell of each(area)) values.push(valueAt(item, cell, r, k));
                }
              }
            } else {for (const k of each(own)) {
                for (const r of each(ratios)) {
                  for (const cell of each(area)) values.push(valueAt(item, cell, r, k));
                }
              }}
          }
          inputs[`${kind}${n}`] = values;
          shapes[`${kind}${n}`] = permuted
            ? [ITEMS, area * ratios * own]
            : kind === "loc"
            ? [ITEMS, own * ratios, height, width]
            : [ITEMS, own, ratios, area];
          first += area * ratios;
        }
      }
      using net = await libraryNet({
        type: "DetectionOutput",
        bottoms: { ...shapes, prior: [1, 2, 4 * COUNT] },
        param: { ...param, no_permute: !permuted },
      });
      net.forward({ inputs: { ...inputs, prior: priors } });
      assertClose(net.blob("top").data, expected);
    }
  });
}

Deno.test("DetectionOutput refuses maps that don't belong together", async () => {
  const make = (bottoms: Record<string, number[]>, param: object = {}) =>
    libraryNet({ type: "DetectionOutput", bottoms, param: { ...PARAM, nbottom: 1, ...param } });
  const conf = [1, 3, 2, 6], loc = [1, 8, 2, 3], prior = [1, 2, 48];
  using _fits = await make({ conf, loc, prior }, { no_permute: true });
  await assert.rejects(
    make({ conf, loc: [1, 8, 3, 3], prior }, { no_permute: true }),
    /confidences \(N, 3, R, H W\) and boxes \(N, 4 R, H, W\) of map 0 but found \(1, 3, 2, 6\) and \(1, 8, 3, 3\)/,
  );
  await assert.rejects(make({ conf, loc, prior: [1, 2, 44] }), /Expected priors \(1, 2, 48\) for all maps/);
  await assert.rejects(
    make({ loc, conf, prior, a: [1], b: [1] }, { nbottom: 6 }),
    /Expected 3 or 4 bottoms, or 13 bottoms for 6 maps \(nbottom\) but found 5/,
  );
  await assert.rejects(
    make({ loc, conf, prior }, { nbottom: 6, no_permute: true }),
    /Expected 13 bottoms for 6 maps \(nbottom\) but found 3/,
  );
});
