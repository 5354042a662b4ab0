import type { DataRandom } from "../random.ts";
import type { Position } from "../sources/record_source.ts";

/** Which part of an image is taken at random: plain data that can go to a Worker. */
export interface ImageParts {
  /** Its area, between these fractions of the whole. Default: the whole image. */
  readonly area?: readonly [least: number, most: number] | undefined;
  /** Its aspect ratio differs from the image's by a factor from 1/aspect to aspect. */
  readonly aspect: number;
}

/** How to turn image files into records of one size: plain data that can go to a Worker. */
export interface ImageAugment extends ImageParts {
  /** Height and width of every record. */
  readonly size: readonly [height: number, width: number];
  /** The order of the colours in a record. Caffe's is BGR: blue, green, red. */
  readonly order: "BGR" | "RGB";
  /** Multiplies each colour value by a factor from 1 − brightness to 1 + brightness. */
  readonly brightness: number;
  /** Does the same with each value's difference from the image's mean grey. */
  readonly contrast: number;
  /** Does the same with each value's difference from its pixel's grey. */
  readonly saturation: number;
}

/** A part of an image, in pixels. */
export interface ImagePart {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** The random choices for one image, which depend only on its position. */
export class ImageChoices {
  readonly #numbers: number[];
  /** Returns one number after the other, from 0 to below 1, for what takes any number of them. */
  readonly draw: () => number;

  /** Draws eight numbers from 0 to 1. */
  constructor(random: DataRandom, position: Position) {
    this.#numbers = Array.from(random.image(position), (word) => word / 2 ** 32);
    this.draw = random.draws(position);
  }

  /**
   * The part to crop from an image of this size. Szegedy et al.: Going Deeper with Convolutions, CVPR 2015.
   */
  part(width: number, height: number, { area, aspect }: ImageParts): ImagePart {
    if (area === undefined) return { left: 0, top: 0, width, height };
    const [least, most] = area;
    const [share = 0, ratio = 0, down = 0, across = 0] = this.#numbers;
    const pixels = width * height * (least + share * (most - least));
    const shape = Math.exp((2 * ratio - 1) * Math.log(aspect)) * width / height;
    // A part that is too long for the image is cut off at its border.
    const partWidth = Math.min(width, Math.max(1, Math.round(Math.sqrt(pixels * shape))));
    const partHeight = Math.min(height, Math.max(1, Math.round(Math.sqrt(pixels / shape))));
    return {
      left: Math.floor(across * (width - partWidth + 1)),
      top: Math.floor(down * (height - partHeight + 1)),
      width: partWidth,
      height: partHeight,
    };
  }

  /** Changes the colours of RGB or grey pixels in place. Each pixel has `channels` values; alpha stays. */
  colour(pixels: Uint8Array, channels: number, { brightness, contrast, saturation }: ImageAugment): void {
    const [light, contrasts, saturate] = [brightness, contrast, saturation].map((strength, i) =>
      Math.max(0, 1 + (2 * this.#numbers[4 + i]! - 1) * strength)
    ) as [number, number, number];
    if (light === 1 && contrasts === 1 && saturate === 1) return;
    const colours = channels < 3 ? 1 : 3;
    const gray = (at: number) =>
      colours === 1 ? pixels[at]! : 0.299 * pixels[at]! + 0.587 * pixels[at + 1]! + 0.114 * pixels[at + 2]!;
    let sum = 0;
    for (let at = 0; at < pixels.length; at += channels) sum += gray(at);
    const mean = light * sum / (pixels.length / channels);
    for (let at = 0; at < pixels.length; at += channels) {
      const own = gray(at);
      for (let c = 0; c < colours; c++) {
        const saturated = own + saturate * (pixels[at + c]! - own);
        const value = mean + contrasts * (light * saturated - mean);
        pixels[at + c] = Math.min(255, Math.max(0, Math.round(value)));
      }
    }
  }
}
