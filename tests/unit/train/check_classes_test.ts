import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { loadSharp } from "../../../data/images/load_sharp.ts";
import { Solver } from "../../../train/solver.ts";
import { temporaryFolder } from "../data/fixture.ts";

/** A solver whose nets read the folders `train` and `val`; `more` is added to the layers' parameters. */
function solver(folder: string, more: object = {}): Promise<Solver> {
  const data = (phase: string, source: string) =>
    `layer { name: "data" type: "ImageFolderData" top: "x" top: "label" include { phase: ${phase} } script_param {
      param_str: '${
      JSON.stringify({ source: `${folder}/${source}`, batch_size: 1, size: [2, 2], ...more })
    }' } }`;
  return Solver.fromText(
    `base_lr: 0.1 lr_policy: "fixed" max_iter: 1 test_iter: 1 test_interval: 1 random_seed: 1
    net_param { ${data("TRAIN", "train")} ${data("TEST", "val")}
      layer { name: "ip" type: "InnerProduct" bottom: "x" top: "y" inner_product_param { num_output: 3 } }
      layer { name: "loss" type: "SoftmaxWithLoss" bottom: "y" bottom: "label" top: "loss" } }`,
  );
}

async function images(folder: string, classes: Record<string, readonly string[]>): Promise<void> {
  const sharp = await loadSharp();
  for (const [part, names] of Object.entries(classes)) {
    for (const name of names) {
      mkdirSync(`${folder}/${part}/${name}`, { recursive: true });
      await sharp({ create: { width: 2, height: 2, channels: 3, background: "red" } })
        .png().toFile(`${folder}/${part}/${name}/1.png`);
    }
  }
}

Deno.test("a validation folder without one of the classes is an error, as long as labels would shift", async () => {
  using folder = temporaryFolder();
  await images(folder.path, { train: ["ant", "bee", "cat"], val: ["ant", "cat"] });
  await assert.rejects(
    solver(folder.path),
    /layer 'data': Expected the classes of the train net, ant, bee, cat, but found ant, cat\. .*`classes`/,
  );
  using named = await solver(folder.path, { classes: ["ant", "bee", "cat"] });
  const [test] = named.testNets;
  const labels = Array.from({ length: 2 }, () => {
    test!.forward();
    return test!.blob("label").data[0];
  });
  assert.deepEqual(labels, [0, 2]);
  await assert.rejects(
    solver(folder.path, { classes: ["ant", "bee"] }),
    /Expected folders of the classes ant, bee in '.*train' but found 'cat'/,
  );
  await images(folder.path, { val: ["bee"] });
  using same = await solver(folder.path);
  assert.equal(same.testNets.length, 1);
});
