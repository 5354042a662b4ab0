import { setImmediate } from "node:timers";

/**
 * Lets the event loop run from time to time, so that signals, timers and the screen get their turn during
 * long native work. Checking costs nanoseconds. A breath costs about 10 µs, so take one only when it is due.
 */
export class Breather {
  #due = 0;
  readonly #interval: number;

  /** A breath is due `interval` milliseconds after the last one. */
  constructor(interval = 25) {
    this.#interval = interval;
  }

  /** Whether a breath is due. */
  get isDue(): boolean {
    return performance.now() >= this.#due;
  }

  /** Gives the event loop one turn. */
  async breathe(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.#due = performance.now() + this.#interval;
  }
}
