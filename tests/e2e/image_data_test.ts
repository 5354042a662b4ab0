import assert from "node:assert/strict";
import { loadSharp } from "../../data/images/load_sharp.ts";
import { inFolder, runCrema } from "./run_crema.ts";

/** A user's net: images from a list, with paths relative to the current folder, and no seed anywhere. */
const NET = `
layer {
  name: "images"  type: "ImageData"  top: "data"  top: "label"
  transform_param { crop_size: 9  mirror: true  mean_value: 100  scale: 0.01 }
  image_data_param {
    source: "lists/train images.txt"  root_folder: "my images/"  batch_size: 4  shuffle: true  rand_skip: 9
    new_height: 12  new_width: 11
  }
}
layer {
  name: "score"  type: "InnerProduct"  bottom: "data"  top: "score"
  inner_product_param { num_output: 2  weight_filler { type: "xavier" } }
}
layer { name: "loss"  type: "SoftmaxWithLoss"  bottom: "score"  bottom: "label"  top: "loss" }
`;

/** Dark images of class 0 and bright ones of class 1, in a folder and a list as on Windows. */
async function writeImages(folder: string): Promise<void> {
  const sharp = await loadSharp(), lines: string[] = [];
  await Deno.mkdir(`${folder}/my images/class one`, { recursive: true });
  await Deno.mkdir(`${folder}/lists`);
  for (let i = 0; i < 10; i++) {
    const raw = { width: 13, height: 17, channels: 3 } as const;
    const pixels = Uint8Array.from({ length: 663 }, (_, at) => (i % 2) * 150 + (at * 37 + i * 11) % 100);
    const name = i % 2 === 1 ? `class one/image ${i}.jpg` : `${i}.png`;
    await sharp(pixels, { raw }).toFile(`${folder}/my images/${name}`);
    lines.push(`${name} ${i % 2}\r\n`);
  }
  await Deno.writeTextFile(`${folder}/lists/train images.txt`, lines.join(""));
}

Deno.test("crema train learns from a list of images, and resumes to the same bits without a seed", () =>
  inFolder(async (folder) => {
    await writeImages(folder);
    await Deno.writeTextFile(`${folder}/net.prototxt`, NET);
    await Deno.writeTextFile(
      `${folder}/solver.prototxt`,
      `net: "net.prototxt" base_lr: 0.01 lr_policy: "fixed" momentum: 0.9 max_iter: 40 display: 10
       snapshot: 20 snapshot_prefix: "run"`,
    );
    const train = async (...args: string[]) => {
      const { code, stderr } = await runCrema(folder, "train", "--solver", "solver.prototxt", ...args);
      assert.equal(code, 0, stderr);
      return stderr;
    };
    const log = await train();
    const losses = [...log.matchAll(/loss = ([\d.e+-]+)/g)].map(([, loss]) => Number(loss));
    assert.ok(losses.at(-1)! < 0.1, `losses ${losses}`);
    const through = await Deno.readFile(`${folder}/run_iter_40.caffemodel`);
    await Deno.remove(`${folder}/run_iter_40.caffemodel`);
    await train("--snapshot", "run_iter_20.solverstate");
    assert.deepEqual(await Deno.readFile(`${folder}/run_iter_40.caffemodel`), through);
  }));

Deno.test("crema train names the line of the list whose image is damaged, and the layer", () =>
  inFolder(async (folder) => {
    await writeImages(folder);
    await Deno.writeTextFile(`${folder}/my images/class one/image 3.jpg`, "no image");
    await Deno.writeTextFile(`${folder}/net.prototxt`, NET);
    await Deno.writeTextFile(
      `${folder}/solver.prototxt`,
      'net: "net.prototxt" base_lr: 0.01 lr_policy: "fixed" max_iter: 40 snapshot_prefix: "run"',
    );
    const { code, stderr } = await runCrema(folder, "train", "--solver", "solver.prototxt");
    assert.equal(code, 1);
    assert.match(
      stderr,
      /net\.prototxt:2.*layer 'images'.*line 4: 'my images\/class one\/image 3\.jpg'.* of 'lists\/train images\.txt'/,
    );
  }));
