import { setImmediate } from "node:timers";

/**
 * Lets the event loop run from time to time, so that signals, timers and the screen get their turn during long native
 * work. Asking costs nanoseconds; a breath costs about 10 µs and is taken only when the time is up.
 */
export class Breather {
  #due = 0;
  readonly #interval: number;

  /** Takes a breath every `interval` milliseconds at most. */
  constructor(interval = 25) {
    this.#interval = interval;
  }

  /** Whether it is time for a breath. */
  get isDue(): boolean {
    return performance.now() >= this.#due;
  }

  /** Gives the event loop one turn. */
  async breathe(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.#due = performance.now() + this.#interval;
  }
}
