import { CremaError } from "../../base/error.ts";
import { decodeImage } from "../images/decode_image.ts";
import { recolourRecord } from "../images/encoded_image.ts";
import { writeInput } from "../images/place_pixels.ts";
import type { Pixels } from "../images/resize_pixels.ts";
import { DataRandom } from "../random.ts";
import type { Position, SourceRecord } from "../sources/record_source.ts";
import { openSource } from "../sources/source_spec.ts";
import { type AnnotatedImage, transformAnnotated } from "./annotated_image.ts";
import type { BatchContext, BatchMaker, SlotFor } from "./batch_maker.ts";
import type { AnnotatedBatches } from "./batch_spec.ts";
import { RecordStream } from "./record_stream.ts";

/** An item of a batch, transformed. */
interface Item extends AnnotatedImage {
  label: number;
}

/** Reads batches of images with boxes, as SSD's AnnotatedData does. */
export class AnnotatedReader implements BatchMaker {
  readonly #spec: AnnotatedBatches;
  readonly #random: DataRandom;
  readonly #stream: RecordStream;

  onRecord: () => void = () => {};

  /** Starts at a position. Throws a CremaError when the source is missing or damaged. */
  constructor(spec: AnnotatedBatches, { seed, stream, start }: BatchContext) {
    this.#spec = spec;
    this.#random = new DataRandom(seed, stream);
    this.#stream = new RecordStream(openSource(spec.source), { shuffle: spec.shuffle, random: this.#random });
    this.#stream.seek(start);
  }

  async make(slotFor: SlotFor): Promise<void> {
    const { batchSize, hasBoxes, transform: { mean, meanShape, scale } } = this.#spec;
    const reading: Promise<Item>[] = [];
    for (let i = 0; i < batchSize; i++) {
      const { position } = this.#stream;
      const record = this.#stream.next();
      // The source overwrites these bytes with its next record.
      const item = this.#item({ ...record, data: record.data.slice() }, position, this.#stream.last);
      item.catch(() => {}); // it counts below, unless a later record can't be read
      reading.push(item);
    }
    const items = await Promise.all(reading);
    const { channels, height, width } = items[0]!.pixels, size = channels * height * width;
    const boxes = hasBoxes ? items.reduce((sum, item) => sum + item.boxes.length, 0) : 0;
    const labelShape = hasBoxes ? [1, 1, Math.max(1, boxes), 8] : [batchSize, 1, 1, 1];
    const slot = slotFor([[batchSize, channels, height, width], labelShape]);
    const [values, labels] = slot.tops;
    if (hasBoxes) labels!.data.fill(-1);
    let row = 0;
    for (const [item, { pixels, mirror, left, top, label, boxes: own }] of items.entries()) {
      const found = [pixels.channels, pixels.height, pixels.width].join("x");
      if (found !== [channels, height, width].join("x")) {
        throw new CremaError(
          `Expected the shape ${channels}x${height}x${width} of its batch but found ${found}`,
          {
            hint: "Add a resize_param, or batch_size: 1.",
          },
        );
      }
      const out = values!.data.subarray(item * size, (item + 1) * size);
      writeInput(pixels, mirror, { values: mean, of: meanShape, left, top }, scale, out);
      if (!hasBoxes) labels!.data[item] = label;
      else {
        for (const { label: group, instance, xmin, ymin, xmax, ymax, difficult } of own) {
          labels!.data.set([item, group, instance, xmin, ymin, xmax, ymax, Number(difficult)], 8 * row++);
        }
      }
    }
    slot.next = this.#stream.position;
  }

  /** Closes the source. */
  [Symbol.dispose](): void {
    this.#stream[Symbol.dispose]();
  }

  async #item(record: SourceRecord, position: Position, stored: number): Promise<Item> {
    try {
      return await transformRecord(record, this.#spec, this.#random, position);
    } catch (error) {
      throw this.#stream.named(error, stored);
    } finally {
      this.onRecord();
    }
  }
}

/** Decodes and transforms a record. Throws a CremaError when it does not fit. */
export async function transformRecord(
  record: SourceRecord,
  { transform, hasBoxes }: Pick<AnnotatedBatches, "transform" | "hasBoxes">,
  random: DataRandom,
  position: Position,
): Promise<Item> {
  if (hasBoxes && record.boxes === undefined) {
    throw new CremaError("Expected a record with annotations, as the first one has, but found none");
  }
  const { forceColor, forceGray, meanShape } = transform;
  const colour = forceGray ? "gray" : forceColor ? "colour" : "stored";
  const pixels = record.encoded
    ? await decodeImage(record.data as Uint8Array, colour)
    : pixelsOf(recolourRecord(record, transform));
  const image = transformAnnotated(pixels, record.boxes ?? [], transform, random.draws(position));
  const { width, height } = image.uncropped;
  if (meanShape !== undefined && (meanShape.width !== width || meanShape.height !== height)) {
    throw new CremaError(
      `Expected an image of ${meanShape.height}x${meanShape.width}, the size of the mean_file, but found ${height}x${width}`,
    );
  }
  return { ...image, label: record.label };
}

/** The pixels of a record of bytes, the channels side by side. */
function pixelsOf({ channels, height, width, data }: SourceRecord): Pixels {
  if (data instanceof Float32Array) throw new CremaError("Expected a record of bytes but found floats");
  const plane = height * width, pixels = new Uint8Array(data.length);
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < plane; i++) pixels[i * channels + c] = data[c * plane + i]!;
  }
  return { width, height, channels, data: pixels };
}
