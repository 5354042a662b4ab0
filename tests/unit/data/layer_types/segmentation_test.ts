import assert from "node:assert/strict";
import { loadSharp } from "../../../../data/images/load_sharp.ts";
import { temporaryFolder } from "../fixture.ts";
import { layerNet, next } from "./layer_net.ts";

async function writeGray(path: string, width: number, values: readonly number[]): Promise<void> {
  const sharp = await loadSharp();
  const raw = { width, height: values.length / width, channels: 1 } as const;
  await sharp(Uint8Array.from(values), { raw }).toColourspace("b-w").png().toFile(path);
}

/** Two images, 3 wide and 2 high, whose label images have the same values divided by 10. */
async function files(folder: string): Promise<void> {
  for (const [i, values] of [[10, 20, 30, 40, 50, 60], [70, 80, 90, 100, 110, 120]].entries()) {
    await writeGray(`${folder}/${i}.png`, 3, values);
    await writeGray(`${folder}/${i}_labels.png`, 3, values.map((value) => value / 10));
  }
  Deno.writeTextFileSync(`${folder}/list.txt`, "0.png 0_labels.png\r\n1.png 1_labels.png\r\n");
}

const seg = (param = "", transform = "", top = 'top: "size"') =>
  `type: "ImageSegData" top: "data" top: "label" ${top} transform_param { ${transform} }
    image_data_param { source: "list.txt" is_color: false label_type: PIXEL ${param} }`;
const dense = (param = "", transform = "") =>
  `type: "DenseImageData" top: "data" top: "label" transform_param { ${transform} }
    dense_image_data_param { source: "list.txt" is_color: false batch_size: 1 ${param} }`;

Deno.test("ImageSegData gives images, their labels, and their sizes", async () => {
  using folder = temporaryFolder();
  await files(folder.path);
  using net = await layerNet(folder.path, seg("batch_size: 2", "mean_value: 10"));
  assert.deepEqual(net.blobs.map(({ shape }) => shape), [[2, 1, 2, 3], [2, 1, 2, 3], [2, 1, 1, 2]]);
  assert.deepEqual(next(net), [
    [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110],
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
    [2, 3, 2, 3],
  ]);
});

Deno.test("ImageSegData pads to the crop with the mean and the ignored label, and crops both alike", async () => {
  using folder = temporaryFolder();
  await files(folder.path);
  using padded = await layerNet(folder.path, seg("ignore_label: 99", "crop_size: 4 mean_value: 10"), {
    phase: "TEST",
  });
  const [data, labels, size] = next(padded);
  assert.deepEqual(data, [0, 10, 20, 0, 30, 40, 50, 0, ...Array<number>(8).fill(0)]);
  assert.deepEqual(labels, [1, 2, 3, 99, 4, 5, 6, 99, ...Array<number>(8).fill(99)]);
  assert.deepEqual(size, [2, 3]);
  const text = seg(
    "batch_size: 2 shuffle: true",
    "crop_height: 1 crop_width: 2 mirror: true scale_factors: 1 scale_factors: 2",
  );
  for (const seed of [-1, 2]) {
    using net = await layerNet(folder.path, text, { seed });
    for (let batch = 0; batch < 8; batch++) {
      const [values, own] = next(net);
      // Resized values lie between pixels, and labels never do.
      for (const [i, value] of values!.entries()) {
        assert.ok(Math.abs(value / 10 - own![i]!) <= 1.5, `${value} ${own![i]}`);
      }
    }
    const state = net.hostLayers[0]!.layer.saveState!();
    const expected = Array.from({ length: 5 }, () => next(net));
    using resumed = await layerNet(folder.path, text, { seed });
    resumed.hostLayers[0]!.layer.restoreState!(state);
    assert.deepEqual(Array.from({ length: 5 }, () => next(resumed)), expected);
  }
});

