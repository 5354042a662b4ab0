/**
 * Random numbers that follow from a seed and a counter alone, so that the i-th example of a data layer is the
 * same in each run. The mixing is that of SplitMix32.
 */
export class Random {
  #state: number;

  /** Numbers of the `index`-th example of a stream, which `seed` chooses. */
  constructor(seed: number, index: number) {
    this.#state = Math.imul(seed + 1, 0x9e3779b9) ^ Math.imul(index + 1, 0x85ebca6b);
  }

  /** A number from 0 up to, but not including, 1. */
  uniform(): number {
    let z = this.#state = (this.#state + 0x9e3779b9) | 0;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32;
  }

  /** A number from `low` up to, but not including, `high`. */
  between(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }
}
