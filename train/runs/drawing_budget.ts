/** Lets something happen as often as it takes no more than a share of the time. */
export class DrawingBudget {
  readonly #share: number;
  readonly #clock: () => number;
  #next = -Infinity;

  /** `share` is the part of the time that it may take; `clock` gives milliseconds. */
  constructor(share: number, clock: () => number = () => performance.now()) {
    this.#share = share;
    this.#clock = clock;
  }

  /** Does it if the last time lies long enough behind. */
  spend(work: () => void): void {
    const before = this.#clock();
    if (before < this.#next) return;
    work();
    const after = this.#clock();
    this.#next = after + (after - before) / this.#share;
  }
}
