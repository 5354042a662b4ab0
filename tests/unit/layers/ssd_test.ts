// Worked examples of SSD's layers. Their gradients are checked by finite differences in check_layer_test.ts, and
// what they infer is compared with OpenCV's in tests/conformance/opencv_test.ts.
import assert from "node:assert/strict";
import { join } from "node:path";
import { Net } from "../../../net/net.ts";
import { temporaryFolder } from "../data/fixture.ts";
import { assertClose, libraryNet } from "./library_net.ts";

Deno.test("Normalize: values, learned scales, a field of the prototxt that no fork of SSD has", async () => {
  const input =
    `layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 1 dim: 2 dim: 1 dim: 2 } } }\n`;
  const layer = (param: string) =>
    `layer { name: "n" type: "Normalize" bottom: "x" top: "y" norm_param { ${param} } }`;
  const run = async (param: string) => {
    using net = await Net.fromText(input + layer(param), { file: "n.prototxt" });
    net.forward({ inputs: { x: [3, 0, 4, 2] } });
    return { y: [...net.blob("y").data], scale: net.layer("n").blobs[0]!.shape };
  };
  const apart = await run(
    "across_spatial: false channel_shared: false scale_filler { type: 'constant' value: 20 }",
  );
  assertClose(apart.y, [12, 0, 16, 20]);
  assert.deepEqual(apart.scale, [2]);
  const whole = await run("");
  assertClose(whole.y, [3, 0, 4, 2].map((x) => x / Math.sqrt(29)));
  assert.deepEqual(whole.scale, []);
  await assert.rejects(
    run("across_spatial: false normalize_type: 'L1'"),
    /^CremaError: n\.prototxt:2:\d+: layer 'n': Expected norm_param as NormalizeLayer takes it but found .*normalize_type/,
  );
});

Deno.test("PriorBox: sizes are cut to whole pixels, 0.1 is the variance, contradictions are refused", async () => {
  const bottoms = { x: [1, 1, 1, 1], image: [1, 3, 10, 20] };
  using net = await libraryNet({ type: "PriorBox", bottoms, param: { min_size: [4.9], max_size: [9.9] } });
  net.forward();
  assertClose(net.blob("top").data, [
    ...[8 / 20, 3 / 10, 12 / 20, 7 / 10, 7 / 20, 2 / 10, 13 / 20, 8 / 10],
    ...new Array<number>(8).fill(0.1),
  ]);
  const param = { min_size: [4], step_h: 3 };
  await assert.rejects(
    libraryNet({ type: "PriorBox", bottoms, param }),
    /Expected both step_h and step_w but found one/,
  );
  const less = { min_size: [4], max_size: [3] };
  await assert.rejects(
    libraryNet({ type: "PriorBox", bottoms, param: less }),
    /a max_size above min_size 4 but found 3/,
  );
});

/** Two priors, the left and the right half of the image, with variances of 0.5. */
const PRIORS = [0, 0, 0.5, 1, 0.5, 0, 1, 1, ...new Array<number>(8).fill(0.5)];

Deno.test("DetectionOutput: classes in order, the best first; one row per item without detections", async () => {
  using net = await libraryNet({
    type: "DetectionOutput",
    bottoms: { loc: [2, 8], conf: [2, 6], prior: [1, 2, 8] },
    param: { num_classes: 3, confidence_threshold: 0.25, variance_encoded_in_target: true },
  });
  const loc = [0, 0, 0, 0, 0, 0.5, 0, 0, ...new Array<number>(8).fill(0)];
  net.forward({ inputs: { loc, conf: [1, 0.5, 0.3, 1, 0.75, 0, 1, 0, 0, 1, 0.25, 0], prior: PRIORS } });
  assertClose(net.blob("top").data, [
    ...[0, 1, 0.75, 0.5, 0.5, 1, 1],
    ...[0, 1, 0.5, 0, 0, 0.5, 1],
    ...[0, 2, 0.3, 0, 0, 0.5, 1],
  ]);
  net.forward({ inputs: { conf: new Array<number>(12).fill(0) } });
  assert.deepEqual(net.blob("top").shape, [1, 1, 2, 7]);
  assert.deepEqual([...net.blob("top").data].map((x, i) => i % 7 === 0 ? x : -x), [
    0,
    ...Array(6).fill(1),
    1,
    ...Array(6).fill(1),
  ]);
});

/** The loss of one image with an object of class 1 in its left half. */
async function multiBoxLoss(param: object, more = "", loc = [0, 0, 0, 0, 0, 0, 0, 0]): Promise<Net> {
  const net = await libraryNet({
    type: "MultiBoxLoss",
    bottoms: { loc: [1, 8], conf: [1, 6], prior: [1, 2, 8], truth: [1, 1, 2, 8] },
    tops: ["loss"],
    param: { num_classes: 3, ...param },
    more,
  });
  const truth = [...[0, 1, 0, 0.1, 0, 0.6, 1, 0], ...[-1, 0, 0, 0, 0, 0, 0, 0]];
  net.forward({ inputs: { loc, conf: [0, 1, 0, 2, 0, 0], prior: PRIORS, truth } });
  return net;
}