Deno.test("ImageSegData can have one label per image, or none", async () => {
  using folder = temporaryFolder();
  await files(folder.path);
  Deno.writeTextFileSync(`${folder.path}/list.txt`, "0.png 7\n");
  using one = await layerNet(folder.path, seg("", "", "").replace("PIXEL", "IMAGE"));
  assert.deepEqual(next(one)[1], [7, 7, 7, 7, 7, 7]);
  Deno.writeTextFileSync(`${folder.path}/list.txt`, "0.png\n");
  using none = await layerNet(folder.path, seg("", "", "").replace("PIXEL", "NONE"));
  assert.deepEqual(next(none)[1], [255, 255, 255, 255, 255, 255]);
});

Deno.test("DenseImageData resizes images between pixels and labels by the nearest", async () => {
  using folder = temporaryFolder();
  await files(folder.path);
  using net = await layerNet(folder.path, dense("new_height: 1 new_width: 6", "scale: 2"));
  const [data, labels] = next(net);
  assert.equal(data!.length, 6);
  assert.deepEqual(labels, [1, 1, 2, 2, 3, 3]);
  assert.deepEqual(next(net)[1], [7, 7, 8, 8, 9, 9]);
});

Deno.test("DenseImageData makes labels smaller than the image, and finds both in folders of their own", async () => {
  using folder = temporaryFolder();
  for (const each of ["images", "labels"]) {
    Deno.mkdirSync(`${folder.path}/${each}`);
    await files(`${folder.path}/${each}`);
  }
  const list = "0.png 0_labels.png\n1.png 1_labels.png\n";
  Deno.writeTextFileSync(`${folder.path}/list.txt`, list);
  for (const each of ["images/0_labels.png", "images/1_labels.png", "labels/0.png", "labels/1.png"]) {
    Deno.removeSync(`${folder.path}/${each}`);
  }
  const roots = 'root_folder_image: "images/" root_folder_label: "labels/"';
  using net = await layerNet(
    folder.path,
    dense(`new_height: 4 new_width: 6 label_divide_factor: 2 ${roots}`),
  );
  assert.deepEqual(net.blobs.map(({ shape }) => shape), [[1, 1, 4, 6], [1, 1, 2, 3]]);
  assert.deepEqual(next(net)[1], [1, 2, 3, 4, 5, 6]);
  assert.deepEqual(next(net)[1], [7, 8, 9, 10, 11, 12]);
  using own = await layerNet(folder.path, dense(`label_divide_factor: 2 ${roots}`));
  assert.deepEqual(own.blobs.map(({ shape }) => shape), [[1, 1, 2, 3], [1, 1, 1, 1]]);
  await assert.rejects(
    layerNet(folder.path, dense("crop_height: 2 crop_width: 2 label_divide_factor: 2")),
    /Expected label_divide_factor, from 1 on and without a crop, but found a crop too/,
  );
  await assert.rejects(
    layerNet(folder.path, dense("label_divide_factor: 0")),
    /label_divide_factor.* but found 0/,
  );
});

const wrong: [what: string, list: string, text: string, message: RegExp][] = [
  [
    "a missing label image",
    "0.png no.png\n",
    seg(),
    /line 1 of '.*list\.txt': no\.png: Expected an image but found no such file/,
  ],
  [
    "a line of one word",
    "0.png 0_labels.png\n1.png\n",
    dense(),
    /list\.txt:2: Expected a path, a space and a label image but found '1\.png'/,
  ],
  [
    "labels of another size",
    "0.png small.png\n",
    dense(),
    /line 1 of '.*list\.txt': Expected a label image of 2x3, as the image, but found 1x1/,
  ],
  ["a mean file", "0.png 0_labels.png\n", seg("", 'mean_file: "m"'), /m: Expected a mean_file/],
];

for (const [what, list, text, message] of wrong) {
  Deno.test(`segmentation data with ${what} is an error that names layer, file and line`, async () => {
    using folder = temporaryFolder();
    await files(folder.path);
    await writeGray(`${folder.path}/small.png`, 1, [1]);
    Deno.writeTextFileSync(`${folder.path}/list.txt`, list);
    await assert.rejects(layerNet(folder.path, text), (error: Error) => {
      assert.equal(error.name, "CremaError");
      assert.match(error.message, message);
      assert.match(error.message, /net\.prototxt:1.*layer 'input'/);
      return true;
    });
  });
}
