import { type Pixels, resizePixels } from "./resize_pixels.ts";

/** How to interpolate between pixels, by the names of SSD's resize_param. */
export type Interpolation = "LINEAR" | "AREA" | "NEAREST" | "CUBIC" | "LANCZOS4";

/** The pixels of an axis that a new pixel comes from, and their weights. */
interface Taps {
  pixels: number[];
  weights: number[];
}

/**
 * Resizes an image of bytes as OpenCV's `resize` does. LINEAR and NEAREST give its bits; the others are computed in floats
 * and may differ by 1.
 */
export function resamplePixels(image: Pixels, height: number, width: number, how: Interpolation): Pixels {
  if (image.height === height && image.width === width) return image;
  if (how === "LINEAR") return resizePixels(image, height, width);
  // OpenCV averages areas only where both axes shrink.
  const shrinks = height <= image.height && width <= image.width;
  const kind = how === "AREA" && !shrinks ? "ENLARGED" : how;
  const across = tapsOf(image.width, width, kind), down = tapsOf(image.height, height, kind);
  const { channels, data } = image, length = width * channels;
  const rows = new Float32Array(image.height * length);
  for (let y = 0, to = 0; y < image.height; y++) {
    const start = y * image.width * channels;
    for (const { pixels, weights } of across) {
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let i = 0; i < pixels.length; i++) sum += data[start + pixels[i]! * channels + c]! * weights[i]!;
        rows[to++] = sum;
      }
    }
  }
  const resized = new Uint8ClampedArray(height * length);
  for (let y = 0, to = 0; y < height; y++) {
    const { pixels, weights } = down[y]!;
    for (let x = 0; x < length; x++) {
      let sum = 0;
      for (let i = 0; i < pixels.length; i++) sum += rows[pixels[i]! * length + x]! * weights[i]!;
      resized[to++] = sum; // rounds to the nearest
    }
  }
  return { width, height, channels, data: new Uint8Array(resized.buffer) };
}

function tapsOf(from: number, to: number, how: Exclude<Interpolation, "LINEAR"> | "ENLARGED"): Taps[] {
  // As OpenCV computes it, so that the same values round up.
  const scale = 1 / (to / from);
  const inside = (pixel: number) => Math.min(Math.max(pixel, 0), from - 1);
  return Array.from({ length: to }, (_, i): Taps => {
    if (how === "NEAREST") return { pixels: [inside(Math.floor(i * scale))], weights: [1] };
    if (how === "AREA") return areaTaps(i * scale, Math.min((i + 1) * scale, from));
    if (how === "ENLARGED") {
      const first = Math.floor(i * scale), part = Math.fround(i + 1 - (first + 1) * (to / from));
      const far = part <= 0 ? 0 : part - Math.floor(part);
      return { pixels: [inside(first), inside(first + 1)], weights: [1 - far, far] };
    }
    const centre = (i + 0.5) * scale - 0.5, first = Math.floor(centre), part = centre - first;
    const reach = how === "CUBIC" ? 2 : 4, kernel = how === "CUBIC" ? cubic : lanczos4;
    const offsets = Array.from({ length: 2 * reach }, (_, tap) => tap - reach + 1);
    const weights = offsets.map((offset) => kernel(offset - part));
    const sum = weights.reduce((all, weight) => all + weight, 0);
    return {
      pixels: offsets.map((offset) => inside(first + offset)),
      weights: weights.map((each) => each / sum),
    };
  });
}

/** Each pixel counts by how much of it lies between `start` and `end`. */
function areaTaps(start: number, end: number): Taps {
  const pixels: number[] = [], weights: number[] = [];
  for (let pixel = Math.floor(start + 1e-9); pixel < end - 1e-9; pixel++) {
    pixels.push(pixel);
    weights.push((Math.min(end, pixel + 1) - Math.max(start, pixel)) / (end - start));
  }
  return { pixels, weights };
}

/** The cubic convolution of Keys (1981), with OpenCV's a = −0.75. */
function cubic(distance: number): number {
  const x = Math.abs(distance), a = -0.75;
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

/** The Lanczos window of 4 lobes. */
function lanczos4(distance: number): number {
  const x = Math.PI * distance;
  if (Math.abs(x) < 1e-7) return 1;
  return Math.abs(distance) >= 4 ? 0 : 4 * Math.sin(x) * Math.sin(x / 4) / (x * x);
}
