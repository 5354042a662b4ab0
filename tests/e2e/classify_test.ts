import assert from "node:assert/strict";
import { Net } from "../../mod.ts";
import { loadSharp } from "../../data/images/load_sharp.ts";
import { inFolder, runCrema } from "./run_crema.ts";

const DEPLOY = `
layer { name: "in" type: "Input" top: "data" input_param { shape { dim: 1 dim: 1 dim: 2 dim: 2 } } }
layer { name: "ip" type: "InnerProduct" bottom: "data" top: "sum"
  inner_product_param { num_output: 2 weight_filler { type: "constant" value: 1 } } }
`;

Deno.test("classify answers about all files but those that can't be read, which it names; labels must fit", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/deploy.prototxt`, DEPLOY);
    {
      using net = await Net.fromFile(`${folder}/deploy.prototxt`);
      await net.save(`${folder}/w.caffemodel`);
    }
    const sharp = await loadSharp();
    for (const name of ["a.png", "c.png"]) {
      await sharp({ create: { width: 2, height: 2, channels: 3, background: "#ffffff" } }).png()
        .toFile(`${folder}/${name}`);
    }
    // A PNG that ends early.
    await Deno.writeFile(`${folder}/b.png`, (await Deno.readFile(`${folder}/a.png`)).subarray(0, 40));
    const classify = ["classify", "--model", "deploy.prototxt", "--weights", "w.caffemodel", "--top", "1"];
    const all = await runCrema(folder, ...classify, "--csv", "a.png", "b.png", "c.png", "none.png");
    const rows = "file,label1,score1\na.png,0,4\nc.png,0,4\n";
    assert.equal(all.stdout, rows);
    assert.equal(all.code, 1);
    assert.match(all.stderr, /error: b\.png: Expected an image but found/);
    assert.match(all.stderr, /error: none\.png: Expected to read an input but found no such file/);
    assert.match(all.stderr, /error: Expected files that can be read but found 2 of 4 that can't/);

    const skipped = await runCrema(folder, ...classify, "--json", "--skip-bad-images", "a.png", "b.png");
    assert.deepEqual(JSON.parse(skipped.stdout), [[{ index: 0, label: "0", score: 4 }], null]);
    assert.equal(skipped.code, 0);
    assert.match(skipped.stderr, /Left out 1 of 2 files that can't be read\.\n/);

    await Deno.writeTextFile(`${folder}/labels.txt`, "cat\ndog\nhen\n");
    const labelled = await runCrema(folder, ...classify, "--labels", "labels.txt", "a.png");
    assert.equal(labelled.code, 1);
    assert.match(labelled.stderr, /error: labels\.txt: Expected 2 names of classes.* but found 3/);
  }));
