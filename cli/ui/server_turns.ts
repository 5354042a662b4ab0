import { setImmediate } from "node:timers";

/** Milliseconds between two times at which turns are given. */
const INTERVAL = 25;
/** Milliseconds after a request during which more are expected: a page asks for several things one after the other. */
const EXPECTING = 1000;
/** Turns each time, and while requests are expected. To accept a connection and answer takes some ten. */
const FEW = 4, MANY = 40;
/** Milliseconds that they may take together. */
const MOST = 8;

/**
 * Gives the event loop turns between two steps of a training, so that a server in the same thread answers. One turn at a
 * time, as the training itself gives, would have a page wait for seconds. Costs about 0.1 ms in 25 while nobody asks.
 */
export class ServerTurns {
  #due = 0;
  #expecting = 0;

  /** Says that a request has come. */
  asked(): void {
    this.#expecting = performance.now() + EXPECTING;
  }

  /** Gives turns, if they are due. */
  async give(): Promise<void> {
    const start = performance.now(), turns = start < this.#expecting ? MANY : FEW;
    if (start < this.#due && turns === FEW) return;
    for (let i = 0; i < turns && performance.now() - start < MOST; i++) {
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    this.#due = performance.now() + INTERVAL;
  }
}
