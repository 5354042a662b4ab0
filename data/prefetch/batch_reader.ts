import { CremaError } from "../../base/error.ts";
import { DecodedImages } from "../images/decoded_images.ts";
import { decodeRecord, recolourRecord } from "../images/encoded_image.ts";
import type { BatchMaker, SlotFor } from "./batch_maker.ts";
import type { Position, SourceRecord } from "../sources/record_source.ts";
import type { RecordStream } from "./record_stream.ts";
import { RecordSkipper } from "./record_skipper.ts";
import { formatShape, type ImageShape } from "../images/image_shape.ts";
import { transformedShape, type TransformSettings } from "../transform_settings.ts";
import type { DataTransformer } from "./data_transformer.ts";

/** Consecutive records of a batch with one shape, which are transformed in one call. */
interface Run {
  shape: ImageShape;
  /** Position of the first record in the batch. */
  first: number;
  /** Number of records. */
  count: number;
  /** Offset of the first value in the batch's values. */
  start: number;
}

/** A record, where it was read, and its index in the source. */
interface ReadRecord {
  record: SourceRecord;
  position: Position;
  stored: number;
}

/**
 * Reads batches of records from a stream and transforms them. As in Caffe, all records of a batch have one
 * shape after the transform: with `crop_size`, each is cropped from its own size.
 */
export class BatchReader implements BatchMaker {
  readonly #stream: RecordStream;
  readonly #settings: TransformSettings;
  readonly #transformer: DataTransformer;
  readonly #labels: Float32Array;
  #records: Uint8Array<ArrayBuffer> | Float32Array<ArrayBuffer> = new Uint8Array();
  /** Number of values in `#records`. */
  #used = 0;
  #runs: Run[] = [];
  readonly #skipper: RecordSkipper | undefined;
  readonly #decoded = new DecodedImages();

  /** Called after each record is read, and again after it is decoded. */
  onRecord: () => void = () => {};
  /** Called once for each record that is left out. */
  onSkip: (what: string) => void = () => {};

  /**
   * Starts at the position of `stream`, which it owns. With `skipsBad`, a record that can't be read is left out: the next
   * one of the stream takes its place.
   */
  constructor(
    stream: RecordStream,
    settings: TransformSettings,
    transformer: DataTransformer,
    batchSize: number,
    skipsBad = false,
  ) {
    this.#stream = stream;
    if (skipsBad) this.#skipper = new RecordSkipper(stream, (what) => this.onSkip(what));
    this.#settings = settings;
    this.#transformer = transformer;
    this.#labels = new Float32Array(batchSize);
  }

