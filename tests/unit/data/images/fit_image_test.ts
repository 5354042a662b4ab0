import { deepEqual, equal } from "node:assert/strict";
import { fitImage } from "../../../../data/images/fit_image.ts";

const row = (...data: number[]) => ({
  width: data.length,
  height: 1,
  channels: 1,
  data: Uint8Array.from(data),
});
const options = { side: 2, maxSize: 100, mean: [0], flipped: false };

Deno.test("an image is resized by its shorter side, bilinear and less the mean", () => {
  const image = fitImage(row(0, 200, 100), options);
  deepEqual([image.height, image.width, image.scale], [2, 6, 2]);
  deepEqual([...image.data], [0, 50, 150, 175, 125, 100, 0, 50, 150, 175, 125, 100]);
  deepEqual([...fitImage(row(0, 200, 100), { ...options, mean: [10.5] }).data.subarray(0, 2)], [-10.5, 39.5]);
  deepEqual([...fitImage(row(0, 200, 100), { ...options, flipped: true }).data.subarray(0, 6)], [
    ...[100, 125, 175, 150, 50, 0],
  ]);
  const half = fitImage({
    width: 4,
    height: 2,
    channels: 1,
    data: Uint8Array.of(0, 8, 16, 24, 4, 12, 20, 28),
  }, {
    ...options,
    side: 1,
  });
  deepEqual([half.scale, ...half.data], [0.5, 6, 22]);
});

Deno.test("an image whose longer side would be too long is resized by that", () => {
  const { width, height, scale } = fitImage(row(0, 200, 100), { ...options, maxSize: 5 });
  deepEqual([width, height], [5, 2]);
  equal(scale, 5 / 3);
});

Deno.test("the channels of an image come one after the other, each less its mean", () => {
  const pixels = { width: 2, height: 2, channels: 3, data: Uint8Array.from({ length: 12 }, (_, i) => i) };
  const { data } = fitImage(pixels, { ...options, mean: [0, 1, 2] });
  deepEqual([...data], [0, 3, 6, 9, 0, 3, 6, 9, 0, 3, 6, 9]);
});
