import type { Blob } from "../ffi/blob.ts";
import type { Engine } from "../ffi/engine.ts";
import type { HostLayer } from "../ffi/host/host_layer.ts";
import { CremaError } from "../base/error.ts";
import type { SourceState } from "../proto/messages.ts";
import { formatShape, type ImageShape } from "./images/image_shape.ts";
import { toRecord } from "./images/encoded_image.ts";
import { DataTransformer } from "./prefetch/data_transformer.ts";
import { DataRandom } from "./random.ts";
import type { SourceRecord } from "./sources/record_source.ts";
import { transformedShape, type TransformSettings } from "./transform_settings.ts";
import { counted } from "../base/counted.ts";

/** How to make a {@link MemoryDataLayer}. */
export interface MemoryDataOptions {
  /** Name of the layer. */
  name: string;
  /** N. */
  batchSize: number;
  /** (C, H, W), after the transform. */
  shape: ImageShape;
  /** How {@link MemoryDataLayer.addMatVector} transforms images. */
  transform: TransformSettings;
  /** The engine that transforms. */
  engine: Engine;
  /** Seed of the random choices of crops and flips. */
  seed: number;
  /** Gives layers with the same seed different random choices. */
  stream: string;
}

/** An image of bytes, (H, W, K), with the channels side by side, as a `cv::Mat` has it: for colours, blue, green, red. */
export interface ByteImage {
  /** H, W, K. */
  readonly shape: readonly number[];
  /** The values. */
  readonly data: Uint8Array;
}

/**
 * Caffe's MemoryData layer, which a program feeds: `reset` gives it values, `addMatVector` and `addDatumVector` give it
 * images that it transforms. Tops: data (N, C, H, W) and labels (N), batch by batch, from the start again after the last.
 *
 * ```ts
 * import { MemoryDataLayer, Net } from "crema";
 * import { deepEqual } from "node:assert/strict";
 *
 * using net = await Net.fromText(`layer {
 *   name: "input" type: "MemoryData" top: "data" top: "label"
 *   memory_data_param { batch_size: 2 channels: 1 height: 1 width: 3 }
 * }`);
 * const input = net.layer("input").layer as MemoryDataLayer;
 * input.reset(new Float32Array([1, 2, 3, 4, 5, 6]), [0, 1]);
 * deepEqual([...net.forward().data!], [1, 2, 3, 4, 5, 6]);
 * ```
 */
export class MemoryDataLayer implements HostLayer {
  readonly #options: MemoryDataOptions;
  #batchSize: number;
  #data: Float32Array | undefined;
  #labels: Float32Array = new Float32Array();
  /** The next record. */
  #position = 0;
  /** Number of images that were transformed, which the random choices depend on. */
  #transformed = 0;
  #seed: number;
  /** Whether there are images that no forward has given yet. */
  #isNew = false;

  /** Takes the options. Forward needs data first. */
  constructor(options: MemoryDataOptions) {
    this.#options = options;
    this.#batchSize = options.batchSize;
    this.#seed = options.seed;
  }

  /** N, the number of records per batch. Setting it throws a CremaError while added images wait to be read. */
  get batchSize(): number {
    return this.#batchSize;
  }

  set batchSize(size: number) {
    if (!Number.isInteger(size) || size < 1) {
      throw new CremaError(`Expected a batch size of at least 1 but found ${size}`);
    }
    this.#checkConsumed();
    this.#batchSize = size;
    this.#data = undefined;
  }

  /**
   * Gives the layer values and labels, which are not transformed. They are kept, not copied. Throws a CremaError unless
   * there are whole batches of records, and a label for each.
   */
  reset(data: Float32Array, labels: ArrayLike<number>): void {
    const { channels, height, width } = this.#options.shape, size = channels * height * width;
    const count = data.length / size;
    if (count !== labels.length) {
      throw new CremaError(
        `Expected ${counted(labels.length * size, "value")} for ${
          counted(labels.length, "label")
        } but found ${data.length}`,
      );
    }
    this.#checkBatches(count);
    this.#data = data;
    this.#labels = labels instanceof Float32Array ? labels : Float32Array.from(labels);
    this.#position = 0;
    this.#isNew = false;
  }

  /**
   * Gives the layer images and their labels, which it transforms as `transform_param` says. Throws a CremaError unless
   * there are whole batches of images that fit, and when earlier ones were not read yet.
   */
  addMatVector(images: readonly ByteImage[], labels: ArrayLike<number>): void {
    if (images.length !== labels.length) {
      throw new CremaError(
        `Expected a label for each of ${counted(images.length, "image")} but found ${labels.length}`,
      );
    }
    this.addDatumVector(images.map(({ shape: [height = 0, width = 0, channels = 1], data }, i) => {
      if (data.length !== height * width * channels) {
        throw new CremaError(
          `Expected ${counted(height * width * channels, "value")} in image ${i} but found ${data.length}`,
        );
      }
      return toRecord({ height, width, channels, data }, labels[i]!);
    }));
  }

