import { CremaError } from "../../base/error.ts";
import type { DataRandom } from "../random.ts";
import type { Position, RecordSource, SourceRecord } from "../sources/record_source.ts";

/** The order of records in a {@link RecordStream}. */
export interface RecordStreamOptions {
  /** Whether to shuffle each epoch anew. The source must know its count. Default: the stored order. */
  shuffle?: boolean | undefined;
  /** The source of each epoch's order. */
  random: DataRandom;
}

/**
 * An endless stream of a source's records, epoch after epoch, in the stored order as in Caffe, or shuffled.
 * Disposing the stream disposes the source.
 */
export class RecordStream implements Disposable {
  readonly #source: RecordSource;
  readonly #random: DataRandom;
  readonly #shuffle: boolean;
  #order: Uint32Array | undefined;
  #epoch = 0;
  #index = 0;

  /**
   * Begins at the first record. Throws a CremaError when the source is empty, or cannot be shuffled for lack
   * of a count.
   */
  constructor(source: RecordSource, { shuffle = false, random }: RecordStreamOptions) {
    if (source.count === 0) {
      throw new CremaError(`Expected records in '${source.name}' but found none`);
    }
    if (shuffle && source.count === undefined) {
      throw new CremaError(
        `Expected a source that knows its number of records, to shuffle them, but found '${source.name}'`,
      );
    }
    this.#source = source;
    this.#random = random;
    this.#shuffle = shuffle;
    if (shuffle) this.#order = random.permutation(0, source.count!);
  }

  /** The source's name. */
  get name(): string {
    return this.#source.name;
  }

  /** Number of records in an epoch, if known. */
  get count(): number | undefined {
    return this.#source.count;
  }

  /** Position of the next record. */
  get position(): Position {
    const atEnd = this.#index === this.#source.count;
    return atEnd ? { epoch: this.#epoch + 1, index: 0 } : { epoch: this.#epoch, index: this.#index };
  }

  /** Goes to a position. Throws a CremaError when the source has no such record. */
  seek({ epoch, index }: Position): void {
    const { count } = this.#source;
    if (!Number.isInteger(index) || index < 0 || (count !== undefined && index >= count)) {
      throw new CremaError(`Expected a record from 0 to ${count! - 1} in '${this.name}' but found ${index}`, {
        hint: "Was the data changed since the position was saved?",
      });
    }
    if (this.#shuffle && epoch !== this.#epoch) this.#order = this.#random.permutation(epoch, count!);
    this.#epoch = epoch;
    this.#index = index;
    if (!this.#shuffle) this.#source.seek(index);
  }

  /** Reads the next record. Throws a CremaError that names the source and the record when it is damaged. */
  next(): SourceRecord {
    const record = this.#read();
    if (record !== undefined) return record;
    if (this.#index === 0) throw new CremaError(`Expected records in '${this.name}' but found none`);
    this.seek({ epoch: this.#epoch + 1, index: 0 });
    const first = this.#read();
    if (first === undefined) throw new CremaError(`Expected records in '${this.name}' but found none`);
    return first;
  }

  /** Goes past the record that {@link next} could not read. Returns its index in the source. */
  skip(): number {
    const stored = this.#order?.[this.#index] ?? this.#index;
    this.#index++;
    if (!this.#shuffle) this.#source.seek(this.#index);
    return stored;
  }

  /** The index in the source of the record that was read last. */
  get last(): number {
    const index = this.#index - 1;
    return this.#order?.[index] ?? index;
  }

  /** Names the record with this index in the source, for messages. */
  describe(stored: number): string {
    const key = this.#source.describe?.(stored);
    return `record ${stored}${key === undefined ? "" : ` (${key})`} of '${this.name}'`;
  }

  /** Names the record with this index in the source in the message of a CremaError. Returns other errors as they are. */
  named(error: unknown, stored: number): unknown {
    if (!(error instanceof CremaError)) return error;
    return new CremaError(`${this.describe(stored)}: ${error.reason}`, { hint: error.hint, cause: error });
  }

  /** Closes the source. */
  [Symbol.dispose](): void {
    this.#source[Symbol.dispose]();
  }

  #read(): SourceRecord | undefined {
    if (this.#index === this.#source.count) return undefined;
    const stored = this.#order?.[this.#index] ?? this.#index;
    let record;
    try {
      if (this.#shuffle) this.#source.seek(stored);
      record = this.#source.read();
    } catch (error) {
      throw this.named(error, stored);
    }
    if (record !== undefined) this.#index++;
    return record;
  }
}
