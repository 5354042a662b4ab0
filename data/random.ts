import { hashText } from "../base/hash_text.ts";
import { philox } from "../base/philox.ts";
import type { Position } from "./sources/record_source.ts";

/** The uses of random words. Each use has its own words. */
const AUGMENT = 0, SHUFFLE = 1, SKIP = 2, IMAGE = 3, IMAGE_MORE = 4;
/** The first of the uses that number the blocks of {@link DataRandom.draws}. */
const DRAWS = 1024;

/**
 * The random choices of one data layer. They depend only on the seed, the layer and the position, never on
 * what was drawn before.
 */
export class DataRandom {
  readonly #key: Uint32Array;
  readonly #counter = new Uint32Array(4);
  readonly #words = new Uint32Array(4);

  /**
   * `seed` is an integer from 0 to 2^53 - 1. `stream` (the layer and its net) gives layers with the same seed
   * different words.
   */
  constructor(seed: number, stream: string) {
    this.#key = new Uint32Array([seed, Math.floor(seed / 2 ** 32) ^ hashText(stream)]);
  }

  /** The four random words of the record at `position`. The next call overwrites them. */
  augment(position: Position): Uint32Array {
    return this.#block(AUGMENT, position.epoch, position.index);
  }

  /** Eight random words for the image file at `position`. */
  image({ epoch, index }: Position): Uint32Array {
    const words = new Uint32Array(8);
    words.set(this.#block(IMAGE, epoch, index));
    words.set(this.#block(IMAGE_MORE, epoch, index), 4);
    return words;
  }

  /** A function that returns one number after the other, from 0 to below 1, for the record at `position`. */
  draws({ epoch, index }: Position): () => number {
    let drawn = 0, words = new Uint32Array(4);
    return () => {
      if (drawn % 4 === 0) words = this.#block(DRAWS + drawn / 4, epoch, index).slice();
      return words[drawn++ % 4]! / 2 ** 32;
    };
  }

  /** How many records to skip at the start: an integer from 0 to `limit` - 1. */
  skip(limit: number): number {
    return below(this.#block(SKIP, 0, 0)[0]!, limit);
  }

  /** The order of an epoch: a permutation of 0 … count-1, by the Fisher-Yates shuffle. */
  permutation(epoch: number, count: number): Uint32Array {
    const order = new Uint32Array(count);
    for (let i = 0; i < count; i++) order[i] = i;
    let words: Uint32Array = this.#words;
    for (let i = count - 1, drawn = 0; i > 0; i--, drawn++) {
      if (drawn % 4 === 0) words = this.#block(SHUFFLE, epoch, drawn / 4);
      const j = below(words[drawn % 4]!, i + 1);
      const value = order[i]!;
      order[i] = order[j]!;
      order[j] = value;
    }
    return order;
  }

  #block(use: number, epoch: number, index: number): Uint32Array {
    this.#counter[0] = index;
    this.#counter[1] = index / 2 ** 32;
    this.#counter[2] = epoch;
    this.#counter[3] = use;
    return philox(this.#key, this.#counter, this.#words);
  }
}

/** Maps a random word to an integer from 0 to `limit` - 1. */
export function below(word: number, limit: number): number {
  return Math.floor(word / 2 ** 32 * limit);
}
