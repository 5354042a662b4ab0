import assert from "node:assert/strict";
import { loadSharp } from "../../../../data/images/load_sharp.ts";
import { temporaryFolder } from "../fixture.ts";
import { layerNet, next } from "./layer_net.ts";

/** Writes a PNG, or a JPEG, from red, green and blue values. */
async function writeImage(path: string, width: number, values: readonly number[]): Promise<void> {
  const sharp = await loadSharp();
  const raw = { width, height: values.length / 3 / width, channels: 3 } as const;
  await sharp(Uint8Array.from(values), { raw }).toFile(path);
}

/** A folder with images of two pixels, (n, 10, 20) and (n, 30, 40), and a list of them with labels 0, 1, … */
async function images(folder: string, count: number): Promise<void> {
  const lines: string[] = [];
  for (let i = 0; i < count; i++) {
    await writeImage(`${folder}/${i}.png`, 2, [i, 10, 20, i, 30, 40]);
    lines.push(`${i}.png ${i}\n`);
  }
  Deno.writeTextFileSync(`${folder}/list.txt`, lines.join(""));
}

const layer = (param: string, transform = "") =>
  `type: "ImageData" top: "data" top: "label" image_data_param { ${
    param.includes("source:") ? "" : 'source: "list.txt"'
  } ${param} } transform_param { ${transform} }`;

/** The values of image i: blue, green, red. */
const values = (i: number) => [20, 40, 10, 30, i, i];

Deno.test("ImageData gives images as blue, green, red, with their labels, epoch after epoch", async () => {
  using folder = temporaryFolder();
  await images(folder.path, 5);
  using net = await layerNet(folder.path, layer("batch_size: 2"));
  assert.deepEqual(net.blobs.map(({ shape }) => shape), [[2, 3, 1, 2], [2]]);
  for (let batch = 0; batch < 6; batch++) {
    const indices = [2 * batch % 5, (2 * batch + 1) % 5];
    assert.deepEqual(next(net), [indices.flatMap(values), indices]);
  }
});

Deno.test("ImageData reads lists of Windows, with paths that have spaces, blank lines and negative labels", async () => {
  using folder = temporaryFolder();
  Deno.mkdirSync(`${folder.path}/a folder`);
  await writeImage(`${folder.path}/a folder/an image.png`, 1, [1, 2, 3]);
  await writeImage(`${folder.path}/a folder/b.png`, 1, [4, 5, 6]);
  Deno.writeTextFileSync(`${folder.path}/list.txt`, "\ufeffan image.png -3\r\n\r\nb.png 70000\r\n");
  using net = await layerNet(folder.path, layer('batch_size: 2 root_folder: "a folder/"'));
  assert.deepEqual(next(net), [[3, 2, 1, 6, 5, 4], [-3, 70000]]);
});

Deno.test("ImageData resizes as OpenCV does, and turns to grey", async () => {
  using folder = temporaryFolder();
  await writeImage(`${folder.path}/0.png`, 2, [0, 0, 0, 200, 100, 40]);
  Deno.writeTextFileSync(`${folder.path}/list.txt`, "0.png 0\n");
  using net = await layerNet(folder.path, layer("new_height: 1 new_width: 4"));
  assert.deepEqual(next(net)[0], [0, 10, 30, 40, 0, 25, 75, 100, 0, 50, 150, 200]);
  using gray = await layerNet(folder.path, layer("new_height: 1 new_width: 4 is_color: false"));
  assert.deepEqual(gray.blobs[0]!.shape, [1, 1, 1, 4]);
  assert.deepEqual(next(gray)[0], [0, 31, 92, 123]);
});

