import { chanceSeed } from "../../base/chance_seed.ts";
import { hashText } from "../../base/hash_text.ts";
import { philox } from "../../base/philox.ts";
import type { RandomState } from "../../proto/messages.ts";
import type { Floats, Ops } from "../ops/mod.ts";

/** The uses of random words. Each use has its own words. */
const DRAWS = 0, FILL_SEED = 1;

/** What decides which numbers a layer draws. */
export interface LayerRandomOptions {
  /** The seed of the run; without one, or with a negative one, a seed is drawn. */
  seed?: number | undefined;
  /** Gives layers of one seed different numbers: the layer's name and phase. */
  stream: string;
  /** The engine's vector math, which fills arrays. */
  ops: Ops;
}

/**
 * The random numbers of a layer, `this.random`. They follow from the run's seed, the layer, and how many were
 * drawn before; a snapshot has the seed and that number, so a resumed run draws the numbers that it would have
 * drawn without the stop. The words are those of Philox4x32-10.
 *
 * ```ts ignore
 * const [flip, angle] = [this.random.bernoulli(0.5), this.random.gaussian(0, 10)];
 * this.random.fillUniform(noise, -1, 1);
 * ```
 */
export class LayerRandom {
  readonly #stream: string;
  readonly #ops: Ops;
  readonly #counter = new Uint32Array(4);
  readonly #words = new Uint32Array(4);
  #seed: number;
  #key: Uint32Array;
  #fillSeed: bigint;
  /** How many words were drawn. */
  #position = 0;
  /** Which block {@link #words} holds; −1 for none. */
  #block = -1;

  /** Whether the run gave the seed, so that a new generator of the run has it too. */
  readonly #isGiven: boolean;

  /** Starts at the first number. */
  constructor({ seed, stream, ops }: LayerRandomOptions) {
    this.#stream = stream;
    this.#ops = ops;
    this.#isGiven = seed !== undefined && seed >= 0;
    this.#seed = this.#isGiven ? seed! : chanceSeed();
    [this.#key, this.#fillSeed] = this.#derive();
  }

  /** A number of at least `low` and below `high`, with 53 random bits. Throws a RangeError unless low ≤ high. */
  uniform(low = 0, high = 1): number {
    if (!(low <= high)) throw new RangeError(`Expected low ≤ high but found ${low} and ${high}`);
    const fraction = ((this.#next() >>> 5) * 2 ** 26 + (this.#next() >>> 6)) / 2 ** 53;
    return low + (high - low) * fraction;
  }

  /** A normal number with this mean and standard deviation. */
  gaussian(mean = 0, std = 1): number {
    // Box and Muller's second number is dropped: the position alone must be the state.
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return mean + std * radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** True with this probability. */
  bernoulli(probability = 0.5): boolean {
    return this.uniform() < probability;
  }

  /** A whole number from 0 to `count` − 1, each as probable. Throws a RangeError unless 1 ≤ count ≤ 2³². */
  integer(count: number): number {
    if (!(Number.isInteger(count) && count >= 1 && count <= 2 ** 32)) {
      throw new RangeError(`Expected a whole number from 1 to 2³² but found ${count}`);
    }
    // Words past the last multiple of count would make small numbers more probable.
    const end = 2 ** 32 - 2 ** 32 % count;
    let word: number;
    do word = this.#next(); while (word >= end);
    return word % count;
  }

  /** Puts a list in a random order, each as probable (Fisher and Yates). Returns it. */
  shuffle<List extends { readonly length: number; [index: number]: unknown }>(list: List): List {
    for (let i = list.length - 1; i > 0; i--) {
      const j = this.integer(i + 1), value = list[i];
      list[i] = list[j];
      list[j] = value;
    }
    return list;
  }

  /** 0 … `count` − 1 in a random order. */
  permutation(count: number): Uint32Array<ArrayBuffer> {
    return this.shuffle(Uint32Array.from({ length: count }, (_, i) => i));
  }

  /** Fills an array, quickly, with numbers of 24 random bits, at least `low` and below `high` (rounding may reach it). */
  fillUniform<Values extends Floats>(values: Values, low = 0, high = 1): Values {
    this.#ops.uniform(low, high, this.#take(values.length), values);
    return values;
  }

  /** Fills an array, quickly, with normal numbers. */
  fillGaussian<Values extends Floats>(values: Values, mean = 0, std = 1): Values {
    this.#ops.gaussian(mean, std, this.#take(values.length), values);
    return values;
  }

  /** Fills an array, quickly, with 1 at this probability, else 0. */
  fillBernoulli<Values extends Floats>(values: Values, probability = 0.5): Values {
    this.#ops.bernoulli(probability, this.#take(values.length), values);
    return values;
  }

  /** Whether it stands where that of a new layer of the run would: nothing to keep. */
  get isUnused(): boolean {
    return this.#isGiven && this.#position === 0;
  }

  /** Where it stands, which snapshots keep. {@link restore} goes back there, to draw the same numbers again. */
  save(): RandomState {
    return { seed: this.#seed, position: this.#position };
  }

  /** Goes on from where {@link save} was called. */
  restore({ seed = this.#seed, position = 0 }: RandomState): void {
    this.#seed = seed;
    [this.#key, this.#fillSeed] = this.#derive();
    this.#position = position;
    this.#block = -1;
  }

  #derive(): [key: Uint32Array, fillSeed: bigint] {
    const key = new Uint32Array([this.#seed, Math.floor(this.#seed / 2 ** 32) ^ hashText(this.#stream)]);
    const [low = 0, high = 0] = philox(key, Uint32Array.of(0, 0, 0, FILL_SEED), new Uint32Array(4));
    return [key, BigInt(high) << 32n | BigInt(low)];
  }

  #next(): number {
    const at = this.#position++, block = Math.floor(at / 4);
    if (block !== this.#block) {
      this.#counter.set([block, Math.floor(block / 2 ** 32), 0, DRAWS]);
      philox(this.#key, this.#counter, this.#words);
      this.#block = block;
    }
    return this.#words[at % 4]!;
  }

  /** Reserves `count` numbers of the engine's generator. */
  #take(count: number): { seed: bigint; offset: number } {
    const offset = this.#position;
    this.#position += count;
    return { seed: this.#fillSeed, offset };
  }
}
