import assert from "node:assert/strict";
import { join } from "node:path";
import sharp from "sharp";
import type { ImageFolderDataLayer } from "../../../layers/image_folder_data.ts";
import { Net, type NetOptions } from "../../../net/net.ts";
import { temporaryFolder } from "../data/fixture.ts";
import { assertClose } from "./library_net.ts";

const iris = `length, width, kind
5.1,3.5,setosa

4.9,3,setosa
7,3.2,"versi,color"
`;

async function dataNet(type: string, param: object, more: NetOptions & { tops?: number } = {}): Promise<Net> {
  const { tops = 2, ...options } = more;
  return await Net.fromText(
    `layer { name: "data" type: "${type}" top: "x" ${tops > 1 ? 'top: "t"' : ""}
      script_param { param_str: '${JSON.stringify(param)}' } }`,
    { phase: "TRAIN", seed: 1, layers: ["crema/layers"], ...options },
  );
}

function batches(net: Net, count: number): number[][] {
  return Array.from({ length: count }, () => {
    net.forward();
    return [...net.blob("x").data, ...net.blobs.has("t") ? net.blob("t").data : []];
  });
}

Deno.test("CSVData: rows in order, epoch after epoch, labels by name", async () => {
  using folder = temporaryFolder();
  const source = join(folder.path, "iris.csv");
  Deno.writeTextFileSync(source, iris);
  const param = { source, batch_size: 2, label: "kind", classes: ["setosa", "versi,color"] };
  using net = await dataNet("CSVData", param);
  assert.deepEqual(net.blob("x").shape, [2, 2]);
  const f = Math.fround;
  assert.deepEqual(batches(net, 2), [[f(5.1), 3.5, f(4.9), 3, 0, 0], [7, f(3.2), f(5.1), 3.5, 1, 0]]);
  using shaped = await dataNet("CSVData", {
    source,
    batch_size: 1,
    features: ["width", 0],
    shape: [1, 2, 1],
    scale: 2,
  }, { tops: 1 });
  assert.deepEqual(shaped.blob("x").shape, [1, 1, 2, 1]);
  assert.deepEqual(batches(shaped, 1), [[7, f(f(5.1) * 2)]]);
});

Deno.test("CSVData: standardized by its own rows or another file's", async () => {
  using folder = temporaryFolder();
  const train = join(folder.path, "train.csv"), test = join(folder.path, "test.csv");
  Deno.writeTextFileSync(train, "a;b\n1;5\n3;5\n");
  Deno.writeTextFileSync(test, "b;a\n6;4\n");
  const param = { source: train, batch_size: 2, delimiter: ";", standardize: true };
  using net = await dataNet("CSVData", param, { tops: 1 });
  assertClose(batches(net, 1)[0]!, [-1, 0, 1, 0]);
  using other = await dataNet("CSVData", { ...param, source: test, batch_size: 1, standardize: train }, {
    tops: 1,
  });
  assertClose(batches(other, 1)[0]!, [1, 2]);
});

