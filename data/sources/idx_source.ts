import { CremaError } from "../../base/error.ts";
import type { ImageShape } from "../images/image_shape.ts";
import { type IdxArray, readIdx } from "./idx.ts";
import type { RecordSource, SourceRecord } from "./record_source.ts";
import { counted } from "../../base/counted.ts";

/**
 * A pair of IDX files, as in MNIST and similar datasets: images (N, H, W) or (N, C, H, W), and one label per
 * image.
 */
export class IdxSource implements RecordSource {
  /** Path of the image file. */
  readonly name: string;
  /** Number of images. */
  readonly count: number;
  readonly #images: IdxArray;
  readonly #labels: IdxArray;
  readonly #shape: ImageShape;
  #index = 0;

  /** Reads both files completely. Throws a CremaError when one is damaged or they do not match. */
  constructor(images: string, labels: string) {
    this.name = images;
    this.#images = readIdx(images);
    this.#labels = readIdx(labels);
    const { shape } = this.#images;
    if (shape.length !== 3 && shape.length !== 4) {
      throw new CremaError(`Expected images of 3 or 4 axes but found ${shape.length}`, { file: images });
    }
    if (this.#labels.shape.length !== 1) {
      throw new CremaError(`Expected labels of 1 axis but found ${this.#labels.shape.length}`, {
        file: labels,
      });
    }
    if (this.#labels.shape[0] !== shape[0]) {
      throw new CremaError(
        `Expected ${counted(shape[0] ?? 0, "label")}, one per image of '${images}', but found ${
          this.#labels.shape[0]
        }`,
        {
          file: labels,
        },
      );
    }
    const [channels, height, width] = shape.length === 3 ? [1, ...shape.slice(1)] : shape.slice(1);
    this.count = shape[0]!;
    this.#shape = { channels: channels!, height: height!, width: width! };
  }

  /** Makes the record `index` the next one to read; `count` is the end. */
  seek(index: number): void {
    if (!Number.isInteger(index) || index < 0 || index > this.count) {
      throw new CremaError(`Expected a record from 0 to ${this.count - 1} but found ${index}`, {
        file: this.name,
      });
    }
    this.#index = index;
  }

  /** Reads the next record. Returns undefined after the last. */
  read(): SourceRecord | undefined {
    const index = this.#index;
    if (index === this.count) return undefined;
    this.#index++;
    const { channels, height, width } = this.#shape;
    const size = channels * height * width;
    return {
      ...this.#shape,
      label: this.#labels.data[index]!,
      data: this.#images.data.subarray(index * size, (index + 1) * size),
      encoded: false,
    };
  }

  /** Does nothing: no file stays open. */
  [Symbol.dispose](): void {}
}
