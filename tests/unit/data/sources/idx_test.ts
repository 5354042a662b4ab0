import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { readIdx } from "../../../../data/sources/idx.ts";
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

Deno.test("a gzipped file is unpacked no further than its header says", () => {
  const more = gzipSync(new Uint8Array([...idxBytes([3, 2, 2], pixels), ...new Uint8Array(1e6)]));
  withFile(more, (path) => {
    assert.throws(() => readIdx(path), /file: Expected 28 bytes for an array of 3x2x2 but found more$/);
  });
  const huge = gzipSync(idxBytes(Array(4).fill(0xffffffff), pixels));
  withFile(
    huge,
    (path) => assert.throws(() => readIdx(path), /Expected .* bytes for an array .* but found 32 bytes/),
  );
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
  ["a wrong magic number", new Uint8Array([1, 2, 3, 4, 5]), /but found 01 02 03 04/],
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
    "a truncated gzip file",
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
    message: "/nowhere/images: Expected an IDX file but found no such file",
  });
});
