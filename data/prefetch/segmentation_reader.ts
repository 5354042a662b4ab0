import { CremaError } from "../../base/error.ts";
import { readBytesSync } from "../../base/read_bytes.ts";
import { decodeImage } from "../images/decode_image.ts";
import { cutPixels, placePixels, writeInput } from "../images/place_pixels.ts";
import { resamplePixels } from "../images/resample_pixels.ts";
import type { Pixels } from "../images/resize_pixels.ts";
import { DataRandom } from "../random.ts";
import type { ImagePair } from "../sources/image_list.ts";
import { readListed } from "../sources/listed_file.ts";
import type { Position } from "../sources/record_source.ts";
import type { BatchContext, BatchMaker, SlotFor } from "./batch_maker.ts";
import type { SegmentationBatches } from "./batch_spec.ts";

/** An image and the label of each of its pixels, cropped. */
export interface SegmentedImage {
  image: Pixels;
  labels: Pixels;
  mirror: boolean;
  /** Height and width before the crop. */
  size: readonly [height: number, width: number];
}

/** Reads batches of images with a label for each pixel, as ImageSegData (DeepLab) and DenseImageData (SegNet) do. */
export class SegmentationReader implements BatchMaker {
  readonly #spec: SegmentationBatches;
  readonly #random: DataRandom;
  #position: Position;
  #order: { epoch: number; of: Uint32Array } | undefined;

  onRecord: () => void = () => {};

  /** Starts at a position. */
  constructor(spec: SegmentationBatches, { seed, stream, start }: BatchContext) {
    this.#spec = spec;
    this.#random = new DataRandom(seed, stream);
    this.#position = start;
    if (start.index <= spec.pairs.length) return;
    throw new CremaError(
      `Expected an image below ${spec.pairs.length} in '${spec.path}' but found ${start.index}`,
      {
        hint: "Was the data changed since the position was saved?",
      },
    );
  }

  async make(slotFor: SlotFor): Promise<void> {
    const { batchSize, transform: { mean, scale } } = this.#spec;
    const reading = Array.from({ length: batchSize }, () => {
      const position = this.#position, pair = this.#pairAt(position);
      this.#position = this.#after(position);
      return segmented(pair, this.#spec, this.#random.draws(position)).then((item) => {
        this.onRecord();
        return item;
      });
    });
    const items = await Promise.all(reading);
    const { image: { channels, height, width }, labels: first } = items[0]!;
    const plane = height * width, labelPlane = first.height * first.width;
    const slot = slotFor([
      [batchSize, channels, height, width],
      [batchSize, 1, first.height, first.width],
      [batchSize, 1, 1, 2],
    ]);
    const [values, labels, sizes] = slot.tops;
    for (const [n, { image, labels: own, mirror, size }] of items.entries()) {
      if (image.height !== height || image.width !== width) {
        throw new CremaError(
          `Expected images of ${height}x${width} in a batch of '${this.#spec.path}' but found ${image.height}x${image.width}`,
          { hint: "Add a crop, new_height and new_width, or batch_size: 1." },
        );
      }
      const data = values!.data.subarray(n * channels * plane, (n + 1) * channels * plane);
      writeInput(image, mirror, { values: mean }, scale, data);
      const none = { values: new Float32Array() };
      writeInput(own, mirror, none, 1, labels!.data.subarray(n * labelPlane, (n + 1) * labelPlane));
      sizes!.data.set([Math.min(height, size[0]), Math.min(width, size[1])], 2 * n);
    }
    slot.next = this.#position;
  }

  /** Does nothing: no file stays open. */
  [Symbol.dispose](): void {}

  #pairAt({ epoch, index }: Position): ImagePair {
    const { pairs, shuffle } = this.#spec;
    if (!shuffle) return pairs[index]!;
    if (this.#order?.epoch !== epoch) {
      this.#order = { epoch, of: this.#random.permutation(epoch, pairs.length) };
    }
    return pairs[this.#order.of[index]!]!;
  }

  #after({ epoch, index }: Position): Position {
    return index + 1 < this.#spec.pairs.length ? { epoch, index: index + 1 } : { epoch: epoch + 1, index: 0 };
  }
}

