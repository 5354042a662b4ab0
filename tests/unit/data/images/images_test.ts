import assert from "node:assert/strict";
import { join } from "node:path";
import sharp from "sharp";
import { centreCrop, cropImage } from "../../../../data/images/crop_image.ts";
import { loadImage } from "../../../../data/images/load_image.ts";
import { type NdArray, ndArray, transpose } from "../../../../data/arrays/nd_array.ts";
import { oversample } from "../../../../data/images/oversample.ts";
import { resizeImage } from "../../../../data/images/resize_image.ts";
import { CremaError } from "../../../../base/error.ts";

/** An image file of 2 × 1 pixels with these channels. */
const png = (channels: 1 | 2 | 3 | 4, bytes: number[]) =>
  sharp(Uint8Array.from(bytes), { raw: { width: 2, height: 1, channels } }).png().toBuffer();

const near = (found: ArrayLike<number>, expected: number[], within = 1e-6) => {
  assert.equal(found.length, expected.length);
  for (const [i, value] of Array.from(found).entries()) {
    assert.ok(Math.abs(value - expected[i]!) <= within, `${i}: ${value} and ${expected[i]}`);
  }
};

/** An array of this shape with the values 0, 1, 2, … */
const counting = (...shape: number[]): NdArray => {
  const array = ndArray(shape);
  return { shape, data: array.data.map((_, i) => i) };
};

