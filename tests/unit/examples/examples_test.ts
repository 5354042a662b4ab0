import assert from "node:assert/strict";
import { classification } from "../../../examples/classification.ts";
import { featureExtraction } from "../../../examples/feature_extraction.ts";
import { fineTuning } from "../../../examples/fine_tuning.ts";
import { hdf5Classification } from "../../../examples/hdf5_classification.ts";
import { netSurgery } from "../../../examples/net_surgery.ts";
import { pascalMultilabel } from "../../../examples/pascal_multilabel.ts";
import { siamese } from "../../../examples/siamese.ts";
import type { Example } from "../../../examples/shared/run_example.ts";

/** Runs an example in a folder of its own. Returns what it tells, and its pictures. */
async function run(example: Example): Promise<[result: Record<string, number>, pictures: string[]]> {
  const folder = await Deno.makeTempDir({ prefix: "crema-example-" });
  try {
    const result = await example(folder), pictures: string[] = [];
    for (const { name } of Deno.readDirSync(folder)) {
      if (!name.endsWith(".png")) continue;
      const bytes = await Deno.readFile(`${folder}/${name}`);
      assert.deepEqual([...bytes.subarray(1, 4)], [...new TextEncoder().encode("PNG")]);
      pictures.push(name);
    }
    return [result, pictures.sort()];
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("classification: shapes are told apart, and drawn with filters and probabilities", async () => {
  const [{ accuracy }, pictures] = await run(classification);
  assert.ok(accuracy! > 0.8, `${accuracy}`);
  assert.deepEqual(pictures, ["activations.png", "filters.png", "probabilities.png"]);
});

Deno.test("net surgery: a net classifies all places of a larger image", async () => {
  const [result, pictures] = await run(netSurgery);
  assert.deepEqual(result, { height: 9, width: 9, silent: 1 });
  assert.deepEqual(pictures, ["image.png", "maps.png"]);
});

Deno.test("HDF5 classification: hidden units learn what a line can't divide", async () => {
  const [{ linear, nonlinear }, pictures] = await run(hdf5Classification);
  assert.ok(nonlinear! > 0.75 && nonlinear! > linear! + 0.1, `${linear} ${nonlinear}`);
  assert.deepEqual(pictures, ["data.png", "losses.png"]);
});

Deno.test("pascal multilabel: a data layer in TypeScript gives several labels", async () => {
  const [{ accuracy, baseline }, pictures] = await run(pascalMultilabel);
  assert.ok(accuracy! > baseline! + 0.15, `${accuracy} ${baseline}`);
  assert.deepEqual(pictures, ["images.png", "loss.png"]);
});

Deno.test("fine-tuning: weights are a better start than fillers", async () => {
  const [{ tuned, scratch }, pictures] = await run(fineTuning);
  assert.ok(tuned! > 0.65 && tuned! > scratch!, `${tuned} ${scratch}`);
  assert.deepEqual(pictures, ["losses.png"]);
});

Deno.test("siamese: images of one class come to lie close together", async () => {
  const [{ firstLoss, lastLoss, nearest }, pictures] = await run(siamese);
  assert.ok(lastLoss! < firstLoss! / 3 && nearest! > 0.7, `${firstLoss} ${lastLoss} ${nearest}`);
  assert.deepEqual(pictures, ["features.png"]);
});

Deno.test("feature extraction: the nearest images are of the same class", async () => {
  const [{ precision }, pictures] = await run(featureExtraction);
  assert.ok(precision! > 0.7, `${precision}`);
  assert.deepEqual(pictures, ["alike.png"]);
});

Deno.test("each example is a file of under 120 lines", () => {
  const folder = new URL("../../../examples/", import.meta.url);
  for (const { name, isFile } of Deno.readDirSync(folder)) {
    if (!isFile || !name.endsWith(".ts")) continue;
    const lines = Deno.readTextFileSync(new URL(name, folder)).split("\n").length;
    assert.ok(lines < 120, `${name}: ${lines}`);
  }
});
