import assert from "node:assert/strict";
import { imagePixels } from "../../../../../train/runs/pictures/image_pixels.ts";

Deno.test("scale and mean are undone, and blue, green and red become red, green and blue", () => {
  // A pixel of blue 10, green 20, red 30, and one of 250, 240, 230.
  const mean_value = [100, 110, 120], scale = 0.5;
  const planes = [[10, 250], [20, 240], [30, 230]];
  const values = new Float32Array(
    planes.flatMap((plane, i) => plane.map((v) => (v - mean_value[i]!) * scale)),
  );
  const [image] = imagePixels({ images: [values], shape: [3, 1, 2], transform: { mean_value, scale } });
  assert.deepEqual([...image!.pixels], [30, 20, 10, 230, 240, 250]);
});

Deno.test("one mean value counts for all channels", () => {
  const [image] = imagePixels({
    images: [new Float32Array([-100, 100, 27])],
    shape: [3, 1, 1],
    transform: { mean_value: [128] },
  });
  assert.deepEqual([...image!.pixels], [155, 228, 28]);
});

Deno.test("values that are no pixels are stretched, over all images alike", () => {
  const images = [new Float32Array([-2, 0]), new Float32Array([2, 1])];
  const [first, second] = imagePixels({ images, shape: [1, 1, 2] });
  assert.deepEqual([...first!.pixels, ...second!.pixels], [0, 128, 255, 191]);
  // From 0 to 1 is no range of pixels; nor is one value alone.
  const [unit] = imagePixels({ images: [new Float32Array([0, 1])], shape: [1, 1, 2] });
  assert.deepEqual([...unit!.pixels], [0, 255]);
  const [flat] = imagePixels({ images: [new Float32Array([-3, -3])], shape: [1, 1, 2] });
  assert.deepEqual([...flat!.pixels], [0, 0]);
});

Deno.test("two channels stand side by side", () => {
  const [pair] = imagePixels({
    images: [new Float32Array([0, 10, 20, 30, 40, 50, 60, 255])],
    shape: [2, 2, 2],
  });
  assert.deepEqual([pair!.width, pair!.height, pair!.channels], [4, 2, 1]);
  assert.deepEqual([...pair!.pixels], [0, 10, 40, 50, 20, 30, 60, 255]);
});
