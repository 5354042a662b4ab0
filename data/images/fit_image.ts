import type { Pixels } from "./resize_pixels.ts";

/** How {@link fitImage} makes input of an image. */
export interface FitImageOptions {
  /** The length of the shorter side, in pixels. */
  readonly side: number;
  /** The greatest length of the longer side. */
  readonly maxSize: number;
  /** What is subtracted from each channel. */
  readonly mean: readonly number[];
  /** Whether to mirror it, left to right. */
  readonly flipped: boolean;
}

/** An image as input: (channels, height, width). */
export interface FittedImage {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
  /** The factor of its sides. */
  readonly scale: number;
}

/**
 * Resizes an image, less a mean, so that its shorter side has the wanted length, or its longer side `maxSize` if
 * that would be exceeded: bilinear, as OpenCV's `resize` of floating-point images, and without a blur before
 * shrinking.
 */
export function fitImage({ width, height, channels, data }: Pixels, options: FitImageOptions): FittedImage {
  const { side, maxSize, mean, flipped } = options;
  const shorter = Math.min(width, height), longer = Math.max(width, height);
  const scale = Math.round(side / shorter * longer) > maxSize ? maxSize / longer : side / shorter;
  const columns = axis(width, scale), rows = axis(height, scale);
  const fitted = new Float32Array(channels * rows.length * columns.length);
  for (let c = 0, to = 0; c < channels; c++) {
    const value = (y: number, x: number) =>
      data[(y * width + (flipped ? width - 1 - x : x)) * channels + c]! - mean[c]!;
    for (const { low: top, high: bottom, part: down } of rows) {
      for (const { low: left, high: right, part: across } of columns) {
        const upper = value(top, left) * (1 - across) + value(top, right) * across;
        const lower = value(bottom, left) * (1 - across) + value(bottom, right) * across;
        fitted[to++] = upper * (1 - down) + lower * down;
      }
    }
  }
  return { width: columns.length, height: rows.length, data: fitted, scale };
}

/**
 * For each pixel of the resized axis, the two pixels that it lies between, and its way from the first to the
 * second.
 */
function axis(size: number, scale: number): { low: number; high: number; part: number }[] {
  return Array.from({ length: Math.max(1, Math.round(size * scale)) }, (_, i) => {
    const place = Math.min(Math.max((i + 0.5) / scale - 0.5, 0), size - 1), low = Math.floor(place);
    return { low, high: Math.min(low + 1, size - 1), part: place - low };
  });
}
