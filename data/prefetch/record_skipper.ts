import { CremaError } from "../../base/error.ts";
import type { SourceRecord } from "../sources/record_source.ts";
import type { RecordStream } from "./record_stream.ts";

/**
 * Leaves out records of a stream that can't be read, and tells of each once. A source of which no record can be
 * read is an error.
 */
export class RecordSkipper {
  readonly #stream: RecordStream;
  readonly #onSkip: (what: string) => void;
  readonly #left = new Set<number>();

  /** `onSkip` gets the error's message, which names the record. */
  constructor(stream: RecordStream, onSkip: (what: string) => void) {
    this.#stream = stream;
    this.#onSkip = onSkip;
  }

  /** The next record of the stream. Returns undefined when it was left out. Throws a CremaError as {@link leaveOut}. */
  next(): SourceRecord | undefined {
    try {
      return this.#stream.next();
    } catch (error) {
      this.leaveOut(error, this.#stream.skip());
      return undefined;
    }
  }

  /**
   * Leaves out the record with this index in the source, whose error this is. Throws the error if it is of another
   * kind, and a CremaError when no record of the source can be read.
   */
  leaveOut(error: unknown, stored: number): void {
    if (!(error instanceof CremaError)) throw error;
    if (!this.#left.has(stored)) this.#onSkip(error.reason);
    this.#left.add(stored);
    if (this.#left.size < (this.#stream.count ?? Infinity)) return;
    throw new CremaError(`Expected an image that can be read in '${this.#stream.name}' but found none`, {
      hint: `The last one: ${error.reason}`,
      cause: error,
    });
  }
}
