import { hostname } from "node:os";
import { join } from "node:path";
import { eventBytes, type EventContent, type SummaryValue } from "./event_bytes.ts";
import { frameRecord } from "./frame_record.ts";

/**
 * A file of TensorBoard's events, `events.out.tfevents.<seconds>.<host>.<process>`. Each event is written at once, so that
 * a killed training leaves whole events, except perhaps for the last.
 */
export class EventFile implements Disposable {
  /** The file's path. */
  readonly path: string;
  readonly #file: Deno.FsFile;

  /**
   * Makes a file in a folder. With `from`, it goes on where another file ends: TensorBoard drops what that one has from
   * this step on. Throws what opening it throws.
   */
  constructor(folder: string, from?: number) {
    const seconds = String(Math.floor(Date.now() / 1000)).padStart(10, "0");
    // Two in one second, as when a resumed training fails at once, must not share a file.
    for (let number = 0;; number++) {
      this.path = join(folder, `events.out.tfevents.${seconds}.${hostname()}.${Deno.pid}.${number}`);
      try {
        this.#file = Deno.openSync(this.path, { write: true, createNew: true });
        break;
      } catch (error) {
        if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
      }
    }
    this.#write(0, { fileVersion: "brain.Event:2" });
    if (from !== undefined) this.#write(from, { sessionStart: true });
  }

  /** Adds the values of a step. Throws when the system can't write them, as on a full disk. */
  add(step: number, values: readonly SummaryValue[]): void {
    if (values.length > 0) this.#write(step, { values });
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file.close();
  }

  #write(step: number, content: EventContent): void {
    let bytes = frameRecord(eventBytes(Date.now() / 1000, step, content));
    while (bytes.length > 0) bytes = bytes.subarray(this.#file.writeSync(bytes));
  }
}
