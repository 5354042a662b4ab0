// Worked examples of the layers of YOLOv2's forks that read a map as it is.
import assert from "node:assert/strict";
import type { Net } from "../../../net/net.ts";
import { assertClose, libraryNet, patternless } from "./library_net.ts";

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

Deno.test("Region: the values of each box together, with σ and the softmax", async () => {
  for (const softmax of [false, true]) {
    using net = await libraryNet({
      type: "Region",
      bottoms: { x: [2, 14, 1, 2] },
      more: `region_param { classes: 2 boxes_of_each_grid: 2 softmax: ${softmax} }`,
    });
    net.forward();
    const x = net.blob("x").data, expected: number[] = [];
    for (let n = 0; n < 2; n++) {
      for (let cell = 0; cell < 2; cell++) {
        for (let box = 0; box < 2; box++) {
          const [a, b, w, h, o, p, q] = Array.from(
            { length: 7 },
            (_, k) => x[n * 28 + (box * 7 + k) * 2 + cell]!,
          );
          const sum = Math.exp(p!) + Math.exp(q!);
          expected.push(
            a!,
            b!,
            w!,
            h!,
            sigmoid(o!),
            ...(softmax ? [Math.exp(p!) / sum, Math.exp(q!) / sum] : [p!, q!]),
          );
        }
      }
    }
    assert.deepEqual(net.blob("top").shape, [2, 14, 1, 2]);
    assertClose(net.blob("top").data, expected);
  }
  await assert.rejects(
    libraryNet({
      type: "Region",
      bottoms: { x: [1, 12, 1, 1] },
      param: { classes: 2, boxes_of_each_grid: 2 },
    }),
    /\(N, 14, H, W\) for 2 boxes of 2 classes but found \(1, 12, 1, 1\)/,
  );
});

const BIASES = [1, 1.5, 0.7, 0.4];

/** Sets the channels of a box in a map (N, 14, 2, 2) that is −20 elsewhere. */
function set(
  net: Net,
  { item = 0, box, cell }: { item?: number; box: number; cell: number },
  values: number[],
): void {
  const { data } = net.blob("x");
  for (const [k, value] of values.entries()) data[item * 56 + (box * 7 + k) * 4 + cell] = value;
}

Deno.test("DetectionOutput with one bottom: YOLOv2's boxes by centre, of which the first of two stays", async () => {
  using net = await libraryNet({
    type: "DetectionOutput",
    bottoms: { x: [2, 14, 2, 2] },
    more: `detection_output_param { classes: 2 num_box: 2 confidence_threshold: 0.3
      ${BIASES.map((bias) => `biases: ${bias}`).join(" ")} }`,
  });
  net.blob("x").data.fill(-20);
  set(net, { box: 0, cell: 0 }, [0, 0, 0, 0, 2, 1, 3]);
  set(net, { box: 1, cell: 3 }, [1, -1, 0.2, 0.1, 3, 4, 0]);
  // The same box as the first, by the other anchor, though it is more certain; then one of the second item.
  set(net, { box: 1, cell: 0 }, [0, 0, Math.log(1 / 0.7), Math.log(1.5 / 0.4), 9, 0, 9]);
  set(net, { item: 1, box: 0, cell: 2 }, [0, 0, 0, 0, 9, 0, 9]);
  net.forward();
  const share = (a: number, b: number) => Math.exp(a) / (Math.exp(a) + Math.exp(b));
  assert.deepEqual(net.blob("top").shape, [1, 1, 3, 7]);
  assertClose(net.blob("top").data, [
    ...[0, 1, sigmoid(2) * share(3, 1), 0.25, 0.25, 0.5, 0.75],
    ...[0, 0, sigmoid(3) * share(4, 0), (1 + sigmoid(1)) / 2, (1 + sigmoid(-1)) / 2],
    ...[Math.exp(0.2) * 0.35, Math.exp(0.1) * 0.2],
    ...[1, 1, sigmoid(9) * share(9, 0), 0.25, 0.75, 0.5, 0.75],
  ]);
  net.blob("x").data.fill(-20);
  net.forward();
  assert.deepEqual([...net.blob("top").data], [0, -1, -1, -1, -1, -1, -1, 1, -1, -1, -1, -1, -1, -1]);
  const bottoms = { x: [1, 14, 2, 2] };
  await assert.rejects(
    libraryNet({ type: "DetectionOutput", bottoms, param: { num_classes: 2, num_box: 2, biases: [1, 2] } }),
    /two biases for each of 2 boxes but found 2/,
  );
  await assert.rejects(
    libraryNet({ type: "DetectionOutput", bottoms, param: {} }),
    /Expected num_classes but found none/,
  );
  await assert.rejects(
    libraryNet({
      type: "DetectionOutput",
      bottoms: { ...bottoms, y: [1], z: [1] },
      param: { num_classes: 2, biases: [1, 2] },
    }),
    /Expected classes and biases, of YOLOv2, with one bottom but found 3/,
  );
});

