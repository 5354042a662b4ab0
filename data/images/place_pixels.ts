import type { Pixels } from "./resize_pixels.ts";

/** A copy of the part of an image that begins at (left, top). */
export function cutPixels(
  { width: columns, channels, data }: Pixels,
  left: number,
  top: number,
  width: number,
  height: number,
): Pixels {
  const copy = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * columns + left) * channels;
    copy.set(data.subarray(from, from + width * channels), y * width * channels);
  }
  return { width, height, channels, data: copy };
}

/** How to fill what an image leaves free of a larger one: with a value per channel, its mirror image, or its border. */
export type Filling = readonly number[] | "MIRRORED" | "REPEAT_NEAREST";

/** An image of another size, with this one at (left, top). The rest is filled. */
export function placePixels(
  { width: columns, height: rows, channels, data }: Pixels,
  left: number,
  top: number,
  width: number,
  height: number,
  filling: Filling,
): Pixels {
  const placed = new Uint8ClampedArray(width * height * channels);
  const source = (at: number, size: number): number => {
    if (at >= 0 && at < size) return at;
    if (filling === "REPEAT_NEAREST" || size === 1) return at < 0 ? 0 : size - 1;
    if (filling !== "MIRRORED") return -1;
    const period = 2 * (size - 1), place = ((at % period) + period) % period;
    return place < size ? place : period - place;
  };
  for (let y = 0, to = 0; y < height; y++) {
    const row = source(y - top, rows);
    for (let x = 0; x < width; x++) {
      const column = source(x - left, columns), from = (row * columns + column) * channels;
      const isFree = row < 0 || column < 0;
      for (let c = 0; c < channels; c++) {
        placed[to++] = isFree ? (filling as readonly number[])[c] ?? 0 : data[from + c]!;
      }
    }
  }
  return { width, height, channels, data: new Uint8Array(placed.buffer) };
}

/**
 * Writes an image to `out`, one channel after the other: each value becomes (value − mean) · scale. The mean has no value,
 * one, one per channel, or one for each value of an image of the size of `mean.of`, from `left` and `top` on.
 */
export function writeInput(
  { width, height, channels, data }: Pixels,
  mirror: boolean,
  mean: {
    values: Float32Array;
    of?: { width: number; height: number } | undefined;
    left?: number;
    top?: number;
  },
  scale: number,
  out: Float32Array,
): void {
  const { values, of, left = 0, top = 0 } = mean, factor = Math.fround(scale);
  for (let c = 0, to = 0; c < channels; c++) {
    const own = values.length === 0 ? 0 : values[values.length === 1 ? 0 : c]!;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const from = mirror ? width - 1 - x : x;
        const average = of === undefined ? own : values[(c * of.height + top + y) * of.width + left + from]!;
        out[to++] = Math.fround(data[(y * width + from) * channels + c]! - average) * factor;
      }
    }
  }
}