Deno.test("CSVData: shuffled by the seed, noise while training, an exact resume", async () => {
  using folder = temporaryFolder();
  const source = join(folder.path, "numbers.csv");
  Deno.writeTextFileSync(source, Array.from({ length: 10 }, (_, i) => `${i}\n`).join(""));
  const param = { source, batch_size: 5, header: false, shuffle: true };
  using net = await dataNet("CSVData", param, { tops: 1 });
  const [a, b, c, d] = batches(net, 4) as [number[], number[], number[], number[]];
  const sorted = (values: number[]) => values.toSorted((x, y) => x - y);
  assert.deepEqual(sorted([...a, ...b]), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.deepEqual(sorted([...c, ...d]), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.notDeepEqual([...a, ...b], [...c, ...d]);
  using again = await dataNet("CSVData", param, { tops: 1 });
  assert.deepEqual(batches(again, 4), [a, b, c, d]);

  const noisy = { ...param, noise: 0.1 };
  using first = await dataNet("CSVData", noisy, { tops: 1 });
  batches(first, 3);
  const state = stateful(first).saveState();
  using second = await dataNet("CSVData", noisy, { tops: 1, seed: 9 });
  stateful(second).restoreState(state);
  const [expected] = batches(first, 1), [found] = batches(second, 1);
  assert.deepEqual(found, expected);
  const off = found!.map((value, i) => Math.abs(value - d[i]!));
  assert.ok(off.every((value) => value > 0 && value < 1), `${off}`);
  using test = await dataNet("CSVData", noisy, { tops: 1, phase: "TEST" });
  assert.ok(batches(test, 1)[0]!.every(Number.isInteger));
});

Deno.test("CSVData: errors name the line of the file", async () => {
  using folder = temporaryFolder();
  const source = join(folder.path, "bad.csv");
  const refuses = async (text: string, param: object, message: RegExp, tops = 2) => {
    Deno.writeTextFileSync(source, text);
    await assert.rejects(dataNet("CSVData", { source, batch_size: 1, ...param }, { tops }), message);
  };
  await refuses(
    "a,b\n1,2\n3,x\n",
    { label: "b" },
    /bad\.csv:3: Expected a number in column 'b' but found 'x'/,
  );
  await refuses("a,b\n1,2\n3\n", {}, /bad\.csv:3: Expected a CSV table but found/, 1);
  await refuses("a,b\n1,\n", {}, /bad\.csv:2: Expected a number in column 'b' but found ''/, 1);
  await refuses(
    "width,b\n1,2\n",
    { label: "wdith" },
    /Expected a column 'wdith' but found width, b[^]*Did you mean 'width'/,
  );
  await refuses(
    "a,b\n1,x\n",
    { label: "b", classes: ["y"] },
    /bad\.csv:2: Expected a label of the classes y but found 'x'/,
  );
  await refuses(
    "a,b\n1,2\n",
    {},
    /Expected param_str to name the column of the labels, for the second top, but found none/,
  );
  await refuses("a,b\n1,2\n", { shape: [3] }, /Expected 3 features to fill the shape but found 2/, 1);
  await refuses("a,b\n", {}, /Expected rows in '.*' but found none/, 1);
  await refuses("", {}, /Expected a CSV table but found an empty file/, 1);
  await assert.rejects(
    dataNet("CSVData", { source: "/no/such.csv", batch_size: 1 }, { tops: 1 }),
    /no\/such\.csv: Expected a CSV file but found no such file/,
  );
});

/** Two classes: red images of 6x4 pixels, and images of 8x8 pixels whose left half is white. */
async function pictures(path: string): Promise<void> {
  for (const [folder, names] of [["red", ["a.png", "b.png"]], ["split", ["c.png"]]] as const) {
    Deno.mkdirSync(join(path, folder), { recursive: true });
    for (const name of names) {
      const [width, height] = folder === "red" ? [6, 4] : [8, 8];
      const pixels = new Uint8Array(width * height * 3);
      for (let i = 0; i < width * height; i++) {
        if (folder === "red") pixels[3 * i] = 200;
        else if (i % width < width / 2) pixels.fill(255, 3 * i, 3 * i + 3);
      }
      await sharp(pixels, { raw: { width, height, channels: 3 } }).png().toFile(join(path, folder, name));
    }
  }
  Deno.writeTextFileSync(join(path, "red", "notes.txt"), "no image");
}

Deno.test("ImageFolderData: one class per folder, images resized to one size, order of colours", async () => {
  using folder = temporaryFolder();
  await pictures(folder.path);
  const param = { source: folder.path, batch_size: 3, size: [2, 2], shuffle: false };
  using net = await dataNet("ImageFolderData", param);
  assert.deepEqual(net.blob("x").shape, [3, 3, 2, 2]);
  const layer = net.layers[0]!.layer as ImageFolderDataLayer;
  assert.deepEqual(layer.classes, ["red", "split"]);
  net.forward();
  const x = net.blob("x").data;
  assert.deepEqual([...net.blob("t").data], [0, 0, 1]);
  assert.deepEqual([...x.subarray(0, 12)], [0, 0, 0, 0, 0, 0, 0, 0, 200, 200, 200, 200]);
  const white = [...x.subarray(24, 28)];
  assert.ok(white[0]! > 200 && white[1]! < 55 && white[2]! > 200 && white[3]! < 55, `${white}`);
  using rgb = await dataNet("ImageFolderData", {
    ...param,
    batch_size: 1,
    colours: "RGB",
    mean_value: [100, 0, 0],
    scale: 0.5,
  });
  assert.deepEqual(batches(rgb, 1)[0]!.slice(0, 12), [50, 50, 50, 50, 0, 0, 0, 0, 0, 0, 0, 0]);
  using gray = await dataNet("ImageFolderData", { ...param, batch_size: 1, colours: "GRAY" });
  assert.deepEqual(gray.blob("x").shape, [1, 1, 2, 2]);
});

Deno.test("ImageFolderData: augments while training, the same way for the same seed, and never while testing", async () => {
  using folder = temporaryFolder();
  await pictures(folder.path);
  const param = {
    source: folder.path,
    batch_size: 3,
    size: [6, 6],
    crop_size: 4,
    mirror: true,
    area: [0.3, 1],
    brightness: 0.5,
    contrast: 0.3,
    saturation: 0.5,
  };
  using net = await dataNet("ImageFolderData", param);
  const [first, second] = batches(net, 2);
  assert.equal(net.blob("x").shape[3], 4);
  assert.notDeepEqual(first, second);
  assert.ok(first!.every((value) => value >= 0 && value <= 255));
  using again = await dataNet("ImageFolderData", param);
  assert.deepEqual(batches(again, 2), [first, second]);
  using resumed = await dataNet("ImageFolderData", { ...param, prefetch: 1 });
  stateful(resumed).restoreState({ ...stateful(again).saveState(), position: 0, epoch: 1 });
  assert.deepEqual(batches(resumed, 1)[0], second);
  using test = await dataNet("ImageFolderData", param, { phase: "TEST" });
  const [one, two] = batches(test, 2);
  assert.deepEqual(one, two);
  assert.deepEqual(one!.slice(-3), [0, 0, 1]);
});

Deno.test("ImageFolderData: errors in folders", async () => {
  using folder = temporaryFolder();
  const param = { source: folder.path, batch_size: 1, size: [2, 2] };
  await assert.rejects(
    dataNet("ImageFolderData", param),
    /Expected images in folders of '.*' but found none/,
  );
  await assert.rejects(
    dataNet("ImageFolderData", { ...param, source: "/no/such" }),
    /Expected a folder of images '\/no\/such' but found/,
  );
  await assert.rejects(
    dataNet("ImageFolderData", { ...param, area: [1, 0.5] }),
    /Expected area as \[least, most\]/,
  );
  Deno.mkdirSync(join(folder.path, "a"));
  Deno.writeTextFileSync(join(folder.path, "a", "broken.jpg"), "no image");
  using net = await dataNet("ImageFolderData", param);
  assert.throws(() => net.forward(), /broken\.jpg\) of '.*': Expected an encoded image but found/);
});

function stateful(net: Net): { saveState(): object; restoreState(state: object): void } {
  return net.layers[0]!.layer as unknown as { saveState(): object; restoreState(state: object): void };
}
