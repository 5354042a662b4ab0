import { CremaError } from "../../base/error.ts";
import { readBytes } from "../../base/read_bytes.ts";
import { decodeImage } from "../../data/images/decode_image.ts";
import type { LabelledImage } from "./image_set.ts";

/** What {@link measureImages} finds. */
export interface ImageMeasures {
  /** The mean of blue, green and red over all images, each image counts the same; or of grey. */
  readonly mean: readonly number[];
  /** The standard deviation of all values. */
  readonly deviation: number;
  /** Whether all images are stored in grey. */
  readonly gray: boolean;
  /** The least, the middle and the greatest height and width. */
  readonly sizes: readonly [least: ImageSize, middle: ImageSize, greatest: ImageSize];
  /** Images that can't be read, with what is wrong with each. */
  readonly bad: ReadonlyMap<LabelledImage, string>;
}

/** Height and width of an image, in pixels. */
export type ImageSize = readonly [height: number, width: number];

/** How to measure images. */
export interface MeasureOptions {
  /** Whether images that can't be read are left out. Default: the first is an error. */
  skipBad?: boolean | undefined;
  /** Called after each image. */
  onProgress?: ((done: number, total: number) => void) | undefined;
}

/** How many images are decoded at a time: enough to keep the decoding threads busy. */
const AT_A_TIME = 8;

/**
 * Decodes images, and measures their sizes and colours. Throws a CremaError that names the file of an image that can't be
 * read, unless it is to be left out.
 */
export async function measureImages(
  images: readonly LabelledImage[],
  { skipBad = false, onProgress }: MeasureOptions = {},
): Promise<ImageMeasures> {
  const bad = new Map<LabelledImage, string>(), sums = [0, 0, 0], squares = [0, 0, 0];
  const heights: number[] = [], widths: number[] = [];
  let gray = true, next = 0, done = 0;
  const measure = async () => {
    for (let image; (image = images[next++]) !== undefined;) {
      try {
        const { height, width, channels, data } = await decodeImage(
          await readBytes(image.path, "an image"),
          "stored",
        );
        const colours = channels < 3 ? 1 : 3;
        if (colours === 3) gray = false;
        heights.push(height);
        widths.push(width);
        const [means, meanSquares] = momentsOf(data, channels, colours);
        for (let c = 0; c < 3; c++) {
          sums[c]! += means[c % colours]!;
          squares[c]! += meanSquares[c % colours]!;
        }
      } catch (cause) {
        if (!(cause instanceof CremaError)) throw cause;
        if (!skipBad) {
          const at = image.place === undefined ? "" : `${image.place}: `;
          throw new CremaError(`${at}${cause.reason}`, {
            file: image.path,
            hint: "Remove or replace it, or leave out what can't be read with --skip-bad-images.",
            cause,
          });
        }
        bad.set(image, cause.reason);
      }
      onProgress?.(++done, images.length);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, measure));
  const count = heights.length;
  if (count === 0) {
    const [[image, reason] = []] = bad;
    throw new CremaError("Expected images that can be read but found none", {
      hint: image === undefined ? undefined : `The first, ${image.path}: ${reason}`,
    });
  }
  const means = sums.map((sum) => sum / count);
  const variance = means.reduce((all, mean, c) => all + squares[c]! / count - mean ** 2, 0) / 3;
  heights.sort((a, b) => a - b);
  widths.sort((a, b) => a - b);
  const size = (index: number): ImageSize => [heights[index]!, widths[index]!];
  return {
    mean: gray ? means.slice(0, 1) : means,
    deviation: Math.sqrt(Math.max(0, variance)),
    gray,
    sizes: [size(0), size(count >> 1), size(count - 1)],
    bad,
  };
}

/** The mean and the mean square of each of the first `colours` channels. */
function momentsOf(data: Uint8Array, channels: number, colours: number): [number[], number[]] {
  const sums = [0, 0, 0], squares = [0, 0, 0], pixels = data.length / channels;
  for (let at = 0; at < data.length; at += channels) {
    for (let c = 0; c < colours; c++) {
      const value = data[at + c]!;
      sums[c]! += value;
      squares[c]! += value * value;
    }
  }
  return [sums.map((sum) => sum / pixels), squares.map((sum) => sum / pixels)];
}
