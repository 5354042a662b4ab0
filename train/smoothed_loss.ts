/**
 * The mean of the last losses, computed as in Caffe (in 32-bit floats, with a ring buffer of `window`
 * losses).
 *
 * ```ts
 * import { SmoothedLoss } from "./smoothed_loss.ts";
 * import assert from "node:assert/strict";
 *
 * const smoothed = new SmoothedLoss(2);
 * assert.equal(smoothed.add(1), 1);
 * assert.equal(smoothed.add(3), 2);
 * assert.equal(smoothed.add(5), 4);
 * ```
 */
export class SmoothedLoss {
  readonly #losses: number[] = [];
  readonly #window: number;
  #next = 0;
  #value = 0;

  /** Averages over `window` losses, at least 1. */
  constructor(window: number) {
    this.#window = window;
  }

  /** The mean of the last losses. */
  get value(): number {
    return this.#value;
  }

  /** Adds a loss and returns the new mean. */
  add(loss: number): number {
    if (this.#losses.length < this.#window) {
      this.#losses.push(loss);
      const size = this.#losses.length;
      this.#value = Math.fround((this.#value * (size - 1) + loss) / size);
    } else {
      const oldest = this.#losses[this.#next] ?? 0;
      this.#value = Math.fround(this.#value + (loss - oldest) / this.#window);
      // A loss of NaN must not spoil the mean forever.
      if (!Number.isFinite(this.#value) && Number.isFinite(loss)) this.#value = this.#mean(loss);
      this.#losses[this.#next] = loss;
      this.#next = (this.#next + 1) % this.#window;
    }
    return this.#value;
  }

  #mean(newest: number): number {
    const losses = this.#losses.map((loss, i) => i === this.#next ? newest : loss);
    return Math.fround(losses.reduce((sum, loss) => sum + loss, 0) / losses.length);
  }
}
