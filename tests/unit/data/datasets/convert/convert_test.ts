import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { datasetCommand } from "../../../../../cli/dataset.ts";
import {
  convertCifar10,
  convertIdx,
  convertImages,
  convertPairs,
  imageMean,
  LeveldbSource,
  LmdbSource,
  meanFileOf,
  openSource,
  readDatum,
} from "../../../../../data/mod.ts";
// What Caffe's convert_imageset, convert_mnist_data and compute_image_mean made of these files.
import caffe from "./caffe_records.json" with { type: "json" };
import { writeCifar, writeIdx, writeImages } from "./made_up_files.ts";

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "crema-convert-" });
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const whole = (data: Uint8Array) => ({ channels: 0, height: 0, width: 0, label: 0, data, encoded: true });

/** The values of a database by their keys. */
function records(path: string): Record<string, string> {
  using source = existsSync(`${path}/CURRENT`)
    ? new LeveldbSource(path, { listed: true, parse: whole })
    : new LmdbSource(path, whole);
  const found: Record<string, string> = {};
  for (let record = source.read(), n = 0; record !== undefined; record = source.read(), n++) {
    found[source.describe(n)!] = (record.data as Uint8Array).toBase64();
  }
  return found;
}

Deno.test("images become the records that convert_imageset writes, in either database", () =>
  inFolder(async (folder) => {
    await writeImages(folder);
    const images = { root: `${folder}/img/`, list: `${folder}/list.txt` };
    const cases = {
      plain: {},
      gray: { gray: true },
      resized: { resizeWidth: 6, resizeHeight: 5 },
    };
    for (const [name, options] of Object.entries(cases)) {
      for (const backend of ["lmdb", "leveldb"] as const) {
        const bad: string[] = [];
        const onBadImage = (path: string) => void bad.push(path);
        const out = `${folder}/${name}_${backend}`;
        assert.deepEqual(await convertImages({ ...images, out, backend, onBadImage, ...options }), {
          written: 3,
          bad: 1,
        });
        assert.deepEqual(bad, [`${folder}/img/bad.png`]);
        assert.deepEqual(records(out), caffe[name as keyof typeof cases]);
      }
    }
    for (const backend of ["lmdb", "leveldb"] as const) {
      const mean = await imageMean(`${folder}/resized_${backend}`, { backend });
      assert.equal(meanFileOf(mean).toBase64(), caffe.mean);
      assert.equal(mean.channels.length, 3);
    }
    await assert.rejects(imageMean(`${folder}/plain_lmdb`), /to be 3x7x9, as the first, but found 3x6x8/);
  }));

Deno.test("encoded records hold the files as they are, or in another format", () =>
  inFolder(async (folder) => {
    await writeImages(folder);
    const images = { root: `${folder}/img/`, list: `${folder}/list.txt` };
    await convertImages({ ...images, out: `${folder}/same`, encoded: true });
    using same = new LmdbSource(`${folder}/same`);
    assert.deepEqual(same.read()!.data, Deno.readFileSync(`${folder}/img/a b.png`));
    await convertImages({ ...images, out: `${folder}/jpg`, encodeType: "jpg" });
    using jpg = new LmdbSource(`${folder}/jpg`);
    assert.deepEqual([...jpg.read()!.data.subarray(0, 2)], [0xff, 0xd8]);
  }));

Deno.test("--shuffle writes the same records in another order; --check-size wants one size", () =>
  inFolder(async (folder) => {
    await writeImages(folder);
    const images = { root: `${folder}/img/`, list: `${folder}/list.txt` };
    await convertImages({ ...images, out: `${folder}/shuffled`, shuffle: true, seed: 1 });
    const keys = Object.keys(records(`${folder}/shuffled`)).map((key) => key.replace(/^key '\d+_|'$/g, ""));
    assert.notDeepEqual(keys, ["a b.png", "gray.png", "alpha.png"]);
    assert.deepEqual(keys.toSorted(), ["a b.png", "alpha.png", "gray.png"]);
    await assert.rejects(
      convertImages({ ...images, out: `${folder}/sizes`, checkSize: true }),
      /list\.txt:2: Expected 'gray\.png' to have 189 bytes, as 'a b\.png', but found 144/,
    );
    await assert.rejects(
      convertImages({ ...images, root: `${folder}/img`, out: `${folder}/sizes` }),
      /found none that can be read of 4\. '.*img' is put before each path as it is: end it with '\/'/,
    );
    assert.deepEqual(Array.from(Deno.readDirSync(folder), ({ name }) => name).toSorted(), [
      "img",
      "list.txt",
      "shuffled",
    ]);
  }));

Deno.test("IDX files become the records that convert_mnist_data writes", () =>
  inFolder(async (folder) => {
    writeIdx(folder);
    const files = { images: `${folder}/images.idx`, labels: `${folder}/labels.idx` };
    assert.equal(await convertIdx({ ...files, out: `${folder}/lmdb` }), 6);
    assert.deepEqual(records(`${folder}/lmdb`), caffe.mnist);
    // The command, which has its option after the sub-command's name.
    const out = `${folder}/leveldb`;
    const args = ["mnist", files.images, files.labels, out, "--backend", "leveldb"];
    await datasetCommand().parseAsync(args, { from: "user" });
    assert.deepEqual(records(out), caffe.mnist);
  }));

Deno.test("pairs have two channels, and label 1 for two images of one class", () =>
  inFolder(async (folder) => {
    writeIdx(folder);
    const files = { images: `${folder}/images.idx`, labels: `${folder}/labels.idx` };
    assert.equal(await convertPairs({ ...files, out: `${folder}/pairs`, seed: 3 }), 6);
    using source = openSource({ type: "leveldb", path: `${folder}/pairs`, listed: true });
    const classes = [1, 0, 1, 2, 0, 1], same: boolean[] = [];
    for (let pair = source.read(); pair !== undefined; pair = source.read()) {
      assert.deepEqual([pair.channels, pair.height, pair.width], [2, 3, 4]);
      // The first pixel of image i is 36 i.
      const [a, b] = [pair.data[0]! / 36, pair.data[12]! / 36].map((image) => classes[image]);
      assert.equal(pair.label, a === b ? 1 : 0);
      same.push(a === b);
    }
    assert.equal(new Set(same).size, 2);
  }));

Deno.test("CIFAR-10's binary files become two databases with keys of five digits", () =>
  inFolder(async (folder) => {
    writeCifar(folder);
    const folders = await convertCifar10({ from: folder, out: `${folder}/out` });
    assert.deepEqual(folders, ["train", "test"].map((part) => `${folder}/out/cifar10_${part}_lmdb`));
    const [train, test] = folders.map(records);
    assert.deepEqual(Object.keys(train!).slice(-2), ["key '00008'", "key '00009'"]);
    const last = readDatum(Uint8Array.fromBase64(test!["key '00001'"]!));
    assert.deepEqual([last.channels, last.height, last.width, last.label], [3, 32, 32, 11]);
    assert.ok(last.data.every((value) => value === 110));
    Deno.writeFileSync(`${folder}/test_batch.bin`, new Uint8Array(100));
    await assert.rejects(
      convertCifar10({ from: folder, out: `${folder}/bad` }),
      /test_batch\.bin: Expected records of 3073 bytes, a label and 3x32x32 pixels, but found 100 bytes/,
    );
  }));