async function evaluated(
  text: string,
  objects: { shape: number[]; values: number[] },
  fill: (net: Net) => void,
): Promise<number[]> {
  using net = await libraryNet({
    type: "EvalDetection",
    bottoms: { x: [1, 14, 2, 2], t: objects.shape, image: [1, 3, 4, 4] },
    more: `eval_detection_param { num_class: 2 num_object: 2 ${
      BIASES.map((bias) => `biases: ${bias}`).join(" ")
    } ${text} }`,
  });
  net.blob("x").data.fill(-20);
  fill(net);
  net.forward({ inputs: { t: objects.values } });
  assert.deepEqual(net.blob("top").shape, [1, 2 + 4 * 8]);
  return [...net.blob("top").data];
}

/** Boxes of half and three quarters of the image, in three of its cells. */
function boxes(net: Net): void {
  set(net, { box: 0, cell: 0 }, [0, 0, 0, 0, 2, -9, 9]);
  set(net, { box: 1, cell: 0 }, [0, 0, Math.log(0.9 / 0.7), Math.log(1.5 / 0.4), 1, -9, 9]);
  set(net, { box: 0, cell: 3 }, [0, 0, 0, 0, 3, 9, -9]);
  set(net, { box: 0, cell: 1 }, [0, 0, 0, 0, 4, -9, 9]);
}
const certain = 1 / (1 + Math.exp(-18));
/** One object of the class 1, as large as the first two boxes. */
const ROWS = [1, 0.25, 0.25, 0.5, 0.75, 0, 0, 0, 0, 0];

Deno.test("EvalDetection: right, wrong and neither, by class, the best first", async () => {
  const found = await evaluated("side: 2", { shape: [1, 10], values: ROWS }, boxes);
  assertClose(found.slice(0, 18), [
    ...[0, 1],
    ...[0, sigmoid(3) * certain, 0, 1], // there are no objects of its class
    ...[1, sigmoid(4) * certain, 0, 0], // another place
    ...[1, sigmoid(2) * certain, 1, 0],
    ...[1, sigmoid(1) * certain, 0, 1], // a better one has the object
  ]);
  assert.ok(found.slice(18).every((value) => value === 0)); // the rest is not certain enough
  const suppressed = await evaluated(
    "side: 2 nms: 0.4 score_type: OBJ",
    { shape: [1, 10], values: ROWS },
    boxes,
  );
  assertClose(suppressed.slice(2, 18), [
    ...[0, sigmoid(3), 0, 1],
    ...[1, sigmoid(4), 0, 0],
    ...[1, sigmoid(2), 1, 0],
    ...[0, 0, 0, 0],
  ]);
  const sure = await evaluated(
    "side: 2 score_type: PROB threshold: 0.99",
    { shape: [1, 10], values: ROWS },
    boxes,
  );
  assertClose(sure.slice(0, 2), [0, 1]);
  assert.equal(sure.filter((_, i) => i >= 2 && i % 4 === 0).reduce((sum, right) => sum + right, 0), 1);
});

Deno.test("EvalDetection reads SSD's annotations too, and refuses other objects", async () => {
  const none = [-1, 1, 0, 0, 0, 1, 1, 0];
  const annotated = { shape: [1, 1, 2, 8], values: [...none, 0, 2, 0, 0, -0.125, 0.5, 0.625, 0] };
  const found = await evaluated("side: 2 nms: 0.4", annotated, boxes);
  assertClose(found, await evaluated("side: 2 nms: 0.4", { shape: [1, 10], values: ROWS }, boxes));
  await assert.rejects(
    evaluated("side: 2", { shape: [1, 9], values: [] }, () => {}),
    /Expected objects \(1, 5 T\) or \(1, 1, M, 8\) but found \(1, 9\)/,
  );
  await assert.rejects(
    evaluated("side: 3", { shape: [1, 10], values: [...patternless(10)] }, () => {}),
    /a map of 3 × 3 cells but found \(1, 14, 2, 2\)/,
  );
});
