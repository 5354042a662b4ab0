import assert from "node:assert/strict";
import { Net } from "../../../net/mod.ts";
import { Solver, TestPass, train, type TrainEvent } from "../../../train/mod.ts";

/** Batches of rows [−1, class, objects, …] and [item, class, confidence, right, wrong], one after the other. */
const BATCHES = [
  [
    ...[-1, 1, 1, -1, -1, -1, 2, 1, -1, -1, -1, 3, 2, -1, -1],
    ...[0, 1, 0.75, 1, 0, 0, 2, 0.5, 0, 0, 1, 1, 0.5, 0, 1],
  ],
  [
    ...[-1, 1, 3, -1, -1, -1, 2, 0, -1, -1, -1, 3, 0, -1, -1],
    ...[0, 1, 0.25, 1, 0, 0, 2, 0.25, 1, 0],
  ],
];

const MODULE = `import { Layer } from "crema";
export default class Batches extends Layer {
  static bottoms = 0;
  static tops = 1;
  #next = 0;
  reshape(_, [y]) { y.reshape(1, 1, 6, 5); }
  forward(_, [y]) {
    const rows = ${JSON.stringify(BATCHES)}[this.#next++ % 2];
    y.reshape(1, 1, rows.length / 5, 5);
    y.data.set(rows);
  }
}`;

const evaluation = (include = "") =>
  `layer { name: "eval" type: "Script" top: "eval" ${include} script_param { module: "./batches.js" } }\n`;

const number = (name: string) =>
  `layer { name: "${name}" type: "DummyData" top: "${name}" include { phase: TEST }
    dummy_data_param { shape { dim: 2 } data_filler { type: "constant" value: 3 } } }\n`;

/** A net of one parameter, and detections in the phase TEST. */
const net = (more = "") => `
  layer { name: "data" type: "DummyData" top: "data" include { phase: TRAIN }
    dummy_data_param { shape { dim: 1 dim: 2 } } }
  layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip" include { phase: TRAIN }
    inner_product_param { num_output: 1 } }
  layer { name: "loss" type: "EuclideanLoss" bottom: "ip" bottom: "ip" top: "loss" include { phase: TRAIN } }
  ${evaluation("include { phase: TEST }")} ${more}`;

const SOLVER = `net: "net.prototxt" base_lr: 0 lr_policy: "fixed" max_iter: 1 test_iter: 2 test_interval: 1
  snapshot_after_train: false\n`;

async function inFolder<Result>(netText: string, run: (file: string) => Promise<Result>): Promise<Result> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/batches.js`, MODULE);
    await Deno.writeTextFile(`${folder}/net.prototxt`, netText);
    return await run(`${folder}/solver.prototxt`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The test before the first step. */
async function testOf(fields: string, netText = net()): Promise<TrainEvent & { type: "test" }> {
  return await inFolder(netText, async (file) => {
    using solver = await Solver.fromText(SOLVER + fields, { file });
    for await (const event of train(solver)) if (event.type === "test") return event;
    throw new Error("no test");
  });
}

Deno.test('eval_type: "detection" gives the mean average precision over all batches', async () => {
  // Class 1: right, wrong, right of 4 objects; class 2: one that does not count, one right of 1; class 3: none found.
  const integral = (1 + 2 / 3) / 4;
  const { scores, outputs, classes } = await testOf('eval_type: "detection"');
  assert.deepEqual(classes, [
    { name: "eval", label: 1, value: integral },
    { name: "eval", label: 2, value: 1 },
    { name: "eval", label: 3, value: undefined },
  ]);
  assert.deepEqual(scores, [{ name: "eval", index: 0, value: (integral + 1) / 3, lossWeight: 0 }]);
  assert.deepEqual(outputs, { eval: (integral + 1) / 3 });

  const eleven = await testOf('eval_type: "detection" ap_version: "11point"');
  assert.equal(eleven.classes?.[0]?.value?.toFixed(12), ((3 + 3 * 2 / 3) / 11).toFixed(12));
  assert.equal(eleven.classes?.[1]?.value, 1);
});

Deno.test("without eval_type, or as classification, a test has the mean of each element of an output", async () => {
  for (const fields of ["", 'eval_type: "classification" ap_version: "any"']) {
    const { scores, classes } = await testOf(fields);
    assert.equal(classes, undefined);
    assert.equal(scores.length, 30);
    assert.equal(scores[2]?.value, 2); // objects of class 1: (1 + 3) / 2
  }
});

Deno.test("an unknown eval_type or ap_version, and outputs that are no detections, are errors", async () => {
  await assert.rejects(
    testOf('eval_type: "segmentation"'),
    /solver\.prototxt:3:1: Expected eval_type "classification" or "detection" but found "segmentation"/,
  );
  await assert.rejects(
    testOf('eval_type: "detection"\nap_version: "integral"'),
    /solver\.prototxt:4:1: Expected ap_version "11point", "MaxIntegral" or "Integral" but found "integral"/,
  );
  await assert.rejects(
    testOf('eval_type: "detection"', net(number("more"))),
    /solver\.prototxt:3:1: Expected output 'more' of a test of detection to be \(1, 1, K, 5\) but found \(2\)/,
  );
});

Deno.test("a TestPass can score some outputs as detections and average the others", async () => {
  await inFolder(evaluation() + number("after") + number("zero"), async (file) => {
    const path = file.replace("solver", "net");
    using tested = await Net.fromFile(path, { phase: "TEST" });
    const pass = new TestPass(tested.handle, {
      apVersion: "MaxIntegral",
      isDetection: (name) => name === "eval",
    });
    const [first, second] = [pass.runBatch(), pass.runBatch()];
    assert.deepEqual(first.map(({ name }) => name), ["after", "after", "zero", "zero"]);
    assert.deepEqual(second, first);
    assert.deepEqual(pass.means().map(({ name, index, value }) => [name, index, value]), [
      ["after", 0, 3],
      ["after", 1, 3],
      ["eval", 0, ((1 + 2 / 3) / 4 + 1) / 3],
      ["zero", 0, 3],
      ["zero", 1, 3],
    ]);
  });
});