Deno.test("ImageData crops and scales, subtracts means, and needs one size without a crop", async () => {
  using folder = temporaryFolder();
  await images(folder.path, 1);
  await writeImage(`${folder.path}/1.png`, 4, Array.from({ length: 48 }, (_, i) => i));
  Deno.writeTextFileSync(`${folder.path}/list.txt`, "0.png 0\n1.png 1\n");
  const transform = "crop_size: 1 scale: 0.5 mean_value: 2";
  using net = await layerNet(folder.path, layer("batch_size: 2", transform), { phase: "TEST" });
  // The middle of a 4 × 4 image is row 1, column 1: values 15, 16, 17.
  assert.deepEqual(next(net)[0], [9, 4, -1, 7.5, 7, 6.5]);
  using unlike = await layerNet(folder.path, layer("batch_size: 2"));
  assert.throws(
    () => unlike.forward(),
    /layer 'input'.*record 1 \(line 2: '1\.png'\) of '.*list\.txt': Expected the shape 3x1x2 .* but found 3x4x4/,
  );
});

Deno.test("a resumed ImageData goes on as it would have, shuffled and skipped, with and without a seed", async () => {
  using folder = temporaryFolder();
  await images(folder.path, 7);
  const text = layer("batch_size: 3 shuffle: true rand_skip: 5", "mirror: true");
  for (const seed of [undefined, 4]) {
    using net = await layerNet(folder.path, text, { seed: seed ?? -1 });
    const epochs = Array.from({ length: 14 }, () => next(net)[1]!).flat();
    assert.equal(new Set(epochs).size, 7);
    const state = net.hostLayers[0]!.layer.saveState!();
    const expected = Array.from({ length: 9 }, () => next(net));
    using resumed = await layerNet(folder.path, text, { seed: seed ?? -1 });
    next(resumed);
    resumed.hostLayers[0]!.layer.restoreState!(state);
    assert.deepEqual(Array.from({ length: 9 }, () => next(resumed)), expected);
  }
});

Deno.test("ImageData takes random parts of images and distorts colours in training, never in testing", async () => {
  using folder = temporaryFolder();
  // Red is the column: a part of the image begins above 0 or ends below 15.
  await writeImage(
    `${folder.path}/0.png`,
    16,
    Array.from({ length: 16 * 16 }, (_, i) => [i % 16, 90, 200]).flat(),
  );
  Deno.writeTextFileSync(`${folder.path}/list.txt`, "0.png 0\n");
  const size = "batch_size: 8 new_height: 16 new_width: 16";
  const red = (image: number[]) => image.slice(2 * 256, 2 * 256 + 16);
  const images = (batch: number[]) =>
    Array.from({ length: 8 }, (_, i) => batch.slice(768 * i, 768 * (i + 1)));
  const columns = Array.from({ length: 16 }, (_, i) => i);

  const parts = layer(size, "random_area: 0.25 random_area: 0.5 random_aspect: 1");
  using cut = await layerNet(folder.path, parts);
  const found = images(next(cut)[0]!).map(red);
  for (const row of found) {
    const width = row.at(-1)! - row[0]!;
    assert.ok(width >= 6 && width <= 12, `parts have 8 to 11 of 16 columns, but found ${row}`);
  }
  assert.ok(new Set(found.map(String)).size > 3);
  using again = await layerNet(folder.path, parts);
  assert.deepEqual(images(next(again)[0]!).map(red), found);
  using whole = await layerNet(folder.path, parts, { phase: "TEST" });
  assert.deepEqual(images(next(whole)[0]!).map(red), Array(8).fill(columns));

  const distort = layer(size, "random_colours { brightness_prob: 1 brightness_delta: 32 }");
  using changed = await layerNet(folder.path, distort);
  const greens = images(next(changed)[0]!).map((image) => image[256]!);
  assert.ok(new Set(greens).size > 3 && greens.every((green) => Math.abs(green - 90) <= 33), `${greens}`);
  using same = await layerNet(folder.path, distort, { phase: "TEST" });
  assert.deepEqual(images(next(same)[0]!).map((image) => image[256]), Array(8).fill(90));
});

