import type { Position } from "../sources/record_source.ts";
import type { SourceSpec } from "../sources/source_spec.ts";
import type { ImageShape } from "../images/image_shape.ts";
import type { TransformSettings } from "../transform_settings.ts";

/** Indices into the control block, which the training thread and the Worker share. */
export const Word = {
  /** A {@link State}. */
  STATE: 0,
  /**
   * Number of batches that the Worker has filled. Wraps at 2^32, like TAKEN; only their difference matters.
   */
  FILLED: 1,
  /** Number of batches that the training thread has taken. */
  TAKEN: 2,
  /** Changes when the Worker has news. The training thread waits on it for a batch. */
  NEWS: 3,
  /** Changes when the Worker has something to do. The Worker waits on it while all slots are full. */
  WAKE: 4,
  /** Number of slot buffers that the Worker has posted. */
  POSTED: 5,
  /** Changes whenever the Worker reads or decodes a record: its sign of life. */
  PULSE: 6,
  /** Length in bytes of the error's JSON. */
  ERROR_LENGTH: 7,
} as const;

/** Number of words in the control block. */
export const WORDS = 8;

/** States of the Worker. */
export const State = {
  /** It has not begun: it holds nothing and can be terminated. */
  STARTING: 0,
  /** It is filling slots. */
  RUNNING: 1,
  /** It was asked to stop. */
  STOPPING: 2,
  /** It has released everything. */
  STOPPED: 3,
  /** It has released everything after an error, which is in the error block. */
  FAILED: 4,
} as const;

/** Size of the error block in bytes. */
export const ERROR_BYTES = 16384;

/** The message that starts a Worker. */
export interface PrefetchTask {
  /** The control block. */
  control: Int32Array<SharedArrayBuffer>;
  /** The error block. */
  error: Uint8Array<SharedArrayBuffer>;
  /** Port on which the Worker posts each {@link SlotBuffer}. */
  port: unknown;
  /** Path of the engine's library, for the transform. */
  library: string;
  /** The source of the records. */
  source: SourceSpec;
  /** Number of records per batch. */
  batchSize: number;
  /** Number of batches that can be filled ahead. */
  slots: number;
  /** How to transform each record. */
  transform: TransformSettings;
  /** Whether to shuffle the records anew in each epoch. */
  shuffle: boolean;
  /** Seed of all random choices. */
  seed: number;
  /** Gives layers with the same seed different random choices. */
  stream: string;
  /** Position of the first record. */
  start: Position;
}

/** A new buffer for a slot: the first one, or a larger one when batches have grown. */
export interface SlotBuffer {
  /** Number of the slot. */
  slot: number;
  /** Room for a {@link BatchSlot}. */
  buffer: SharedArrayBuffer;
}

/** An error in the form in which it crosses threads. */
export interface PrefetchError {
  /** The message, without place and hint. */
  reason: string;
  /** What to do about it. */
  hint?: string | undefined;
  /** The stack trace. */
  stack?: string | undefined;
}

const HEADER = 8;

/** A batch in shared memory: shape, position, labels, values. */
export class BatchSlot {
  /** The memory. */
  readonly buffer: SharedArrayBuffer;
  /** The labels, (N). */
  readonly labels: Float32Array<SharedArrayBuffer>;
  /** The values. May be longer than the shape needs. */
  readonly data: Float32Array<SharedArrayBuffer>;
  readonly #header: Float64Array<SharedArrayBuffer>;

  /** Lays out a buffer of {@link BatchSlot.bytes} for `batchSize` records. */
  constructor(buffer: SharedArrayBuffer, batchSize: number) {
    this.buffer = buffer;
    this.#header = new Float64Array(buffer, 0, HEADER);
    this.labels = new Float32Array(buffer, HEADER * 8, batchSize);
    this.data = new Float32Array(buffer, HEADER * 8 + batchSize * 4);
  }

  /** Number of bytes for `batchSize` records of `size` values each. */
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

  /** Position of the record after the batch. */
  get next(): Position {
    return { epoch: this.#header[3]!, index: this.#header[4]! };
  }

  set next({ epoch, index }: Position) {
    this.#header[3] = epoch;
    this.#header[4] = index;
  }
}