  /** Gives the layer records (C, H, W) with their labels, as {@link addMatVector} does. */
  addDatumVector(records: readonly SourceRecord[]): void {
    this.#checkConsumed();
    this.#checkBatches(records.length);
    const { shape, transform, engine, stream } = this.#options;
    const size = shape.channels * shape.height * shape.width;
    const random = new DataRandom(this.#seed, stream);
    const transformer = new DataTransformer(engine, transform, random, 1);
    const data = new Float32Array(records.length * size);
    for (const [i, record] of records.entries()) {
      if (record.encoded) {
        throw new CremaError(`Expected record ${i} to be decoded but found an encoded image`, {
          hint: "Decode it with loadImage.",
        });
      }
      const found = transformedShape(transform, record);
      if (formatShape(found) !== formatShape(shape)) {
        throw new CremaError(
          `Expected record ${i} to be ${formatShape(shape)} after the transform but found ${
            formatShape(found)
          }`,
        );
      }
      transformer.choose(0, record, { epoch: 0, index: this.#transformed + i });
      // The engine takes memory that is not shared.
      const values = new (record.data instanceof Float32Array ? Float32Array : Uint8Array)(record.data);
      transformer.run(values, 1, record, data.subarray(i * size, (i + 1) * size));
    }
    this.#transformed += records.length;
    this.reset(data, records.map(({ label }) => label));
    this.#isNew = true;
  }

  /** Shapes the tops. Throws a CremaError unless there are two, and no bottom. */
  setup(bottoms: Blob[], tops: Blob[]): void {
    if (bottoms.length > 0) throw new CremaError(`Expected no bottom but found ${bottoms.length}`);
    if (tops.length !== 2) {
      throw new CremaError(`Expected 2 tops, data and labels, but found ${tops.length}`);
    }
    this.#shape(tops);
  }

  /** Does nothing: `forward` gives the tops their shapes. */
  reshape(): void {}

  /** Copies the next batch to the tops. Throws a CremaError when there is no data. */
  forward(_bottoms: Blob[], tops: Blob[]): void {
    const data = this.#data;
    if (data === undefined) {
      throw new CremaError("Expected data from the program but found none", {
        hint: "Call `reset` or `addMatVector` of `net.layer(name).layer` before forward. " +
          "The command can't feed MemoryData: use Data, ImageData or HDF5Data there.",
      });
    }
    this.#shape(tops);
    const [values, labels] = tops, count = values!.count, at = this.#position;
    const size = count / this.#batchSize;
    values!.data.set(data.subarray(at * size, at * size + count));
    labels!.data.set(this.#labels.subarray(at, at + this.#batchSize));
    this.#position = (at + this.#batchSize) % this.#labels.length;
    if (this.#position === 0) this.#isNew = false;
  }

  /** Does nothing: data has no gradient. */
  backward(): void {}

  /** The next record, and how many images were transformed. The data itself is the program's. */
  saveState(): SourceState {
    const { name } = this.#options;
    return { layer: name, position: this.#position, epoch: this.#transformed, seed: this.#seed };
  }

  /** Continues from the position that {@link saveState} returned. Give the layer its data first. */
  restoreState({ position = 0, epoch = 0, seed = this.#seed }: SourceState): void {
    const count = this.#labels.length;
    if (this.#data !== undefined && position >= count) {
      throw new CremaError(`Expected more than ${counted(position, "record")} but found ${count}`, {
        hint: "Give the layer the data that it had.",
      });
    }
    this.#position = position;
    this.#transformed = epoch;
    this.#seed = seed;
  }

  #shape([data, labels]: Blob[]): void {
    const { channels, height, width } = this.#options.shape, num = this.#batchSize;
    if (data!.shape.join() !== [num, channels, height, width].join()) {
      data!.reshape(num, channels, height, width);
    }
    if (labels!.shape.join() !== `${num}`) labels!.reshape(num);
  }

  #checkBatches(count: number): void {
    if (count > 0 && count % this.#batchSize === 0) return;
    throw new CremaError(
      `Expected a multiple of the batch size, ${this.#batchSize}, of records but found ${count}`,
    );
  }

  #checkConsumed(): void {
    if (!this.#isNew) return;
    throw new CremaError(
      "Expected the images that were added before to be read but found that they were not",
      {
        hint: "Run forward for each batch of them first.",
      },
    );
  }
}
