import { CremaError } from "../../base/error.ts";
import { readBytesSync } from "../../base/read_bytes.ts";
import { decodeImage } from "../images/decode_image.ts";
import { fitImage, type FittedImage } from "../images/fit_image.ts";
import { DataRandom } from "../random.ts";
import { readListed } from "../sources/listed_file.ts";
import type { Position } from "../sources/record_source.ts";
import type { BatchContext, BatchMaker, SlotFor } from "./batch_maker.ts";
import type { ScaledImageBatches } from "./batch_spec.ts";
import { counted } from "../../base/counted.ts";

/**
 * Reads batches of whole images, each at a scale of its own, as py-faster-rcnn does: tops (N, 3, H, W), where
 * smaller images have zeros below and on the right, and (N, 2) with each image's number and scale. Each epoch has
 * its own order; the last images of an epoch, too few for a batch, are left out.
 */
export class ScaledImageReader implements BatchMaker {
  readonly #spec: ScaledImageBatches;
  readonly #random: DataRandom;
  #position: Position;
  #order: { epoch: number; of: Uint32Array } | undefined;

  onRecord: () => void = () => {};

  /** Starts at a position. */
  constructor(spec: ScaledImageBatches, { seed, stream, start }: BatchContext) {
    this.#spec = spec;
    this.#random = new DataRandom(seed, stream);
    this.#position = start;
    if (start.index + spec.batchSize <= spec.images.length) return;
    throw new CremaError(
      `Expected ${
        counted(start.index + spec.batchSize, "image")
      } in ${spec.path} but found ${spec.images.length}`,
      { hint: "Were there more images when the position was saved?" },
    );
  }

  async make(slotFor: SlotFor): Promise<void> {
    const { batchSize, images } = this.#spec, { epoch, index } = this.#position;
    if (this.#order?.epoch !== epoch) {
      this.#order = { epoch, of: this.#random.permutation(epoch, images.length) };
    }
    const numbers = this.#order.of.subarray(index, index + batchSize);
    const fitted = await Promise.all(
      Array.from(numbers, (image, n) => this.#read(image, { epoch, index: index + n })),
    );
    const height = Math.max(...fitted.map((image) => image.height));
    const width = Math.max(...fitted.map((image) => image.width));
    const slot = slotFor([[batchSize, 3, height, width], [batchSize, 2]]), [values, facts] = slot.tops;
    values!.data.fill(0);
    for (const [n, image] of fitted.entries()) {
      for (let c = 0; c < 3; c++) {
        for (let y = 0; y < image.height; y++) {
          const row = (c * image.height + y) * image.width;
          const to = ((n * 3 + c) * height + y) * width;
          values!.data.set(image.data.subarray(row, row + image.width), to);
        }
      }
      facts!.data.set([numbers[n]!, image.scale], 2 * n);
    }
    const next = index + batchSize, more = next + batchSize <= images.length;
    this.#position = more ? { epoch, index: next } : { epoch: epoch + 1, index: 0 };
    slot.next = this.#position;
  }

  /** Does nothing: no file stays open. */
  [Symbol.dispose](): void {}

  async #read(number: number, position: Position): Promise<FittedImage> {
    const { images, scales, maxSize, mean } = this.#spec, { path, flipped } = images[number]!;
    const side = scales[Math.floor(this.#random.draws(position)() * scales.length)]!;
    try {
      const bytes = readListed(path, this.#spec, (each, hint) => readBytesSync(each, "an image", hint));
      const image = fitImage(await decodeImage(bytes, "colour"), { side, maxSize, mean, flipped });
      this.onRecord();
      return image;
    } catch (cause) {
      if (!(cause instanceof CremaError)) throw cause;
      const reason = cause.file === undefined ? `${path}: ${cause.reason}` : `${cause.file}: ${cause.reason}`;
      throw new CremaError(`image ${number} of ${this.#spec.path}: ${reason}`, { hint: cause.hint, cause });
    }
  }
}
