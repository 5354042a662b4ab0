import type { Position } from "../sources/record_source.ts";
import type { SourceSpec } from "../sources/source_spec.ts";
import type { ImageShape } from "../images/image_shape.ts";
import type { TransformSettings } from "../transform_settings.ts";

/** What the words of the control block hold, which the thread that trains and the Worker share. */
export const Word = {
  /** A {@link State}. */
  STATE: 0,
  /** Batches that the Worker has filled. Like the next, it wraps at 2^32; only the difference counts. */
  FILLED: 1,
  /** Batches that were taken. */
  TAKEN: 2,
  /** Changes when the Worker has news; who waits for a batch waits on it. */
  NEWS: 3,
  /** Changes when the Worker has something to do; it waits on it when all slots are full. */
  WAKE: 4,
  /** Slot buffers that the Worker has posted. */
  POSTED: 5,
  /** Changes with every record that the Worker reads. */
  PULSE: 6,
  /** Bytes of the error's JSON. */
  ERROR_LENGTH: 7,
} as const;

/** Number of words of the control block. */
export const WORDS = 8;

/** What the Worker is about. */
export const State = {
  /** It has not begun: it holds nothing, and can be ended. */
  STARTING: 0,
  /** It fills slots. */
  RUNNING: 1,
  /** It was asked to end. */
  STOPPING: 2,
  /** It has let go of everything. */
  STOPPED: 3,
  /** It has let go of everything, after the error that the error block holds. */
  FAILED: 4,
} as const;

/** Bytes for an error. */
export const ERROR_BYTES = 16384;

/** What a Worker is told when it begins. */
export interface PrefetchTask {
  /** The control block. */
  control: Int32Array<SharedArrayBuffer>;
  /** The error block. */
  error: Uint8Array<SharedArrayBuffer>;
  /** Where the Worker posts the buffer of a slot, a {@link SlotBuffer}. */
  port: unknown;
  /** The engine's library, for the transform. */
  library: string;
  /** Where records come from. */
  source: SourceSpec;
  /** Records of a batch. */
  batchSize: number;
  /** Batches that can be filled ahead. */
  slots: number;
  /** What becomes of a record. */
  transform: TransformSettings;
  /** Every epoch in an order of its own. */
  shuffle: boolean;
  /** Seed of all random choices. */
  seed: number;
  /** Tells layers of one seed apart. */
  stream: string;
  /** The first record. */
  start: Position;
}

/** A slot gets a buffer, at first and when batches have become larger. */
export interface SlotBuffer {
  /** Its number. */
  slot: number;
  /** Room for a {@link BatchSlot}. */
  buffer: SharedArrayBuffer;
}

/** An error as it crosses threads. */
export interface PrefetchError {
  /** Its message, without place and hint. */
  reason: string;
  /** What to do about it. */
  hint?: string | undefined;
  /** Where it arose. */
  stack?: string | undefined;
}

const HEADER = 8;

/** A batch in shared memory: shape, positions, labels, values. */
export class BatchSlot {
  /** The memory. */
  readonly buffer: SharedArrayBuffer;
  /** The labels, (N). */
  readonly labels: Float32Array<SharedArrayBuffer>;
  /** The values; at least as many as the shape needs. */
  readonly data: Float32Array<SharedArrayBuffer>;
  readonly #header: Float64Array<SharedArrayBuffer>;

  /** Room for `batchSize` records in a buffer of {@link BatchSlot.bytes}. */
  constructor(buffer: SharedArrayBuffer, batchSize: number) {
    this.buffer = buffer;
    this.#header = new Float64Array(buffer, 0, HEADER);
    this.labels = new Float32Array(buffer, HEADER * 8, batchSize);
    this.data = new Float32Array(buffer, HEADER * 8 + batchSize * 4);
  }

  /** Bytes for `batchSize` records of `size` values each. */
  static bytes(batchSize: number, size: number): number {
    return HEADER * 8 + batchSize * 4 * (1 + size);
  }

  /** Shape of each record. */
  get shape(): ImageShape {
    return { channels: this.#header[0]!, height: this.#header[1]!, width: this.#header[2]! };
  }

  set shape({ channels, height, width }: ImageShape) {
    this.#header[0] = channels;
    this.#header[1] = height;
    this.#header[2] = width;
  }

  /** Where the record after the batch stands. */
  get next(): Position {
    return { epoch: this.#header[3]!, index: this.#header[4]! };
  }

  set next({ epoch, index }: Position) {
    this.#header[3] = epoch;
    this.#header[4] = index;
  }
}
