import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { IdxSource, readIdx } from "../../../../data/sources/idx.ts";
import { idxBytes, temporaryFolder } from "../fixture.ts";

const pixels = Uint8Array.from({ length: 12 }, (_, i) => i);

function withFile(bytes: Uint8Array, test: (path: string) => void): void {
  using folder = temporaryFolder();
  const path = `${folder.path}/file`;
  Deno.writeFileSync(path, bytes);
  test(path);
}

Deno.test("readIdx reads plain and gzipped files", () => {
  const bytes = idxBytes([3, 2, 2], pixels);
  for (const contents of [bytes, gzipSync(bytes)]) {
    withFile(contents, (path) => {
      const { shape, data } = readIdx(path);
      assert.deepEqual(shape, [3, 2, 2]);
      assert.deepEqual(new Uint8Array(data), pixels);
    });
  }
});

Deno.test("readIdx reads floats, which are big-endian", () => {
  const data = new Uint8Array(8);
  new DataView(data.buffer).setFloat32(0, 1.5);
  new DataView(data.buffer).setFloat32(4, -2);
  withFile(
    idxBytes([2], data, 0x0d),
    (path) => assert.deepEqual(readIdx(path).data, new Float32Array([1.5, -2])),
  );
});

const malformed: [what: string, bytes: Uint8Array, message: RegExp][] = [
  [
    "an empty file",
    new Uint8Array(),
    /Expected an IDX file, which begins with two zero bytes, but found an empty file/,
  ],
  ["a wrong magic", new Uint8Array([1, 2, 3, 4, 5]), /but found 01 02 03 04/],
  ["an unknown type", idxBytes([1], new Uint8Array(4), 0x0c), /but found type 0x0c/],
  ["no axes", new Uint8Array([0, 0, 8, 0]), /Expected an IDX file of at least one axis but found none/],
  ["a short header", new Uint8Array([0, 0, 8, 3, 0, 0]), /Expected a header of 16 bytes but found 6 bytes/],
  [
    "missing values",
    idxBytes([3, 2, 2], pixels.subarray(1)),
    /Expected 28 bytes for an array of 3x2x2 but found 27 bytes/,
  ],
  [
    "too many values",
    idxBytes([2, 2, 2], pixels),
    /Expected 24 bytes for an array of 2x2x2 but found 28 bytes/,
  ],
  ["a huge shape", idxBytes(Array(4).fill(0xffffffff), pixels), /Expected .* bytes for an array/],
  [
    "a cut gzip file",
    gzipSync(idxBytes([12], pixels)).subarray(0, 20),
    /Expected a whole gzip file but found/,
  ],
];

for (const [what, bytes, message] of malformed) {
  Deno.test(`readIdx refuses ${what}, naming the file`, () => {
    withFile(bytes, (path) => {
      assert.throws(() => readIdx(path), (error: Error) => {
        assert.equal(error.name, "CremaError");
        assert.match(error.message, message);
        assert.ok(error.message.startsWith(path));
        return true;
      });
    });
  });
}

Deno.test("readIdx says that a file is missing", () => {
  assert.throws(() => readIdx("/nowhere/images"), {
    message: "/nowhere/images: Expected an IDX file but found none",
  });
});

Deno.test("IdxSource gives each image with its label, from any record on", () => {
  using folder = temporaryFolder();
  const images = `${folder.path}/images`, labels = `${folder.path}/labels`;
  Deno.writeFileSync(images, idxBytes([3, 2, 2], pixels));
  Deno.writeFileSync(labels, idxBytes([3], new Uint8Array([7, 8, 9])));
  using source = new IdxSource(images, labels);
  assert.equal(source.count, 3);
  const record = (i: number) => ({
    channels: 1,
    height: 2,
    width: 2,
    label: 7 + i,
    data: pixels.subarray(4 * i, 4 * i + 4),
    encoded: false,
  });
  assert.deepEqual(source.read(), record(0));
  source.seek(2);
  assert.deepEqual(source.read(), record(2));
  assert.equal(source.read(), undefined);
  source.seek(1);
  assert.deepEqual(source.read(), record(1));
  assert.throws(() => source.seek(4), /Expected a record from 0 to 2 but found 4/);
});

Deno.test("IdxSource refuses files that do not belong together", () => {
  using folder = temporaryFolder();
  const path = (name: string, bytes: Uint8Array) => {
    Deno.writeFileSync(`${folder.path}/${name}`, bytes);
    return `${folder.path}/${name}`;
  };
  const images = path("images", idxBytes([3, 2, 2], pixels));
  const two = path("two", idxBytes([2], new Uint8Array(2)));
  assert.throws(
    () => new IdxSource(images, two),
    /Expected 3 labels, one an image of '.*images', but found 2/,
  );
  assert.throws(() => new IdxSource(images, images), /Expected labels of 1 axis but found 3/);
  assert.throws(() => new IdxSource(two, two), /Expected images of 3 or 4 axes but found 1/);
});
