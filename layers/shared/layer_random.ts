import { chanceSeed, DataRandom } from "../../data/random.ts";
import type { SourceState } from "../../proto/messages.ts";
import type { LayerContext } from "../layer.ts";

/**
 * The random choices of a layer that augments. They follow from the run's seed, the layer's name and phase,
 * and the number of the forward, so that a resumed run continues as if it had not stopped.
 */
export class LayerRandom {
  readonly #layer: string;
  readonly #stream: string;
  #seed: number;
  #random: DataRandom;
  #forwards = 0;

  /** Without a seed of the run, it draws one. */
  constructor({ name, phase, seed }: Pick<LayerContext, "name" | "phase" | "seed">) {
    this.#layer = name;
    this.#stream = `${name} ${phase}`;
    this.#seed = seed === undefined || seed < 0 ? chanceSeed() : seed;
    this.#random = new DataRandom(this.#seed, this.#stream);
  }

  /** Starts the next forward; call this first. */
  next(): void {
    this.#forwards++;
  }

  /** Four random words for item `index` of this forward. The next call overwrites them. */
  words(index: number): Uint32Array {
    return this.#random.augment({ epoch: this.#forwards, index });
  }

  /** A permutation of 0 … count − 1 for this forward. */
  permutation(count: number): Uint32Array {
    return this.#random.permutation(this.#forwards, count);
  }

  /** What the layer's `saveState` returns. */
  saveState(): SourceState {
    return { layer: this.#layer, position: this.#forwards, epoch: 0, seed: this.#seed };
  }

  /** Continues from where {@link saveState} was called. */
  restoreState({ position = 0, seed = this.#seed }: SourceState): void {
    this.#forwards = position;
    this.#seed = seed;
    this.#random = new DataRandom(seed, this.#stream);
  }
}

/** Turns a random word into a number between 0 and 1, both excluded. */
export function open01(word: number): number {
  return (word + 0.5) / 2 ** 32;
}