Deno.test("ImageData leaves out images that can't be read with skip_bad_images, names them once, and resumes", async () => {
  using folder = temporaryFolder();
  await images(folder.path, 5);
  Deno.writeTextFileSync(`${folder.path}/bad.png`, "no image");
  const good = Deno.readFileSync(`${folder.path}/4.png`);
  Deno.writeFileSync(`${folder.path}/cut.png`, good.subarray(0, good.length - 30));
  Deno.writeTextFileSync(
    `${folder.path}/list.txt`,
    "bad.png 9\n0.png 0\n1.png 1\ncut.png 9\n2.png 2\nnone.png 9\n3.png 3\n4.png 4\nbad.png 9\n",
  );
  for (const shuffle of [false, true]) {
    const text = layer(`batch_size: 2 skip_bad_images: true shuffle: ${shuffle}`);
    using net = await layerNet(folder.path, text);
    const { layer: data } = net.hostLayers[0]!;
    const labels = Array.from({ length: 5 }, () => next(net)[1]!).flat();
    for (const epoch of [labels.slice(0, 5), labels.slice(5)]) {
      assert.deepEqual(epoch.toSorted(), [0, 1, 2, 3, 4]);
      if (!shuffle) assert.deepEqual(epoch, [0, 1, 2, 3, 4]);
    }
    const [warning = ""] = data.takeWarnings!();
    assert.match(
      warning,
      /^Left out what can't be read: [34] images\. The first is record \d \(line \d: '(bad|cut|none)\.png'\)/,
    );
    assert.deepEqual(data.takeWarnings!(), []);
    const state = data.saveState!(), expected = next(net);
    using resumed = await layerNet(folder.path, text);
    resumed.hostLayers[0]!.layer.restoreState!(state);
    assert.deepEqual(next(resumed), expected);
  }
  Deno.writeTextFileSync(`${folder.path}/list.txt`, "bad.png 9\nnone.png 9\n");
  await assert.rejects(
    layerNet(folder.path, layer("skip_bad_images: true")),
    /Expected an image that can be read in '.*list\.txt' but found none.*none\.png/s,
  );
});

const wrong: [what: string, list: string, param: string, message: RegExp, transform?: string][] = [
  [
    "a missing list",
    "",
    'source: "nolist.txt"',
    /nolist\.txt: Expected a list of images but found no such file/,
  ],
  ["an empty list", "\n", "", /list\.txt: Expected a list of images but found no lines/],
  [
    "a line without a label",
    "0.png 0\n0.png\n",
    "",
    /list\.txt:2: Expected a path, a space and a label .* but found '0\.png'/,
  ],
  [
    "only a new_width",
    "0.png 0\n",
    "new_width: 4",
    /Expected new_height and new_width to be given together but found 0 and 4/,
  ],
  [
    "a missing image",
    "no.png 0\n",
    "",
    /record 0 \(line 1: 'no\.png'\) .*Expected an image but found no such file/,
  ],
  [
    "an image that is none",
    "list.txt 0\n",
    "",
    /record 0 \(line 1: 'list\.txt'\) of '.*list\.txt': Expected an encoded image but found/,
  ],
  [
    "an image smaller than its crop",
    "0.png 0\n",
    "",
    /record 0 \(line 1: '0\.png'\) of '.*list\.txt': Expected records of at least 900x900, the crop_size/,
    "crop_size: 900",
  ],
  [
    "random parts without a size",
    "0.png 0\n",
    "",
    /Expected new_height and new_width, to which random_area resizes, but found none/,
    "random_area: 0.5 random_area: 1",
  ],
  [
    "half of a random_area",
    "0.png 0\n",
    "new_height: 4 new_width: 4",
    /Expected random_area twice, the least and the most, above 0 and up to 1, but found 0\.5/,
    "random_area: 0.5",
  ],
  [
    "a folder without its slash",
    "0.png 0\n",
    'root_folder: "FOLDER"',
    /root_folder is put before the path as it is: end it with '\/'/,
  ],
];

for (const [what, list, param, message, transform] of wrong) {
  Deno.test(`ImageData with ${what} is an error that names the layer and the line`, async () => {
    using folder = temporaryFolder();
    await images(folder.path, 1);
    Deno.writeTextFileSync(`${folder.path}/list.txt`, list);
    await assert.rejects(
      layerNet(folder.path, layer(param.replace("FOLDER", folder.path), transform)),
      (error: Error) => {
        assert.equal(error.name, "CremaError");
        assert.match(error.message, message);
        assert.match(error.message, /net\.prototxt:1.*layer 'input'/);
        return true;
      },
    );
  });
}
