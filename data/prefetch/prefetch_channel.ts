import { countOf } from "../arrays/nd_array.ts";
import type { Position } from "../sources/record_source.ts";
import type { BatchSpec } from "./batch_spec.ts";

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
  /** Number of messages that the Worker has posted. */
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
  /** Port on which the Worker posts each {@link SlotBuffer} and {@link SkippedRecord}. */
  port: unknown;
  /** Path of the engine's library, for the transform. */
  library: string;
  /** What the batches are made of. */
  batches: BatchSpec;
  /** Number of batches that can be filled ahead. */
  slots: number;
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
  /** The memory of a {@link BatchSlot}. */
  buffer: SharedArrayBuffer;
}

/** A record that was left out, because it can't be read. */
export interface SkippedRecord {
  /** What is wrong with it. */
  skipped: string;
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

/** A top of a batch: its shape, and its values with the last axis fastest. */
export interface BatchTop {
  /** The sizes of the axes, the first is the number of records. */
  readonly shape: readonly number[];
  /** The values. */
  readonly data: Float32Array<SharedArrayBuffer>;
}

/** Words of the header before the shapes: the epoch and the index of {@link BatchSlot.next}, the number of tops. */
const FIXED = 3;

/**
 * A batch in shared memory: a header of numbers (the next position; then the number of axes and the axes of each
 * top), and the values of all tops.
 */
export class BatchSlot {
  /** The memory. */
  readonly buffer: SharedArrayBuffer;
  readonly #words: Float64Array<SharedArrayBuffer>;

  /** Wraps a buffer of at least {@link BatchSlot.bytes}. */
  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.#words = new Float64Array(buffer, 0, buffer.byteLength >> 3);
  }

  /** Number of bytes for tops of these shapes. */
  static bytes(shapes: readonly (readonly number[])[]): number {
    const values = shapes.reduce((sum, shape) => sum + countOf(shape), 0);
    return 8 * (headerWords(shapes) + Math.ceil(values / 2));
  }

  /** Whether tops of these shapes fit. */
  hasRoom(shapes: readonly (readonly number[])[]): boolean {
    return this.buffer.byteLength >= BatchSlot.bytes(shapes);
  }

  /** Gives the batch tops of these shapes. */
  layOut(shapes: readonly (readonly number[])[]): void {
    this.#words[2] = shapes.length;
    let at = FIXED;
    for (const shape of shapes) {
      this.#words[at++] = shape.length;
      for (const size of shape) this.#words[at++] = size;
    }
  }

  /** The tops. */
  get tops(): BatchTop[] {
    const shapes: number[][] = [];
    for (let at = FIXED; shapes.length < this.#words[2]!;) {
      const axes = this.#words[at]!;
      shapes.push(Array.from(this.#words.subarray(at + 1, at + 1 + axes)));
      at += 1 + axes;
    }
    let start = 8 * headerWords(shapes);
    return shapes.map((shape) => {
      const data = new Float32Array(this.buffer, start, countOf(shape));
      start += data.byteLength;
      return { shape, data };
    });
  }

  /** Position of the record after the batch. */
  get next(): Position {
    return { epoch: this.#words[0]!, index: this.#words[1]! };
  }

  set next({ epoch, index }: Position) {
    this.#words[0] = epoch;
    this.#words[1] = index;
  }
}

function headerWords(shapes: readonly (readonly number[])[]): number {
  return shapes.reduce((words, shape) => words + 1 + shape.length, FIXED);
}
