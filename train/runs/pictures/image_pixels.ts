import type { PixelImage } from "../../../plot/encode_png.ts";
import type { TransformationParameter } from "../../../proto/messages.ts";

/** Images of one shape, as a net sees them. */
export interface NetImages {
  /** The values of each image. */
  images: readonly Float32Array[];
  /** Channels, height and width. */
  shape: readonly number[];
  /** How they were made from pixels. */
  transform?: TransformationParameter | undefined;
}

/**
 * Images for people. Scale and mean of the transform are undone (a mean image's own pixels can't be: they were cropped);
 * where that gives no values from 0 to 255, the values of all images are stretched to them. Three channels are blue, green
 * and red, as Caffe reads images; of another number than one or three, up to four stand side by side in grey.
 */
export function imagePixels({ images, shape, transform }: NetImages): PixelImage[] {
  const [channels = 1, height = 1, width = 1] = shape, size = height * width;
  const scale = transform?.scale ?? 1, means = transform?.mean_value ?? [];
  const meanOf = (channel: number) => means[channel] ?? means[0] ?? 0;
  const undo = (value: number, channel: number) => value / scale + meanOf(channel);

  let min = Infinity, max = -Infinity;
  for (const image of images) {
    for (let i = 0; i < image.length; i++) {
      const value = undo(image[i]!, Math.floor(i / size));
      if (value < min) min = value;
      if (value > max) max = value;
    }
  }
  const arePixels = min >= -1 && max <= 256 && max > 1.5;
  const [from, range] = arePixels ? [0, 255] : [min, max > min ? max - min : 1];
  const byteOf = (image: Float32Array, channel: number, at: number) =>
    (undo(image[channel * size + at]!, channel) - from) / range * 255;

  return images.map((image) => {
    if (channels === 3) {
      const pixels = new Uint8ClampedArray(size * 3);
      for (let at = 0; at < size; at++) {
        for (let channel = 0; channel < 3; channel++) {
          pixels[at * 3 + 2 - channel] = byteOf(image, channel, at);
        }
      }
      return { pixels: bytesOf(pixels), width, height, channels: 3 };
    }
    const shown = Math.min(channels, 4);
    const pixels = new Uint8ClampedArray(size * shown);
    for (let channel = 0; channel < shown; channel++) {
      for (let at = 0; at < size; at++) {
        const row = Math.floor(at / width);
        pixels[row * width * shown + channel * width + at % width] = byteOf(image, channel, at);
      }
    }
    return { pixels: bytesOf(pixels), width: width * shown, height, channels: 1 };
  });
}

function bytesOf(pixels: Uint8ClampedArray<ArrayBuffer>): Uint8Array {
  return new Uint8Array(pixels.buffer);
}
