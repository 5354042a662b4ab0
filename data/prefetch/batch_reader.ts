import { CremaError } from "../../base/error.ts";
import { decodeRecord } from "../images/encoded_image.ts";
import type { BatchSlot } from "./prefetch_channel.ts";
import type { Position, SourceRecord } from "../sources/record_source.ts";
import type { RecordStream } from "./record_stream.ts";
import { formatShape, type ImageShape } from "../images/image_shape.ts";
import { transformedShape, type TransformSettings } from "../transform_settings.ts";
import type { DataTransformer } from "./data_transformer.ts";

/**
 * Reads batches of records from a stream and transforms them. All records of a batch have one shape, as in
 * Caffe.
 */
export class BatchReader {
  readonly #stream: RecordStream;
  readonly #settings: TransformSettings;
  readonly #transformer: DataTransformer;
  readonly #labels: Float32Array;
  #records: Uint8Array<ArrayBuffer> | Float32Array<ArrayBuffer> = new Uint8Array();
  #shape: ImageShape | undefined;

  /** Called after each record is read, and again after it is decoded. */
  onRecord: () => void = () => {};

  /** Starts at the position of `stream`. */
  constructor(
    stream: RecordStream,
    settings: TransformSettings,
    transformer: DataTransformer,
    batchSize: number,
  ) {
    this.#stream = stream;
    this.#settings = settings;
    this.#transformer = transformer;
    this.#labels = new Float32Array(batchSize);
  }

  /**
   * Reads a batch into the slot that `slotFor` returns for records of this many values. Returns a promise
   * only when records are encoded images. Throws a CremaError that names the source and the record when one
   * is damaged or does not fit.
   */
  read(slotFor: (size: number) => BatchSlot): void | Promise<void> {
    this.#shape = undefined;
    const decoding: Promise<void>[] = [];
    for (let item = 0; item < this.#labels.length; item++) {
      const position = this.#stream.position;
      const record = this.#stream.next();
      this.onRecord();
      const stored = this.#stream.last;
      if (record.encoded) decoding.push(this.#decode(item, record, position, stored));
      else this.#place(item, record, position, stored);
    }
    if (decoding.length === 0) return this.#finish(slotFor);
    return Promise.all(decoding).then(() => this.#finish(slotFor));
  }

  async #decode(item: number, record: SourceRecord, position: Position, stored: number): Promise<void> {
    // The source overwrites these bytes with its next record.
    const copy = { ...record, data: record.data.slice() };
    let image;
    try {
      image = await decodeRecord(copy, this.#settings, this.#transformer.imageChoices(position));
    } catch (cause) {
      if (!(cause instanceof CremaError)) throw cause;
      throw new CremaError(`${this.#stream.describe(stored)}: ${cause.reason}`, { hint: cause.hint, cause });
    }
    this.#place(item, image, position, stored);
    this.onRecord();
  }

  #place(item: number, record: SourceRecord, position: Position, stored: number): void {
    const { data } = record;
    const size = data.length;
    if (this.#shape === undefined) this.#begin(record, stored);
    const shape = this.#shape!;
    if (
      record.channels !== shape.channels || record.height !== shape.height || record.width !== shape.width
    ) {
      throw new CremaError(
        `${this.#stream.describe(stored)}: Expected the shape ${formatShape(shape)} of its batch but found ${
          formatShape(record)
        }`,
        { hint: "Records of different shapes need crop_size and one size before it, or batch_size: 1." },
      );
    }
    if (data instanceof Float32Array !== this.#records instanceof Float32Array) {
      throw new CremaError(
        `${this.#stream.describe(stored)}: Expected values of one type in a batch but found bytes and floats`,
      );
    }
    this.#records.set(data, item * size);
    this.#labels[item] = record.label;
    this.#transformer.choose(item, shape, position);
  }

  /** Takes the shape and type of the batch from its first record, and makes room for it. */
  #begin(record: SourceRecord, stored: number): void {
    const { channels, height, width, data } = record;
    this.#shape = { channels, height, width };
    try {
      transformedShape(this.#settings, this.#shape);
    } catch (cause) {
      if (!(cause instanceof CremaError)) throw cause;
      throw new CremaError(`${this.#stream.describe(stored)}: ${cause.reason}`, { cause });
    }
    const length = this.#labels.length * data.length;
    const fits = this.#records.length >= length &&
      data instanceof Float32Array === this.#records instanceof Float32Array;
    if (!fits) {
      this.#records = data instanceof Float32Array ? new Float32Array(length) : new Uint8Array(length);
    }
  }

  #finish(slotFor: (size: number) => BatchSlot): void {
    const shape = this.#shape!;
    const target = transformedShape(this.#settings, shape);
    const slot = slotFor(target.channels * target.height * target.width);
    this.#transformer.run(this.#records, this.#labels.length, shape, slot.data);
    slot.labels.set(this.#labels);
    slot.shape = target;
    slot.next = this.#stream.position;
  }
}
