/** Milliseconds in which a rate forgets half of what it was. */
const HALF_LIFE = 3000;

/** How many iterations there are in a second, lately: older ones count less and less. */
export class IterationRate {
  #last: number | undefined;
  #steps = 0;
  #time = 0;

  /** Iterations per second; 0 before the second one. */
  get perSecond(): number {
    return this.#time > 0 ? 1000 * this.#steps / this.#time : 0;
  }

  /** Takes the end of an iteration, in milliseconds. */
  step(now: number): void {
    const passed = now - (this.#last ?? now), isFirst = this.#last === undefined;
    this.#last = now;
    if (isFirst) return;
    const kept = 0.5 ** (passed / HALF_LIFE);
    this.#steps = this.#steps * kept + 1;
    this.#time = this.#time * kept + passed;
  }

  /** Leaves out the time until the end of the next iteration, as that of a test. */
  pause(): void {
    this.#last = undefined;
  }
}
