import assert from "node:assert/strict";
import { inFolder, runCrema } from "./run_crema.ts";

const data = (name: string, rows: number[][], include = "") => {
  const values = rows.flat();
  const fillers = values.map((value) => `data_filler { type: "constant" value: ${value} }`).join(" ");
  const tops = values.map((_, i) => `top: "${name}${i}"`).join(" ");
  const bottoms = values.map((_, i) => `bottom: "${name}${i}"`).join(" ");
  return `layer { name: "${name}s" type: "DummyData" ${tops} ${include}
      dummy_data_param { shape { dim: 1 } ${fillers} } }
    layer { name: "${name}_joined" type: "Concat" ${bottoms} top: "${name}_joined" ${include}
      concat_param { axis: 0 } }
    layer { name: "${name}" type: "Reshape" bottom: "${name}_joined" top: "${name}" ${include}
      reshape_param { shape { dim: 1 dim: 1 dim: ${rows.length} dim: -1 } } }\n`;
};

const testOnly = "include { phase: TEST }";

/** Two objects of class 1 and one of class 2, of which three detections find one each, and one is wrong. */
const NET = `name: "judged"
  layer { name: "in" type: "DummyData" top: "in" include { phase: TRAIN } dummy_data_param { shape { dim: 1 dim: 2 } } }
  layer { name: "ip" type: "InnerProduct" bottom: "in" top: "ip" include { phase: TRAIN }
    inner_product_param { num_output: 1 } }
  layer { name: "loss" type: "EuclideanLoss" bottom: "ip" bottom: "ip" top: "loss" include { phase: TRAIN } }
  ${
  data("found", [
    [0, 1, 0.9, 0.1, 0.1, 0.4, 0.4],
    [0, 1, 0.8, 0.1, 0.5, 0.4, 0.9],
    [0, 1, 0.7, 0.6, 0.6, 0.9, 0.9],
    [0, 2, 0.6, 0.5, 0.1, 0.8, 0.4],
  ], testOnly)
}
  ${
  data("truth", [
    [0, 1, 0, 0.1, 0.1, 0.4, 0.4, 0],
    [0, 1, 1, 0.6, 0.6, 0.9, 0.9, 0],
    [0, 2, 0, 0.5, 0.1, 0.8, 0.4, 0],
  ], testOnly)
}
  layer { name: "detection_eval" type: "DetectionEvaluate" bottom: "found" bottom: "truth" top: "detection_eval"
    ${testOnly} detection_evaluate_param { num_classes: 4 } }
`;

const SOLVER = `net: "net.prototxt" base_lr: 0.1 lr_policy: "fixed" max_iter: 1 snapshot_prefix: "judged"
  test_iter: 1 test_interval: 1 eval_type: "detection" ap_version: "MaxIntegral" show_per_class_result: true\n`;

Deno.test("crema train and crema test give the mean average precision of a net with DetectionEvaluate", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/net.prototxt`, NET);
    await Deno.writeTextFile(`${folder}/solver.prototxt`, SOLVER);
    // Class 1: precisions 1, 1/2, 2/3, so ½ (1 + 2/3); class 2: 1; class 3 has neither objects nor detections.
    const lines = [
      /\] class1: 0\.833333\n/,
      /\] class2: 1\n/,
      /^W.*\] Missing true_pos for label: 3\n/m,
    ];
    const train = await runCrema(folder, "train", "--solver", "solver.prototxt");
    assert.equal(train.code, 0, train.stderr);
    for (const line of lines) assert.match(train.stderr, line);
    assert.match(train.stderr, /\] {5}Test net output #0: detection_eval = 0\.611111\n/);

    const args = [
      "test",
      "--model",
      "net.prototxt",
      "--weights",
      "judged_iter_1.caffemodel",
      "--iterations",
      "2",
    ];
    const test = await runCrema(folder, ...args, "--ap_version", "MaxIntegral", "--show_per_class_result");
    assert.equal(test.code, 0, test.stderr);
    // Twice the same detections: class 1 has the precisions 1, 1, 2/3, 1/2, 3/5, 4/6.
    for (const line of lines) assert.match(test.stderr, line);
    assert.match(test.stderr, /\] detection_eval = 0\.611111\n/);
    assert.doesNotMatch(test.stderr, /Batch/);

    const json = await runCrema(folder, ...args, "--json", "--show_per_class_result");
    assert.equal(json.code, 0, json.stderr);
    assert.match(json.stderr, /\] class2: 1\n/);
    const { detection_eval } = JSON.parse(json.stdout);
    assert.equal(detection_eval.toFixed(6), ((0.5 + (3 / 5 + 4 / 6) / 4 + 1) / 3).toFixed(6));
  });
});
