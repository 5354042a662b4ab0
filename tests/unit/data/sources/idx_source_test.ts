import assert from "node:assert/strict";
import { IdxSource } from "../../../../data/sources/idx_source.ts";
import { idxBytes, temporaryFolder } from "../fixture.ts";

const pixels = Uint8Array.from({ length: 12 }, (_, i) => i);

Deno.test("IdxSource reads each image with its label, starting at any record", () => {
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

Deno.test("IdxSource refuses files that do not match", () => {
  using folder = temporaryFolder();
  const path = (name: string, bytes: Uint8Array) => {
    Deno.writeFileSync(`${folder.path}/${name}`, bytes);
    return `${folder.path}/${name}`;
  };
  const images = path("images", idxBytes([3, 2, 2], pixels));
  const two = path("two", idxBytes([2], new Uint8Array(2)));
  assert.throws(
    () => new IdxSource(images, two),
    /Expected 3 labels, one per image of '.*images', but found 2/,
  );
  assert.throws(() => new IdxSource(images, images), /Expected labels of 1 axis but found 3/);
  assert.throws(() => new IdxSource(two, two), /Expected images of 3 or 4 axes but found 1/);
});
