/** What follows a context: how often each number does, and how often any. */
interface Followers {
  readonly counts: Map<number, number>;
  total: number;
}

/**
 * An n-gram model of a text with interpolated Kneser-Ney smoothing: what the LSTM has to beat. A context of k
 * characters gives the next one the probability max(c − D_k, 0) / C + D_k T / C · p(with k − 1 characters), where
 * c counts the character after the context, C all characters there, and T how many different ones. Below the
 * longest context, c counts the different characters before the n-gram instead. D_k = n₁ / (n₁ + 2 n₂) of the
 * n-grams with c = 1 and 2.
 *
 * Kneser, Ney: Improved backing-off for m-gram language modeling, ICASSP 1995; Chen, Goodman: An empirical study
 * of smoothing techniques for language modeling, 1999.
 */
export class NgramModel {
  readonly #size: number;
  readonly #contexts: readonly ReadonlyMap<string, Followers>[];
  readonly #discounts: readonly number[];

  /** Learns n-grams of `order` characters, 1 or more, from a text as numbers below `size`. */
  constructor(text: Uint16Array, order: number, size: number) {
    this.#size = size;
    const contexts = Array.from({ length: order }, () => new Map<string, Followers>());
    const longest = order - 1;
    for (let i = longest; i < text.length; i++) {
      count(contexts[longest]!, key(text, i - longest, i), text[i]!);
    }
    for (let k = longest - 1; k >= 0; k--) {
      for (const [context, { counts }] of contexts[k + 1]!) {
        for (const number of counts.keys()) count(contexts[k]!, context.slice(1), number);
      }
    }
    this.#contexts = contexts;
    this.#discounts = contexts.map(discount);
  }

  /** The probability of the number at `index` after the numbers before it. */
  probability(text: Uint16Array, index: number): number {
    let p = 1 / this.#size;
    for (const [k, contexts] of this.#contexts.entries()) {
      const followers = contexts.get(key(text, Math.max(index - k, 0), index));
      if (index < k || followers === undefined) break;
      const { counts, total } = followers, d = this.#discounts[k]!;
      p = (Math.max((counts.get(text[index]!) ?? 0) - d, 0) + d * counts.size * p) / total;
    }
    return p;
  }

  /**
   * How well it tells a text from `start` on: the mean of −log₂ p, in bits per character, and the part of the
   * characters that are its likeliest.
   */
  test(text: Uint16Array, start: number): { bits: number; accuracy: number } {
    let bits = 0, right = 0;
    const other = text.slice();
    for (let i = start; i < text.length; i++) {
      const found = this.probability(text, i);
      bits -= Math.log2(found);
      let likeliest = true;
      for (let number = 0; likeliest && number < this.#size; number++) {
        other[i] = number;
        likeliest = number === text[i] || this.probability(other, i) < found;
      }
      other[i] = text[i]!;
      if (likeliest) right++;
    }
    const count = text.length - start;
    return { bits: bits / count, accuracy: right / count };
  }
}

function key(text: Uint16Array, from: number, to: number): string {
  return String.fromCharCode(...text.subarray(from, to));
}

function count(contexts: Map<string, Followers>, context: string, number: number): void {
  let followers = contexts.get(context);
  if (followers === undefined) contexts.set(context, followers = { counts: new Map(), total: 0 });
  followers.counts.set(number, (followers.counts.get(number) ?? 0) + 1);
  followers.total++;
}

function discount(contexts: ReadonlyMap<string, Followers>): number {
  let once = 0, twice = 0;
  for (const { counts } of contexts.values()) {
    for (const times of counts.values()) {
      if (times === 1) once++;
      if (times === 2) twice++;
    }
  }
  return once + twice === 0 ? 0.5 : once / (once + 2 * twice);
}
