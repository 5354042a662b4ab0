import assert from "node:assert/strict";
import sharp from "sharp";
import { detectCommand } from "../../../cli/detect.ts";
import { checkLabelNames, labelNames } from "../../../cli/detection/label_names.ts";
import { Detector, ndArray, ObjectDetector } from "../../../mod.ts";
import { encode } from "../../../proto/mod.ts";

/** A net that finds the same in every image: rows of [item, class, confidence, x1, y1, x2, y2]. */
const NET = `
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 dim: 8 dim: 8 } } }
layer { name: "found" type: "Parameter" top: "found" parameter_param { shape { dim: 1 dim: 1 dim: 4 dim: 7 } } }
`;
const ROWS = Float32Array.of(
  ...[0, 1, 0.75, 0.1, 0.2, 0.5, 0.6],
  ...[0, 2, 0.9, 0.5, 0.5, 1.5, 1],
  ...[0, 1, 0.25, 0, 0, 1, 1],
  ...[1, 1, 0.99, 0, 0, 1, 1],
);

const CLASSIFIER = `
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 2 dim: 2 } } }
layer { name: "sum" type: "InnerProduct" bottom: "data" top: "sum"
  inner_product_param { num_output: 2 weight_filler { type: "constant" value: 1 } } }
`;

async function withNets(
  run: (folder: string, detect: (...args: string[]) => Promise<unknown>) => Promise<void>,
) {
  const folder = await Deno.makeTempDir({ prefix: "crema-detect-" });
  try {
    await Deno.writeTextFile(`${folder}/net.prototxt`, NET);
    const blobs = [{ shape: { dim: [1, 1, 4, 7] }, data: ROWS }];
    const weights = encode("NetParameter", { layer: [{ name: "found", type: "Parameter", blobs }] });
    await Deno.writeFile(`${folder}/w.caffemodel`, weights);
    await sharp({ create: { width: 100, height: 50, channels: 3, background: "#000000" } }).png()
      .toFile(`${folder}/black.png`);
    const args = ["--model", `${folder}/net.prototxt`, "--weights", `${folder}/w.caffemodel`];
    await run(folder, (...more) => detectCommand().parseAsync([...args, ...more], { from: "user" }));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("objects come with boxes in pixels, the most certain first", () =>
  withNets(async (folder) => {
    using detector = await ObjectDetector.fromFile(`${folder}/net.prototxt`, {
      weights: `${folder}/w.caffemodel`,
    });
    const found = await detector.detect(`${folder}/black.png`, { threshold: 0.5 });
    assert.deepEqual([found.width, found.height], [100, 50]);
    assert.deepEqual(found.objects.map(({ label, box }) => [label, ...box.map(Math.round)]), [
      [2, 50, 25, 100, 50],
      [1, 10, 10, 50, 30],
    ]);
    assert.equal((await detector.detect(ndArray([4, 4, 3]))).objects.length, 3);
  }));

Deno.test("crema detect writes a table and draws boxes on images", () =>
  withNets(async (folder, detect) => {
    await Deno.writeTextFile(
      `${folder}/map.prototxt`,
      'item { name: "n1" label: 1 display_name: "cat" }\nitem { name: "a <dog>" label: 2 }\n',
    );
    const image = `${folder}/black.png`, table = `${folder}/found.csv`;
    await detect(
      image,
      "--labels",
      `${folder}/map.prototxt`,
      "--out",
      table,
      "--draw",
      `${folder}/drawn.png`,
    );
    assert.equal(
      await Deno.readTextFile(table),
      "filename,label,name,score,xmin,ymin,xmax,ymax\n" +
        `${image},2,a <dog>,0.9000,50.0,25.0,100.0,50.0\n${image},1,cat,0.7500,10.0,10.0,50.0,30.0\n`,
    );
    const { data, info } = await sharp(`${folder}/drawn.png`).raw().toBuffer({ resolveWithObject: true });
    assert.deepEqual([info.width, info.height], [100, 50]);
    // The lower side of the second box is drawn, the corner of the picture is as it was.
    const pixel = (x: number, y: number) => [...data.subarray((y * 100 + x) * info.channels).subarray(0, 3)];
    assert.notDeepEqual(pixel(30, 30), [0, 0, 0]);
    assert.deepEqual(pixel(1, 1), [0, 0, 0]);
    await detect(
      image,
      "--labels",
      `${folder}/map.prototxt`,
      "--out",
      table,
      "--draw",
      `${folder}/drawn.svg`,
    );
    assert.match(
      await Deno.readTextFile(`${folder}/drawn.svg`),
      /href="data:image\/png;base64,[^]*a &lt;dog> 0\.90</,
    );
    await detect(image, "--out", table, "--draw", `${folder}/many`);
    assert.ok((await Deno.stat(`${folder}/many/black.png`)).isFile);
  }));

Deno.test("crema detect classifies the windows of a table, as detect.py", () =>
  withNets(async (folder) => {
    await Deno.writeTextFile(`${folder}/c.prototxt`, CLASSIFIER);
    {
      using detector = await Detector.fromFile(`${folder}/c.prototxt`);
      await detector.net.save(`${folder}/c.caffemodel`);
    }
    await sharp({ create: { width: 10, height: 10, channels: 3, background: "#ffffff" } }).png()
      .toFile(`${folder}/white.png`);
    await Deno.writeTextFile(
      `${folder}/windows.csv`,
      `filename,ymin,xmin,ymax,xmax\n${folder}/white.png,0,0,4,4\n${folder}/black.png,1,2,9,12\n`,
    );
    const args = ["--model", `${folder}/c.prototxt`, "--weights", `${folder}/c.caffemodel`];
    const more = ["--windows", `${folder}/windows.csv`, "--out", `${folder}/out.csv`];
    await detectCommand().parseAsync([...args, ...more], { from: "user" });
    assert.equal(
      await Deno.readTextFile(`${folder}/out.csv`),
      `filename,ymin,xmin,ymax,xmax,class0,class1\n${folder}/white.png,0,0,4,4,12,12\n${folder}/black.png,1,2,9,12,0,0\n`,
    );
    await assert.rejects(
      detectCommand().parseAsync([...args, `${folder}/white.png`], { from: "user" }),
      /output of detections, \(1, 1, K, 7\), but found 'sum' \(1, 2\).*--windows/,
    );
  }));

Deno.test("names of classes come from lines or from a label map", async () => {
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(file, "background\ncat\n");
    assert.deepEqual([...await labelNames(file)], [[0, "background"], [1, "cat"]]);
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("crema detect finds out at its start that it can't write", () =>
  withNets(async (folder, detect) => {
    const image = `${folder}/black.png`, lost = `${folder}/missing/x`;
    for (const [option, end] of [["--out", ".csv"], ["--draw", ".png"]] as const) {
      await assert.rejects(
        // The weights are not there either, but are looked at later.
        detect(image, option, `${lost}${end}`, "--weights", `${folder}/none.caffemodel`),
        /missing\/x\.\w+: Expected to write the \w+ but found that its folder is not there/,
      );
    }
  }));

Deno.test("an image that can't be read costs its own rows alone", () =>
  withNets(async (folder, detect) => {
    await Deno.writeTextFile(`${folder}/bad.png`, "no image");
    const images = [`${folder}/bad.png`, `${folder}/black.png`, `${folder}/none.png`];
    const table = `${folder}/found.csv`;
    const rows = async () => (await Deno.readTextFile(table)).trimEnd().split("\n").length;
    await assert.rejects(detect(...images, "--out", table), /found 2 of 3 that can't/);
    assert.equal(await rows(), 3);
    await Deno.remove(table);
    await detect(...images, "--out", table, "--skip-bad-images");
    assert.equal(await rows(), 3);
    await assert.rejects(
      detect(images[0]!, "--out", table, "--skip-bad-images"),
      /bad\.png: Expected an image/,
    );

    await Deno.writeTextFile(`${folder}/c.prototxt`, CLASSIFIER);
    {
      using detector = await Detector.fromFile(`${folder}/c.prototxt`);
      await detector.net.save(`${folder}/c.caffemodel`);
    }
    const windows = `${folder}/windows.csv`, head = "filename,ymin,xmin,ymax,xmax\n";
    const classify = (...more: string[]) => {
      const net = ["--model", `${folder}/c.prototxt`, "--weights", `${folder}/c.caffemodel`];
      return detectCommand().parseAsync([...net, "--windows", windows, "--out", table, ...more], {
        from: "user",
      });
    };
    await Deno.writeTextFile(windows, `${head}${images[0]},0,0,4,4\n${images[1]},0,0,4,4\n`);
    await assert.rejects(classify(), /found 1 of 2 that can't/);
    assert.equal(await rows(), 2);
    await classify("--skip-bad-images");
    await Deno.writeTextFile(windows, `${head}${images[1]},0,0,51,4\n`);
    await assert.rejects(
      classify(),
      /black\.png: Expected a window inside of the image, which has 50 rows and 100 columns, but found ymin 0, xmin 0, ymax 51, xmax 4/,
    );
    // There are two classes.
    await Deno.writeTextFile(windows, `${head}${images[1]},0,0,4,4\n`);
    await Deno.writeTextFile(`${folder}/labels.txt`, "cat\ndog\n");
    await classify("--labels", `${folder}/labels.txt`);
    assert.match(await Deno.readTextFile(table), /^filename,ymin,xmin,ymax,xmax,cat,dog\n/);
    await Deno.writeTextFile(`${folder}/labels.txt`, "cat\n");
    await assert.rejects(
      classify("--labels", `${folder}/labels.txt`),
      /labels\.txt: Expected names of 2 classes, from 0 on, but found 1.*first class without a name is 1/s,
    );
  }));

Deno.test("names of objects are those of the net's classes, but the background needs none", () => {
  const check = (...labels: number[]) =>
    checkLabelNames(new Map(labels.map((label) => [label, "name"])), 3, { file: "map", background: true });
  check(1, 2);
  check(0, 1, 2);
  assert.throws(() => check(0, 1), /map: Expected names of 3 classes.*found 2.*without a name is 2/s);
  assert.throws(() => check(0, 1, 2, 3), /found 4/);
});
