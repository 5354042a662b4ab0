import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { LmdbWriter } from "../../../../data/sources/lmdb_writer.ts";
import { decodeImage } from "../../../../data/images/decode_image.ts";
import { findImages } from "../../../../train/fitting/mod.ts";
import { temporaryFolder } from "../../data/fixture.ts";

/** A folder with these files, which hold their names. */
function folderOf(...files: string[]): { path: string } & Disposable {
  const folder = temporaryFolder();
  for (const file of files) write(folder.path, file, file);
  return folder;
}

function write(folder: string, file: string, text: string): void {
  mkdirSync(dirname(`${folder}/${file}`), { recursive: true });
  Deno.writeTextFileSync(`${folder}/${file}`, text);
}

const find = (path: string) => findImages(path, { unpackTo: `${path}_unpacked` });

const rejects = (path: string, message: RegExp) =>
  assert.rejects(find(path), (error: Error) => {
    assert.equal(error.name, "CremaError");
    assert.match(error.message, message);
    return true;
  });

Deno.test("images are found in class folders, and in those of train and val", async () => {
  using one = folderOf("cat/1.jpg", "cat/2.jpg", "ant/1.png", "ant/2.PNG", "ant/notes.txt");
  assert.deepEqual(await find(one.path), {
    source: one.path,
    classes: ["ant", "cat"],
    train: [["ant/1.png", 0], ["ant/2.PNG", 0], ["cat/1.jpg", 1], ["cat/2.jpg", 1]].map(([file, label]) => ({
      path: `${one.path}/${file}`,
      label,
    })),
  });
  using two = folderOf("train/a/1.jpg", "train/b/1.jpg", "validation/a/1.jpg", "validation/b/1.jpg");
  const { classes, train, val } = await find(two.path);
  assert.deepEqual([classes, train.length], [["a", "b"], 2]);
  assert.deepEqual(val!.map(({ path, label }) => [path.slice(two.path.length), label]), [
    ["/validation/a/1.jpg", 0],
    ["/validation/b/1.jpg", 1],
  ]);
});

Deno.test("folders of train and val with other classes are an error that names them", async () => {
  using missing = folderOf("train/a/1.jpg", "train/b/1.jpg", "train/c/1.jpg", "val/a/1.jpg", "val/c/1.jpg");
  await rejects(
    missing.path,
    /Expected the same classes in 'train' and 'val' of '.*' but found 'b' only in 'train'/,
  );
  using more = folderOf("train/a/1.jpg", "train/b/1.jpg", "val/a/1.jpg", "val/x/1.jpg");
  await rejects(more.path, /but found 'x' only in 'val' and 'b' only in 'train'/);
});

Deno.test("train without val, or val without train, is an error that says what is missing", async () => {
  using noVal = folderOf("train/a/1.jpg", "train/b/1.jpg");
  await rejects(
    noVal.path,
    /Expected 'val' beside 'train' in the folder of images but found none\. Put the images to test on into '.*val'.*or name .*\/train,/,
  );
  using noTrain = folderOf("test/a/1.jpg", "test/b/1.jpg");
  await rejects(
    noTrain.path,
    /Expected 'train' beside 'test' .* but found none\. Put the images to learn from/,
  );
  // Classes may have such names.
  using classes = folderOf("train/1.jpg", "train/2.jpg", "bus/1.jpg", "bus/2.jpg");
  assert.deepEqual((await find(classes.path)).classes, ["bus", "train"]);
});

Deno.test("folders that make no classes are errors that say what to do", async () => {
  using empty = folderOf();
  await rejects(
    empty.path,
    /Expected images in folders of '.*' but found none.*photos\/cat\/1\.jpg|folder of their own/s,
  );
  using loose = folderOf("1.jpg", "2.jpg");
  await rejects(loose.path, /found none\. There are 2 images in the folder itself/);
  using one = folderOf("cat/1.jpg", "cat/2.jpg");
  await rejects(one.path, /Expected two classes or more in '.*' but found only 'cat'/);
  using single = folderOf("cat/1.jpg", "cat/2.jpg", "dog/1.jpg");
  await rejects(single.path, /Expected two images or more of the class 'dog' in '.*' but found 1/);
  using bare = folderOf("cat/1.jpg", "cat/2.jpg", "dog/readme.txt");
  await rejects(bare.path, /Expected two images or more of the class 'dog' in '.*' but found none/);
  await rejects(`${empty.path}/none`, /none: Expected images but found no such file or folder/);
});

Deno.test("a CSV file and Caffe's list name images, from their folder on", async () => {
  using folder = folderOf("a/1.jpg", "a/2 2.jpg", "b/1.jpg", "b/2.jpg");
  const { path } = folder;
  write(
    path,
    "all.csv",
    'id,Filename,Label\n1,a/1.jpg,red\n2,"a/2 2.jpg",red\n3,b/1.jpg,blue\n4,b/2.jpg,blue\n',
  );
  const table = await find(`${path}/all.csv`);
  assert.deepEqual(table.classes, ["blue", "red"]);
  assert.deepEqual(table.train[1], { path: `${path}/a/2 2.jpg`, label: 1, place: `${path}/all.csv:3` });
  write(path, "all.tsv", "path\tclass\na/1.jpg\t10\na/2 2.jpg\t10\n");
  await rejects(
    `${path}/all.tsv`,
    /all\.tsv: Expected images of each class from 0 to 10 but found none of 0, 1, 2/,
  );
  write(path, "list.txt", "a/1.jpg 0\na/2 2.jpg 0\nb/1.jpg 1\nb/2.jpg 1\n");
  const list = await find(`${path}/list.txt`);
  assert.deepEqual([list.classes, list.train.map(({ label }) => label)], [["0", "1"], [0, 0, 1, 1]]);
  write(path, "gone.csv", "path,label\na/1.jpg,red\nb/9.jpg,blue\n");
  await rejects(`${path}/gone.csv`, /gone\.csv:3: Expected an image 'b\/9\.jpg' but found no such file/);
  write(path, "columns.csv", "picture,kind\na/1.jpg,red\n");
  await rejects(
    `${path}/columns.csv`,
    /columns\.csv:1: Expected a column 'path' \(or file, filename, image\) but found picture, kind/,
  );
  write(path, "blank.csv", "path,label\na/1.jpg,\n");
  await rejects(`${path}/blank.csv`, /blank\.csv:2: Expected a label but found an empty field/);
  write(path, "odd.bin", "");
  await rejects(`${path}/odd.bin`, /odd\.bin: Expected a folder of images, a CSV file .* but found a file/);
});

Deno.test("the images of an LMDB become files with the same pixels", async () => {
  using folder = temporaryFolder();
  const lmdb = `${folder.path}/lmdb`;
  {
    using writer = new LmdbWriter(lmdb);
    for (let i = 0; i < 4; i++) {
      const data = Uint8Array.from({ length: 12 }, (_, at) => 20 * at + i);
      writer.write({ channels: 3, height: 2, width: 2, label: i % 2, data, encoded: false });
    }
    writer.finish();
  }
  const { classes, train } = await find(lmdb);
  assert.deepEqual([classes, train.map(({ label }) => label)], [["0", "1"], [0, 1, 0, 1]]);
  const { data } = await decodeImage(Deno.readFileSync(train[3]!.path), "colour");
  // Side by side: blue, green and red of each pixel.
  assert.deepEqual([...data], [3, 83, 163, 23, 103, 183, 43, 123, 203, 63, 143, 223]);
});
