import { encodePng, type PixelImage } from "../../../plot/encode_png.ts";
import { imageSheet } from "../../../plot/image_sheet.ts";
import type { Net } from "../../../net/net.ts";
import { findClassOutputs, findImages } from "../outputs/find_outputs.ts";
import type { SummaryImage } from "../tensorboard/event_bytes.ts";
import { imagePixels } from "./image_pixels.ts";
import type { ClassName } from "./test_pictures.ts";

const MOST = 32;

/** Has a train net keep the blobs that {@link drawFirstBatch} reads. */
export function keepFirstBatch(net: Net): void {
  findImages(net)?.images.keep();
  findClassOutputs(net)?.labels.keep();
}

/**
 * The first images of the batch that a train net holds, with their labels, as an SVG document and as an image for
 * TensorBoard. Undefined for a net without images.
 */
export function drawFirstBatch(
  net: Net,
  nameOf: ClassName,
): { svg: string; image: SummaryImage } | undefined {
  const input = findImages(net), labels = findClassOutputs(net)?.labels;
  if (input === undefined) return undefined;
  const { images, transform } = input, { num, count } = images, shown = Math.min(num, MOST);
  if (shown === 0) return undefined;
  const size = count / num, { data } = images;
  const values = Array.from({ length: shown }, (_, i) => data.subarray(i * size, (i + 1) * size));
  const pixels = imagePixels({ images: values, shape: images.shape.slice(1), transform });
  const truth = labels?.count === num ? labels.data : undefined;
  const sheet = pixels.map((image, i) => ({
    image,
    captions: truth === undefined ? [] : [Number.isInteger(truth[i]) ? nameOf(truth[i]!) : String(truth[i])],
  }));
  return { svg: imageSheet("The first training images", sheet), image: gridOf(pixels) };
}

/** Images of one size in rows of eight, as one image. */
function gridOf(images: readonly PixelImage[]): SummaryImage {
  const { width, height, channels } = images[0]!;
  const columns = Math.min(8, images.length), rows = Math.ceil(images.length / columns);
  const stride = columns * width * channels;
  const pixels = new Uint8Array(stride * rows * height);
  for (const [i, image] of images.entries()) {
    const left = (i % columns) * width * channels, top = Math.floor(i / columns) * height;
    for (let y = 0; y < height; y++) {
      const row = image.pixels.subarray(y * width * channels, (y + 1) * width * channels);
      pixels.set(row, (top + y) * stride + left);
    }
  }
  const size = { width: columns * width, height: rows * height };
  return { ...size, channels, png: encodePng({ ...size, channels, pixels }) };
}
