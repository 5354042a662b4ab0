import { chanceSeed, DataRandom } from "../../data/random.ts";
import type { SourceState } from "../../proto/messages.ts";
import type { LayerContext } from "../layer.ts";

/**
 * The random choices of a layer that augments: they follow from the run's seed, the layer's name and phase, and the number
 * of the forward, so that a run that is resumed goes on as it would have gone on.
 */
export class LayerRandom {
  readonly #layer: string;
  readonly #stream: string;
  #seed: number;
  #random: DataRandom;
  #forwards = 0;

  /** Without a seed of the run, it begins by chance. */
  constructor({ name, phase, seed }: Pick<LayerContext, "name" | "phase" | "seed">) {
    this.#layer = name;
    this.#stream = `${name} ${phase}`;
    this.#seed = seed === undefined || seed < 0 ? chanceSeed() : seed;
    this.#random = new DataRandom(this.#seed, this.#stream);
  }

  /** Begins the next forward; call it first. */
  next(): void {
    this.#forwards++;
  }

  /** Four random words for item `index` of this forward. Overwritten by the next call. */
  words(index: number): Uint32Array {
    return this.#random.augment({ epoch: this.#forwards, index });
  }

  /** A permutation of 0 … count − 1 for this forward. */
  permutation(count: number): Uint32Array {
    return this.#random.permutation(this.#forwards, count);
  }

  /** What `saveState` of the layer returns. */
  saveState(): SourceState {
    return { layer: this.#layer, position: this.#forwards, epoch: 0, seed: this.#seed };
  }

  /** Goes on where {@link saveState} was called. */
  restoreState({ position = 0, seed = this.#seed }: SourceState): void {
    this.#forwards = position;
    this.#seed = seed;
    this.#random = new DataRandom(seed, this.#stream);
  }
}

/** A random word as a number from 0 to 1, neither included. */
export function open01(word: number): number {
  return (word + 0.5) / 2 ** 32;
}