Deno.test("MultiBoxLoss: the match's box and class, and as many negatives as its ratio says", async () => {
  const softmax = (scores: number[], label: number) =>
    Math.log(scores.reduce((sum, x) => sum + Math.exp(x), 0)) - scores[label]!;
  const box = 2 * 0.5 * 0.2 ** 2; // two sides are off by 0.1 / 0.5
  const [positive, negative] = [softmax([0, 1, 0], 1), softmax([2, 0, 0], 0)];
  using plain = await multiBoxLoss({});
  assertClose([plain.loss], [box + positive + negative]);
  using none = await multiBoxLoss({ neg_pos_ratio: 0 });
  assertClose([none.loss], [box + positive]);
  using weighted = await multiBoxLoss({ loc_weight: 10 }, "loss_param { normalization: FULL }");
  assertClose([weighted.loss], [(10 * box + positive + negative) / 2]);
  using all = await multiBoxLoss({ mining_type: "NONE" });
  assertClose([all.loss], [box + positive + negative]);
  using hard = await multiBoxLoss({ mining_type: "HARD_EXAMPLE", sample_size: 1 });
  assertClose([hard.loss], [box + positive]);
  const sigmoid = (x: number, target: number) => Math.log1p(Math.exp(x)) - x * target;
  using logistic = await multiBoxLoss({ conf_loss_type: "LOGISTIC", neg_pos_ratio: 0 });
  assertClose([logistic.loss], [box + sigmoid(0, 0) + sigmoid(1, 1) + sigmoid(0, 0)]);
});

Deno.test("MultiBoxLoss: boxes are coded three ways; propagate_down leaves a part out", async () => {
  const difference = async (param: object, loc?: number[]) => {
    using net = await multiBoxLoss(
      { neg_pos_ratio: 0, ...param },
      "propagate_down: [true, false, false, false]",
      loc,
    );
    return net.loss;
  };
  assertClose([await difference({ code_type: "CORNER" })], [2 * 0.5 * 0.2 ** 2]);
  assertClose([await difference({ code_type: "CORNER_SIZE" })], [2 * 0.5 * 0.4 ** 2]);
  assertClose([await difference({ code_type: "CENTER_SIZE" })], [0.5 * 0.4 ** 2]);
  // What the object is, as seen from its prior, has no loss.
  const target = [0.4, 0, 0, 0, 9, 9, 9, 9];
  assertClose([await difference({ code_type: "CENTER_SIZE" }, target)], [0]);
  assertClose([
    await difference({ code_type: "CENTER_SIZE", encode_variance_in_target: true }, [
      0.2,
      0,
      0,
      0,
      9,
      9,
      9,
      9,
    ]),
  ], [0]);
});

Deno.test("MultiBoxLoss refuses parameters that contradict each other", async () => {
  await assert.rejects(
    multiBoxLoss({ do_neg_mining: false }),
    /do_neg_mining as mining_type MAX_NEGATIVE says/,
  );
  await assert.rejects(
    multiBoxLoss({ share_location: false }),
    /Expected share_location, or mining_type: NONE/,
  );
  await assert.rejects(
    multiBoxLoss({ num_classes: 4 }),
    /for 2 priors and 4 classes but found \(1, 8\) and \(1, 6\)/,
  );
});

Deno.test("DetectionEvaluate: right, wrong, and neither; pixels by a file of sizes", async () => {
  const detections = [
    ...[0, 1, 0.5, 0, 0, 0.5, 0.5],
    ...[0, 1, 0.9, 0, 0, 0.5, 0.4],
    ...[0, 2, 0.8, 0.5, 0.5, 1, 1],
    ...[1, 1, 0.7, 0, 0, 1, 1],
  ];
  const truth = [...[0, 1, 0, 0, 0, 0.5, 0.5, 0], ...[0, 2, 0, 0.5, 0.5, 1, 0.9, 1]];
  const rows = async (param: object) => {
    using net = await libraryNet({
      type: "DetectionEvaluate",
      bottoms: { found: [1, 1, 4, 7], truth: [1, 1, 2, 8] },
      param: { num_classes: 3, ...param },
    });
    net.forward({ inputs: { found: detections, truth } });
    const { data, shape } = net.blob("top");
    assert.equal(shape[3], 5);
    return Array.from(
      { length: shape[2]! },
      (_, r) => [...data.subarray(5 * r, 5 * r + 5)].map((x) => +x.toFixed(2)),
    );
  };
  assert.deepEqual(await rows({}), [
    ...[[-1, 1, 1, -1, -1], [-1, 2, 1, -1, -1]],
    ...[[0, 1, 0.9, 1, 0], [0, 1, 0.5, 0, 1], [0, 2, 0.8, 1, 0], [1, 1, 0.7, 0, 1]],
  ]);
  const easy = await rows({ evaluate_difficult_gt: false });
  assert.deepEqual([easy[1], easy[4]], [[-1, 2, 0, -1, -1], [0, 2, 0.8, 0, 0]]);
  using folder = temporaryFolder();
  const file = join(folder.path, "sizes.txt");
  // Pixels count with both ends, so that 5 × 4 of 5 × 5 pixels are 30 of 36.
  Deno.writeTextFileSync(file, "a 10 10\nb 10 10\n");
  const strict = { overlap_threshold: 0.82, name_size_file: file };
  assert.deepEqual((await rows(strict))[2], [0, 1, 0.9, 1, 0]);
  assert.deepEqual((await rows({ overlap_threshold: 0.82 }))[2], [0, 1, 0.9, 0, 1]);
});
