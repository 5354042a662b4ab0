import assert from "node:assert/strict";
import { planWarp } from "../../../../data/images/warp_window.ts";
import { loadSharp } from "../../../../data/images/load_sharp.ts";
import { readWindowFile } from "../../../../data/sources/window_file.ts";
import { temporaryFolder } from "../fixture.ts";
import { layerNet, next } from "./layer_net.ts";

/** Two images, 6 wide and 4 high, of one colour each, with their windows. */
const WINDOWS = `# 0
a.png
3
4
6
3
1 0.9 0 0 1 1
2 0.7 2 0 5 3
3 0.2 0 0 5 3
# 1
b b.png
3
4
6
2
4 0.3 1 1 2 2
5 0.1 0 0 0 0
`;

async function files(folder: string, windows = WINDOWS): Promise<void> {
  const sharp = await loadSharp();
  for (const [name, value] of [["a", 50], ["b b", 90]] as const) {
    const raw = { width: 6, height: 4, channels: 3 } as const;
    await sharp(new Uint8Array(72).fill(value), { raw }).png().toFile(`${folder}/${name}.png`);
  }
  Deno.writeTextFileSync(`${folder}/windows.txt`, windows.replaceAll("\n", "\r\n"));
}

const layer = (param = "", transform = "crop_size: 4") =>
  `type: "WindowData" top: "data" top: "label" transform_param { ${transform} }
    window_data_param { source: "windows.txt" batch_size: 8 ${param} }`;

Deno.test("a window file is split by its thresholds, with the label 0 for the background", async () => {
  using folder = temporaryFolder();
  await files(folder.path);
  const table = readWindowFile(`${folder.path}/windows.txt`, { foreground: 0.5, background: 0.25 });
  assert.deepEqual(table.images, ["a.png", "b b.png"]);
  assert.deepEqual([...table.foreground], [0, 1, 0, 0, 1, 1, 7, 0, 2, 2, 0, 5, 3, 8]);
  assert.deepEqual([...table.background], [0, 0, 0, 0, 5, 3, 9, 1, 0, 0, 0, 0, 0, 17]);
});

Deno.test("WindowData draws background first, then its share of foreground", async () => {
  using folder = temporaryFolder();
  await files(folder.path);
  using net = await layerNet(folder.path, layer("fg_fraction: 0.3", "crop_size: 4 scale: 0.5 mirror: true"));
  assert.deepEqual(net.blobs.map(({ shape }) => shape), [[8, 3, 4, 4], [8]]);
  const labels = new Set<number>(), images = new Set<number>();
  for (let batch = 0; batch < 20; batch++) {
    const [data, label] = next(net);
    assert.deepEqual(label!.slice(0, 6), [0, 0, 0, 0, 0, 0]);
    label!.slice(6).forEach((each) => labels.add(each));
    data!.forEach((each) => images.add(each));
    assert.ok(data!.slice(6 * 48).every((each) => each === 25));
  }
  assert.deepEqual([...labels].sort(), [1, 2]);
  assert.deepEqual([...images].sort(), [25, 45]);
});

Deno.test("a resumed WindowData draws on as it would have, with and without a seed", async () => {
  using folder = temporaryFolder();
  await files(folder.path);
  for (const seed of [-1, 5]) {
    const text = layer("cache_images: true", "crop_size: 4 mirror: true");
    using net = await layerNet(folder.path, text, { seed });
    for (let i = 0; i < 3; i++) next(net);
    const state = net.hostLayers[0]!.layer.saveState!();
    const expected = Array.from({ length: 6 }, () => next(net));
    using resumed = await layerNet(folder.path, text, { seed });
    resumed.hostLayers[0]!.layer.restoreState!(state);
    assert.deepEqual(Array.from({ length: 6 }, () => next(resumed)), expected);
  }
});

Deno.test("a window with context is padded where it leaves the image, on the other side when mirrored", () => {
  const options = { cropSize: 10, contextPad: 2, square: false };
  // Half of 6 + 1 pixels, times 10 / 6: from -2.33 to 9.33.
  const window = { x1: 0, y1: 0, x2: 6, y2: 6 }, image = { width: 8, height: 100 };
  assert.deepEqual(planWarp(window, image, options, false), {
    part: { x1: 0, y1: 0, x2: 7, y2: 9 },
    width: 7,
    height: 8,
    left: 2,
    top: 2,
  });
  assert.equal(planWarp(window, image, options, true).left, 2);
  const plain = planWarp(window, image, { ...options, contextPad: 0 }, false);
  assert.deepEqual(plain, { part: window, width: 10, height: 10, left: 0, top: 0 });
});

const wrong: [what: string, windows: string, text: string, message: RegExp][] = [
  [
    "an image out of order",
    WINDOWS.replace("# 1", "# 2"),
    layer(),
    /windows\.txt:10: Expected '# 1', the number of the image/,
  ],
  [
    "a window outside",
    WINDOWS.replace("0 0 1 1", "0 0 6 1"),
    layer(),
    /windows\.txt:7: Expected a window inside the image, 6 × 4/,
  ],
  ["a grey image", WINDOWS.replace("3\n", "1\n"), layer(), /windows\.txt:3: Expected 3 channels/],
  [
    "a missing number",
    WINDOWS.replace("1 0.9", "1"),
    layer(),
    /windows\.txt:7: Expected a window: class, overlap/,
  ],
  ["its end missing", WINDOWS.slice(0, -14), layer(), /Expected a window: .* found the end of the file/],
  ["no foreground", WINDOWS, layer("fg_threshold: 2"), /Expected foreground windows in '.*' but found none/],
  [
    "foreground of class 0",
    WINDOWS.replace("1 0.9", "0 0.9"),
    layer(),
    /windows\.txt:7: Expected a class of at least 1/,
  ],
  ["no crop_size", WINDOWS, layer("", ""), /Expected a transform_param with a crop_size/],
  [
    "another crop_mode",
    WINDOWS,
    layer('crop_mode: "round"'),
    /Expected the crop_mode 'warp' or 'square' but found 'round'/,
  ],
  [
    "too much context",
    WINDOWS,
    layer("context_pad: 2"),
    /Expected a context_pad below half the crop_size, 4, but found 2/,
  ],
  [
    "a missing image",
    WINDOWS.replace("a.png", "c.png"),
    layer(),
    /line \d+ of '.*windows\.txt': image 'c\.png': Expected an image but found no such file/,
  ],
  [
    "an image of another size",
    WINDOWS.replaceAll("4\n6", "9\n9").replace("0 0 5 3", "0 0 8 8"),
    layer("bg_threshold: 0.25"),
    /line \d+ of '.*': Expected a window inside the image 'a\.png', 6 × 4, but found one to \(8, 8\)/,
  ],
];

for (const [what, windows, text, message] of wrong) {
  Deno.test(`WindowData with ${what} is an error that names layer, file and line`, async () => {
    using folder = temporaryFolder();
    await files(folder.path, windows);
    const run = async () => {
      using net = await layerNet(folder.path, text);
      for (let i = 0; i < 9; i++) net.forward();
    };
    await assert.rejects(run, (error: Error) => {
      assert.equal(error.name, "CremaError");
      assert.match(error.message, message);
      assert.match(error.message, /net\.prototxt:1.*layer 'input'/);
      return true;
    });
  });
}