  /** Reads a batch. Returns a promise only when records are encoded images. */
  make(slotFor: SlotFor): void | Promise<void> {
    this.#used = 0;
    this.#runs = [];
    // Records are placed in order, so those after the first encoded image wait until all are decoded.
    const waiting: Promise<ReadRecord | undefined>[] = [];
    for (let item = 0; item < this.#labels.length; item++) {
      const read = this.#next();
      if (!read.record.encoded && waiting.length === 0) this.#place(item, read);
      else {
        waiting.push(this.#decode(read));
      }
    }
    if (waiting.length === 0) return this.#finish(slotFor);
    return this.#placeDecoded(waiting).then(() => this.#finish(slotFor));
  }

  #next(): ReadRecord {
    while (true) {
      const { position } = this.#stream;
      const record = this.#skipper === undefined ? this.#stream.next() : this.#skipper.next();
      this.onRecord();
      if (record !== undefined) return { record, position, stored: this.#stream.last };
    }
  }

  /** Places the last records of a batch, in order. Those that are left out are replaced by the next ones of the stream. */
  async #placeDecoded(waiting: readonly Promise<ReadRecord | undefined>[]): Promise<void> {
    const decoded = await Promise.all(waiting);
    let item = this.#labels.length - decoded.length;
    const place = (read: ReadRecord | undefined) => {
      if (read !== undefined) this.#place(item++, read);
    };
    for (const read of decoded) place(read);
    while (item < this.#labels.length) place(await this.#decode(this.#next()));
  }

  /** The record as an image; undefined when it is left out. */
  async #decode({ record: read, position, stored }: ReadRecord): Promise<ReadRecord | undefined> {
    // The source overwrites these bytes with its next record.
    const record = { ...read, data: read.data.slice() };
    if (!record.encoded) return { record, position, stored };
    try {
      const choices = this.#transformer.imageChoices(position);
      const image = await decodeRecord(
        record,
        this.#settings,
        choices,
        (bytes, colour) => this.#decoded.decode(stored, bytes, colour),
      );
      this.onRecord();
      return { record: image, position, stored };
    } catch (error) {
      const named = this.#stream.named(error, stored);
      if (this.#skipper === undefined) throw named;
      this.#skipper.leaveOut(named, stored);
      return undefined;
    }
  }

  #place(item: number, { record: found, position, stored }: ReadRecord): void {
    const record = this.#recoloured(found, stored);
    const { channels, height, width, data } = record;
    const shape = { channels, height, width };
    const run = this.#runs.at(-1);
    if (run !== undefined && isSame(run.shape, shape)) run.count++;
    else this.#begin({ shape, first: item, count: 1, start: this.#used }, stored);
    const isFloats = data instanceof Float32Array;
    if (item === 0) this.#reserve(this.#labels.length * data.length, isFloats);
    else if (isFloats !== this.#records instanceof Float32Array) {
      throw new CremaError(
        `${this.#stream.describe(stored)}: Expected values of one type in a batch but found bytes and floats`,
      );
    }
    this.#reserve(this.#used + data.length, isFloats);
    this.#records.set(data, this.#used);
    this.#used += data.length;
    this.#labels[item] = record.label;
    this.#transformer.choose(item, shape, position);
  }

  #recoloured(record: SourceRecord, stored: number): SourceRecord {
    try {
      return recolourRecord(record, this.#settings);
    } catch (error) {
      throw this.#stream.named(error, stored);
    }
  }

  /** Begins a run of records. Throws a CremaError when they do not fit into the batch. */
  #begin(run: Run, stored: number): void {
    try {
      transformedShape(this.#settings, run.shape);
    } catch (error) {
      throw this.#stream.named(error, stored);
    }
    const before = this.#runs[0]?.shape;
    this.#runs.push(run);
    if (before === undefined) return;
    const { shape } = run;
    if (this.#settings.cropSize > 0 && before.channels === shape.channels) return;
    const otherChannels = before.channels !== shape.channels;
    throw new CremaError(
      `${this.#stream.describe(stored)}: Expected the shape ${formatShape(before)} of its batch but found ${
        formatShape(shape)
      }`,
      {
        hint: otherChannels
          ? "Use force_color or force_gray, or batch_size: 1."
          : "Records of different sizes need a crop_size that fits the smallest, or batch_size: 1.",
      },
    );
  }

  /** Makes room for `length` values, and keeps the values of this batch. */
  #reserve(length: number, isFloats: boolean): void {
    const present = this.#records;
    if (present.length >= length && present instanceof Float32Array === isFloats) return;
    // Later records of the batch are likely to be as large.
    const room = this.#used === 0 ? length : 2 * length;
    this.#records = isFloats ? new Float32Array(room) : new Uint8Array(room);
    if (this.#used > 0) this.#records.set(present.subarray(0, this.#used));
  }

  #finish(slotFor: SlotFor): void {
    const target = transformedShape(this.#settings, this.#runs[0]!.shape);
    const size = target.channels * target.height * target.width;
    const num = this.#labels.length;
    const slot = slotFor([[num, target.channels, target.height, target.width], [num]]);
    const [values, labels] = slot.tops;
    for (const { shape, first, count, start } of this.#runs) {
      this.#transformer.run(
        this.#records.subarray(start),
        count,
        shape,
        values!.data.subarray(first * size),
        first,
      );
    }
    labels!.data.set(this.#labels);
    slot.next = this.#stream.position;
  }

  /** Closes the stream. */
  [Symbol.dispose](): void {
    this.#stream[Symbol.dispose]();
  }
}

function isSame(a: ImageShape, b: ImageShape): boolean {
  return a.channels === b.channels && a.height === b.height && a.width === b.width;
}
