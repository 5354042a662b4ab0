import { printError } from "./print.ts";

/** Characters of the bar. */
const WIDTH = 24;
/** Milliseconds between two drawings. */
const INTERVAL = 100;

/**
 * Shows on standard error how far a piece of work is: on a terminal a bar in one line that changes, elsewhere one line
 * at the end.
 */
export class ProgressLine implements Disposable {
  readonly #terminal: boolean;
  readonly #write: (text: string) => void;
  #line = "";
  #drawnAt = -Infinity;

  /** Uses standard error, unless told otherwise. */
  constructor(
    { terminal = Deno.stderr.isTerminal() && Deno.env.get("TERM") !== "dumb", write = printError }: {
      terminal?: boolean;
      write?: (text: string) => void;
    } = {},
  ) {
    this.#terminal = terminal;
    this.#write = write;
  }

  /** Draws `done` of `total`; `what` comes before the bar, `of` names what is counted. */
  update(what: string, done: number, total: number, of = "records"): void {
    if (!this.#terminal) {
      if (done === total) this.#write(`${what}: ${total} ${of}\n`);
      return;
    }
    const now = performance.now();
    if (done < total && now - this.#drawnAt < INTERVAL) return;
    this.#drawnAt = now;
    const filled = total === 0 ? WIDTH : Math.floor(done / total * WIDTH);
    const bar = "█".repeat(filled) + "░".repeat(WIDTH - filled);
    const percent = String(total === 0 ? 100 : Math.floor(done / total * 100)).padStart(3);
    this.#show(`${what} ${bar} ${percent} %  ${done} of ${total} ${of}`);
    if (done === total) this[Symbol.dispose]();
  }

  /** Writes a whole line above the bar. */
  note(text: string): void {
    const line = this.#line;
    if (line !== "") this.#write(`\r${" ".repeat(line.length)}\r`);
    this.#write(`${text}\n`);
    this.#line = "";
    if (line !== "") this.#show(line);
  }

  /** Ends the line. */
  [Symbol.dispose](): void {
    if (this.#line !== "") this.#write("\n");
    this.#line = "";
  }

  #show(line: string): void {
    this.#write(`\r${line.padEnd(this.#line.length)}`);
    this.#line = line;
  }
}
