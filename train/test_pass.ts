import type { NetHandle } from "../ffi/mod.ts";
import { readScores } from "./read_scores.ts";
import type { Score } from "./score.ts";

/** Runs a net batch by batch and averages its outputs. */
export class TestPass {
  readonly #net: NetHandle;
  #sums: Score[] = [];
  #loss = 0;
  #batches = 0;

  /** Tests a net with its present parameters. */
  constructor(net: NetHandle) {
    this.#net = net;
  }

  /** Runs one batch with `forward`, which returns the loss. Returns the scores of the batch. */
  runBatch(forward: () => number = () => this.#net.forward()): Score[] {
    this.#loss += forward();
    const scores = readScores(this.#net);
    this.#batches++;
    this.#sums = this.#batches === 1
      ? scores.map((score) => ({ ...score }))
      // Outputs whose size changes have no proper mean: sum the elements that the first batch has.
      : this.#sums.map((sum, i) => ({ ...sum, value: sum.value + (scores[i]?.value ?? 0) }));
    return scores;
  }

  /** The mean of the weighted losses. */
  meanLoss(): number {
    return this.#loss / Math.max(this.#batches, 1);
  }

  /** The mean of each output. */
  means(): Score[] {
    return this.#sums.map((sum) => ({ ...sum, value: sum.value / this.#batches }));
  }
}
