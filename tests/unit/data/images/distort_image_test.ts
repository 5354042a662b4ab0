import assert from "node:assert/strict";
import { distortImage } from "../../../../data/images/distort_image.ts";

const image = (...data: number[]) => ({
  width: data.length / 3,
  height: 1,
  channels: 3,
  data: Uint8Array.from(data),
});
/** A source of numbers from which each step takes its first as its chance, and its second as its strength. */
const half = () => 0.5;

Deno.test("brightness is added and contrast multiplied, within a byte", () => {
  const pixels = image(0, 100, 250);
  distortImage(pixels, { contrast_prob: 1, contrast_lower: 1.5, contrast_upper: 1.5 }, half);
  assert.deepEqual([...pixels.data], [0, 150, 255]);
  distortImage(pixels, { brightness_prob: 1, brightness_delta: 40 }, () => 0.99);
  assert.deepEqual([...pixels.data], [39, 189, 255]);
});

Deno.test("saturation 0 makes grey, and a turn of the hue by 60 makes green of red", () => {
  const pixels = image(10, 20, 200);
  distortImage(pixels, { saturation_prob: 1, saturation_lower: 0, saturation_upper: 0 }, half);
  assert.deepEqual([...pixels.data], [200, 200, 200]);
  const red = image(0, 0, 255);
  distortImage(
    red,
    { hue_prob: 1, hue_delta: 60 },
    (() => {
      // Contrast last; the chances of brightness and saturation; then that of the hue, and how far.
      const numbers = [0, 0.5, 0.5, 0.5, 1, 0.5];
      return () => numbers.shift() ?? 0.5;
    })(),
  );
  assert.deepEqual([...red.data], [0, 255, 0]);
});

Deno.test("without probabilities nothing changes, and hue and saturation keep a colour when they change nothing", () => {
  const pixels = image(1, 2, 3, 90, 80, 70, 255, 0, 128);
  distortImage(pixels, {}, half);
  assert.deepEqual([...pixels.data], [1, 2, 3, 90, 80, 70, 255, 0, 128]);
  const unchanged = {
    saturation_prob: 1,
    saturation_lower: 1,
    saturation_upper: 1,
    hue_prob: 1,
    hue_delta: 9,
  };
  distortImage(pixels, unchanged, half);
  for (const [i, value] of [1, 2, 3, 90, 80, 70, 255, 0, 128].entries()) {
    assert.ok(Math.abs(pixels.data[i]! - value) <= 3, `${i}: ${pixels.data[i]}`); // hue and saturation are bytes
  }
});