Deno.test("loadImage gives (H, W, 3) in RGB, from 0 to 1", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "a.png");
    await Deno.writeFile(path, await png(3, [255, 0, 51, 0, 102, 255]));
    const image = await loadImage(path);
    assert.deepEqual(image.shape, [1, 2, 3]);
    near(image.data, [1, 0, 0.2, 0, 0.4, 1]);
    const grey = await loadImage(path, { color: false });
    assert.deepEqual(grey.shape, [1, 2, 1]);
    near(grey.data, [0.2125 + 0.2 * 0.0721, 0.4 * 0.7154 + 0.0721]);
    await assert.rejects(loadImage(join(folder, "b.png")), /b.png: Expected an image but found no such file/);
    await Deno.writeTextFile(join(folder, "c.png"), "not a picture");
    await assert.rejects(loadImage(join(folder, "c.png")), (error: Error) => {
      assert.ok(error instanceof CremaError);
      return /c.png: Expected an image but found: /.test(error.message);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("grey images get three channels when asked, and transparency is dropped", async () => {
  const grey = await png(1, [51, 255]);
  near((await loadImage(grey)).data, [0.2, 0.2, 0.2, 1, 1, 1]);
  assert.deepEqual((await loadImage(grey, { color: false })).shape, [1, 2, 1]);
  near((await loadImage(grey, { color: false })).data, [0.2, 1]);
  near((await loadImage(await png(2, [51, 9, 255, 7]))).data, [0.2, 0.2, 0.2, 1, 1, 1]);
  const withAlpha = await loadImage(await png(4, [255, 0, 51, 128, 0, 102, 255, 3]));
  near(withAlpha.data, [1, 0, 0.2, 0, 0.4, 1]);
});

Deno.test("16 bits per channel keep their precision", async () => {
  const values = [1000, 2000, 65535, 0, 12345, 7];
  const deep = sharp(Uint16Array.from(values), { raw: { width: 2, height: 1, channels: 3 } });
  const image = await loadImage(await deep.toColourspace("rgb16").png().toBuffer());
  near(image.data, values.map((value) => value / 65535), 1e-7);
  const grey = sharp(Uint16Array.of(1000, 65535), { raw: { width: 2, height: 1, channels: 1 } });
  const bytes = await grey.toColourspace("grey16").png().toBuffer();
  near((await loadImage(bytes, { color: false })).data, [1000 / 65535, 1], 1e-7);
});

Deno.test("resizeImage interpolates between the centres of pixels", () => {
  const image = ndArray([2, 2, 1], [0, 1, 2, 3]);
  assert.deepEqual(resizeImage(image, [1, 1]).data, Float32Array.of(1.5));
  near(resizeImage(image, [2, 4]).data, [0, 0.25, 0.75, 1, 2, 2.25, 2.75, 3]);
  near(resizeImage(image, [4, 2]).data, [0, 1, 0.5, 1.5, 1.5, 2.5, 2, 3]);
  near(resizeImage(image, [2, 4], 0).data, [0, 0, 1, 1, 2, 2, 3, 3]);
  assert.deepEqual(resizeImage(image, [2, 2]), image);
  // Each channel is resized by itself, however many there are.
  const many = counting(3, 5, 4), wide = resizeImage(many, [6, 7]);
  assert.deepEqual(wide.shape, [6, 7, 4]);
  for (let k = 0; k < 4; k++) {
    const channel = ndArray([3, 5, 1], many.data.filter((_, i) => i % 4 === k));
    assert.deepEqual(wide.data.filter((_, i) => i % 4 === k), resizeImage(channel, [6, 7]).data);
  }
  // A constant image stays constant.
  assert.ok(resizeImage(ndArray([2, 2, 3], new Float32Array(12).fill(7)), [3, 3]).data.every((x) => x === 7));
  assert.throws(
    () => resizeImage(ndArray([2, 2]), [1, 1]),
    /Expected an image \(H, W, K\) but found .* \(2, 2\)/,
  );
  assert.throws(
    () => resizeImage(image, [0, 1]),
    /Expected a height and a width of 1 or more but found 0 and 1/,
  );
});

Deno.test("oversample crops the corners and the centre, then mirrors", () => {
  const image = counting(3, 4, 1);
  const crops = oversample([image, image], [2, 2]);
  assert.deepEqual(crops.shape, [20, 2, 2, 1]);
  const crop = (i: number) => [...crops.data.subarray(i * 4, i * 4 + 4)];
  assert.deepEqual(crop(0), [0, 1, 4, 5]);
  assert.deepEqual(crop(1), [2, 3, 6, 7]);
  assert.deepEqual(crop(2), [4, 5, 8, 9]);
  assert.deepEqual(crop(3), [6, 7, 10, 11]);
  assert.deepEqual(crop(4), [1, 2, 5, 6]);
  assert.deepEqual(crop(5), [1, 0, 5, 4]);
  assert.deepEqual(crop(9), [2, 1, 6, 5]);
  for (let i = 0; i < 10; i++) assert.deepEqual(crop(i + 10), crop(i));
  assert.throws(
    () => oversample([image], [4, 4]),
    /Expected an image that has 4 × 4 pixels .* found \(3, 4, 1\)/,
  );
  assert.throws(() => oversample([], [1, 1]), /Expected images but found none/);
  assert.throws(() => oversample([image, counting(4, 3, 1)], [2, 2]), /Expected images of shape \(3, 4, 1\)/);
});

Deno.test("windows are cropped with all channels", () => {
  const image = counting(3, 3, 2);
  assert.deepEqual([...cropImage(image, [1, 1], [2, 1]).data], [8, 9, 14, 15]);
  assert.deepEqual([...centreCrop(image, [1, 1]).data], [8, 9]);
  assert.throws(() => cropImage(image, [2, 0], [2, 1]), CremaError);
});

Deno.test("arrays have as many values as their shape, and can be transposed", () => {
  assert.throws(() => ndArray([2, 3], [1]), /Expected 6 values for the shape \(2, 3\) but found 1/);
  assert.throws(() => ndArray([-1]), /Expected axes of whole sizes but found \(-1\)/);
  const array = counting(2, 3, 4), turned = transpose(array, [2, 0, 1]);
  assert.deepEqual(turned.shape, [4, 2, 3]);
  for (let a = 0; a < 2; a++) {
    for (let b = 0; b < 3; b++) {
      for (let c = 0; c < 4; c++) {
        assert.equal(turned.data[c * 6 + a * 3 + b], array.data[a * 12 + b * 4 + c]);
      }
    }
  }
  assert.deepEqual(transpose(turned, [1, 2, 0]), array);
  assert.throws(() => transpose(array, [0, 0, 1]), /Expected an order of 3 axes but found \(0, 0, 1\)/);
});