/**
 * Reads and transforms an image and its labels. `draw` returns random numbers from 0 to 1. Throws a CremaError that names
 * the line of the list.
 */
export async function segmented(
  { image: path, label, line }: ImagePair,
  spec: Omit<SegmentationBatches, "batchSize" | "shuffle" | "pairs">,
  draw: () => number,
): Promise<SegmentedImage> {
  const { transform, labels: kind } = spec;
  const read = (file: string, root = spec.root) =>
    readListed(file, { ...spec, root }, (each, hint) => readBytesSync(each, "an image", hint));
  try {
    let image = await decodeImage(read(path), transform.color ? "colour" : "gray");
    let labels = kind === "PIXEL"
      ? await decodeImage(read(label, spec.labelRoot), "gray")
      : uniform(image, kind === "IMAGE" ? Number(label) : transform.ignoreLabel);
    if (transform.resize !== undefined) {
      image = resamplePixels(image, ...transform.resize, "LINEAR");
      labels = resamplePixels(labels, ...transform.resize, "NEAREST");
    }
    if (labels.width !== image.width || labels.height !== image.height) {
      throw new CremaError(
        `Expected a label image of ${image.height}x${image.width}, as the image, but found ${labels.height}x${labels.width}`,
      );
    }
    const size = [image.height, image.width] as const;
    const factor = transform.scaleFactors[Math.floor(draw() * transform.scaleFactors.length)] ?? 1;
    if (factor !== 1) {
      const height = Math.max(1, Math.round(image.height * factor));
      const width = Math.max(1, Math.round(image.width * factor));
      image = resamplePixels(image, height, width, "LINEAR");
      labels = resamplePixels(labels, height, width, "NEAREST");
    }
    const mirror = transform.mirror && draw() < 0.5;
    const { labelDivisor = 1 } = transform;
    if (labelDivisor > 1) { // without a crop
      const [height, width] = size.map((each) => Math.max(1, Math.floor(each / labelDivisor))) as [
        number,
        number,
      ];
      return { image, labels: resamplePixels(labels, height, width, "NEAREST"), mirror, size };
    }
    return { ...cropBoth(image, labels, spec, draw), mirror, size };
  } catch (cause) {
    if (!(cause instanceof CremaError)) throw cause;
    const reason = cause.file === undefined ? cause.reason : `${cause.file}: ${cause.reason}`;
    throw new CremaError(`line ${line} of '${spec.path}': ${reason}`, { hint: cause.hint, cause });
  }
}

/** Pads what is smaller than the crop, below and on the right, with the mean and the ignored label; then crops both. */
function cropBoth(
  image: Pixels,
  labels: Pixels,
  { transform: { crop: [cropHeight, cropWidth], mean, ignoreLabel, phase } }: Pick<
    SegmentationBatches,
    "transform"
  >,
  draw: () => number,
): { image: Pixels; labels: Pixels } {
  if (cropHeight === 0) return { image, labels };
  const height = Math.max(image.height, cropHeight), width = Math.max(image.width, cropWidth);
  const colour = Array.from({ length: image.channels }, (_, c) => mean[mean.length === 1 ? 0 : c] ?? 0);
  const padded = height > image.height || width > image.width;
  const whole = padded ? placePixels(image, 0, 0, width, height, colour) : image;
  const wholeLabels = padded ? placePixels(labels, 0, 0, width, height, [ignoreLabel]) : labels;
  const isRandom = phase === "TRAIN";
  const top = isRandom ? Math.floor(draw() * (height - cropHeight + 1)) : (height - cropHeight) >> 1;
  const left = isRandom ? Math.floor(draw() * (width - cropWidth + 1)) : (width - cropWidth) >> 1;
  return {
    image: cutPixels(whole, left, top, cropWidth, cropHeight),
    labels: cutPixels(wholeLabels, left, top, cropWidth, cropHeight),
  };
}

function uniform({ width, height }: Pixels, label: number): Pixels {
  return { width, height, channels: 1, data: new Uint8Array(width * height).fill(label) };
}
