/** An image of bytes: rows of pixels, each with its channels side by side, as decoders give them. */
export interface Pixels {
  /** Number of columns. */
  readonly width: number;
  /** Number of rows. */
  readonly height: number;
  /** Number of channels. */
  readonly channels: number;
  /** height · width · channels values. */
  readonly data: Uint8Array;
}

/** Bits of the weights' fraction. */
const BITS = 11;

/**
 * Resizes an image of bytes as OpenCV's `resize` with INTER_LINEAR does, bit for bit: bilinear, in fixed point with 11
 * bits per axis, and without a blur before shrinking. An image of the wanted size is returned as it is.
 *
 * ```ts
 * import { resizePixels } from "./resize_pixels.ts";
 * import assert from "node:assert/strict";
 *
 * const image = { width: 2, height: 1, channels: 1, data: new Uint8Array([0, 200]) };
 * assert.deepEqual([...resizePixels(image, 1, 4).data], [0, 50, 150, 200]);
 * ```
 */
export function resizePixels(image: Pixels, height: number, width: number): Pixels {
  if (image.height === height && image.width === width) return image;
  const { channels, data } = image;
  const across = axis(image.width, width, true), down = axis(image.height, height, false);
  const length = width * channels;
  // The two rows of the image between which the present row lies, resized across.
  let upper = new Int32Array(length), lower = new Int32Array(length);
  let upperRow = -1, lowerRow = -1;
  const resized = new Uint8Array(height * length);
  const fill = (row: number, out: Int32Array) => {
    const start = row * image.width * channels;
    for (let x = 0, to = 0; x < width; x++) {
      const a = start + across.first[x]! * channels, b = start + across.second[x]! * channels;
      const near = across.near[x]!, far = across.far[x]!;
      // Vertically, the last four bits are dropped.
      for (let c = 0; c < channels; c++) out[to++] = (data[a + c]! * near + data[b + c]! * far) >> 4;
    }
  };
  for (let y = 0, to = 0; y < height; y++) {
    const first = down.first[y]!, second = down.second[y]!;
    if (first === lowerRow) {
      [upper, lower] = [lower, upper];
      [upperRow, lowerRow] = [lowerRow, upperRow];
    }
    if (first !== upperRow) fill(upperRow = first, upper);
    if (second !== lowerRow) fill(lowerRow = second, lower);
    const near = down.near[y]!, far = down.far[y]!;
    for (let i = 0; i < length; i++) {
      resized[to++] = (((near * upper[i]!) >> 16) + ((far * lower[i]!) >> 16) + 2) >> 2;
    }
  }
  return { width, height, channels, data: resized };
}

/**
 * For each new pixel of an axis, the two pixels that it comes from and their weights. Across, the weights end at the
 * border; down, both pixels are the border's.
 */
function axis(from: number, to: number, endsAtBorder: boolean) {
  const first = new Int32Array(to), second = new Int32Array(to);
  const near = new Int32Array(to), far = new Int32Array(to);
  const scale = 1 / (to / from);
  for (let i = 0; i < to; i++) {
    const centre = Math.fround((i + 0.5) * scale - 0.5);
    let pixel = Math.floor(centre);
    let part = Math.fround(centre - pixel);
    if (endsAtBorder && (pixel < 0 || pixel >= from - 1)) {
      pixel = Math.min(Math.max(pixel, 0), from - 1);
      part = 0;
    }
    first[i] = Math.min(Math.max(pixel, 0), from - 1);
    second[i] = Math.min(Math.max(pixel + 1, 0), from - 1);
    near[i] = roundToEven(Math.fround(Math.fround(1 - part) * 2 ** BITS));
    far[i] = roundToEven(part * 2 ** BITS);
  }
  return { first, second, near, far };
}

/** Rounds to the nearest integer, halves to the even one. */
function roundToEven(value: number): number {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
