import { type Box, boxesIn, clipBox, resizeBox, sampleParts } from "../images/boxes.ts";
import { distortImage } from "../images/distort_image.ts";
import { cutPixels, type Filling, placePixels } from "../images/place_pixels.ts";
import { type Interpolation, resamplePixels } from "../images/resample_pixels.ts";
import type { Pixels } from "../images/resize_pixels.ts";
import { CremaError } from "../../base/error.ts";
import type { ResizeParameter } from "../../proto/messages.ts";
import type { AnnotatedBox } from "../sources/record_source.ts";
import type { AnnotatedTransform } from "./batch_spec.ts";

/** An image with its boxes, and where its first pixel is in the image before the crop. */
export interface AnnotatedImage {
  pixels: Pixels;
  boxes: readonly AnnotatedBox[];
  left: number;
  top: number;
  /** Size before the crop. */
  uncropped: { width: number; height: number };
  mirror: boolean;
}

/**
 * Transforms an image and its boxes as SSD does, in its order: colours are distorted, the image is put on a larger canvas, a
 * part is sampled, resized, and cropped, and all may be mirrored. `draw` returns random numbers from 0 to 1.
 */
export function transformAnnotated(
  image: Pixels,
  given: readonly AnnotatedBox[],
  transform: AnnotatedTransform,
  draw: () => number,
): AnnotatedImage {
  const { distortion, samplers, resizing, crop: [cropHeight, cropWidth], emit, phase } = transform;
  let pixels = image, boxes = given;
  if (distortion !== undefined) {
    pixels = { ...image, data: image.data.slice() };
    distortImage(pixels, distortion, draw);
  }
  ({ pixels, boxes } = expanded(pixels, boxes, transform, draw));
  const parts = sampleParts(boxes, samplers, draw);
  if (parts.length > 0) {
    const part = clipBox(parts[Math.floor(draw() * parts.length)]!);
    boxes = boxesIn(part, boxes, emit);
    pixels = cutPart(pixels, part);
  }
  const mirror = transform.mirror && draw() < 0.5;
  if (resizing !== undefined) {
    const { width, height } = pixels;
    boxes = boxes.map((box) => ({ ...box, ...resizeBox(box, width, height, resizing) }));
    pixels = resizedBy(pixels, resizing, draw);
  }
  const { width, height } = pixels, uncropped = { width, height };
  let left = 0, top = 0;
  if (cropHeight > 0) {
    if (cropHeight > height || cropWidth > width) {
      throw new CremaError(
        `Expected an image of at least ${cropHeight}x${cropWidth}, the crop, but found ${height}x${width}`,
      );
    }
    const isRandom = phase === "TRAIN";
    top = isRandom ? Math.floor(draw() * (height - cropHeight + 1)) : (height - cropHeight) >> 1;
    left = isRandom ? Math.floor(draw() * (width - cropWidth + 1)) : (width - cropWidth) >> 1;
    pixels = cutPixels(pixels, left, top, cropWidth, cropHeight);
  }
  const part = {
    xmin: left / width,
    ymin: top / height,
    xmax: (left + pixels.width) / width,
    ymax: (top + pixels.height) / height,
  };
  boxes = boxesIn(part, boxes, emit);
  if (mirror) boxes = boxes.map((box) => ({ ...box, xmin: 1 - box.xmax, xmax: 1 - box.xmin }));
  return { pixels, boxes, left, top, uncropped, mirror };
}

/** Puts the image on a larger canvas of the mean's colour, with the probability of expand_param. */
function expanded(
  pixels: Pixels,
  boxes: readonly AnnotatedBox[],
  { expansion, mean, meanShape, emit }: AnnotatedTransform,
  draw: () => number,
): { pixels: Pixels; boxes: readonly AnnotatedBox[] } {
  if (expansion === undefined) return { pixels, boxes };
  const { prob = 1, max_expand_ratio: most = 1 } = expansion;
  if (draw() > prob || Math.abs(most - 1) < 0.01) return { pixels, boxes };
  const ratio = 1 + draw() * (most - 1);
  const width = Math.floor(pixels.width * ratio), height = Math.floor(pixels.height * ratio);
  const top = Math.floor(draw() * (height - pixels.height)),
    left = Math.floor(draw() * (width - pixels.width));
  const canvas = {
    xmin: -left / pixels.width,
    ymin: -top / pixels.height,
    xmax: (width - left) / pixels.width,
    ymax: (height - top) / pixels.height,
  };
  const colour = meanShape !== undefined
    ? []
    : Array.from({ length: pixels.channels }, (_, c) => mean[mean.length === 1 ? 0 : c] ?? 0);
  return {
    pixels: placePixels(pixels, left, top, width, height, colour),
    boxes: boxesIn(canvas, boxes, emit),
  };
}

function cutPart(pixels: Pixels, { xmin, ymin, xmax, ymax }: Box): Pixels {
  const left = Math.floor(xmin * pixels.width), top = Math.floor(ymin * pixels.height);
  const width = Math.max(1, Math.floor((xmax - xmin) * pixels.width));
  const height = Math.max(1, Math.floor((ymax - ymin) * pixels.height));
  return cutPixels(
    pixels,
    Math.min(left, pixels.width - width),
    Math.min(top, pixels.height - height),
    width,
    height,
  );
}

/** Resizes an image as resize_param says, with one of its interpolations. */
export function resizedBy(
  pixels: Pixels,
  { resize_mode = "WARP", height = 0, width = 0, interp_mode = [], pad_mode = "CONSTANT", pad_value = [] }:
    ResizeParameter,
  draw: () => number,
): Pixels {
  const how: Interpolation = interp_mode[Math.floor(draw() * interp_mode.length)] ?? "LINEAR";
  if (resize_mode === "WARP") return resamplePixels(pixels, height, width, how);
  const aspect = Math.fround(pixels.width / pixels.height), isWide = aspect > Math.fround(width / height);
  const fits = resize_mode === "FIT_LARGE_SIZE_AND_PAD";
  const [rows, columns] = isWide === fits
    ? [Math.max(1, Math.floor(Math.fround(width / aspect))), width]
    : [height, Math.max(1, Math.floor(Math.fround(aspect * height)))];
  const resized = resamplePixels(pixels, rows, columns, how);
  if (!fits) return resized;
  const filling: Filling = pad_mode === "CONSTANT"
    ? Array.from({ length: pixels.channels }, (_, c) => pad_value[pad_value.length === 1 ? 0 : c] ?? 0)
    : pad_mode;
  return placePixels(resized, (width - columns) >> 1, (height - rows) >> 1, width, height, filling);
}
