import { printError } from "./print.ts";

/**
 * Shows how far a work is, on standard error: on a terminal one line that changes, elsewhere a line at its end. Disposing
 * it ends the line.
 */
export class ProgressLine implements Disposable {
  readonly #isTerminal: boolean;
  readonly #write: (text: string) => void;
  #shown = "";
  #percent = -1;

  /** Tests give a terminal of their own. */
  constructor({ isTerminal = Deno.stderr.isTerminal(), write = printError }: {
    isTerminal?: boolean;
    write?: (text: string) => void;
  } = {}) {
    this.#isTerminal = isTerminal;
    this.#write = write;
  }

  /** Shows that `done` of `total` parts of a work are done. */
  show(what: string, done: number, total: number): void {
    const percent = Math.floor(100 * done / total), isDone = done === total;
    if (!isDone && percent === this.#percent) return;
    this.#percent = percent;
    const line = isDone ? `${what}: ${total}` : `${what}: ${done} of ${total} (${percent} %)`;
    if (this.#isTerminal) {
      this.#write(`\r${line.padEnd(this.#shown.length)}`);
      this.#shown = line;
    } else if (isDone) this.#write(`${line}\n`);
    if (isDone) this[Symbol.dispose]();
  }

  /** Ends the line. */
  [Symbol.dispose](): void {
    if (this.#shown !== "") this.#write("\n");
    this.#shown = "";
    this.#percent = -1;
  }
}
