/** How to fill a blob; the same seed gives the same values everywhere. */
export type Values =
  /** Roughly normal; default deviation 1 and mean 0. */
  | { kind: "normal"; scale?: number | undefined; mean?: number | undefined }
  /** Uniform between two bounds. */
  | { kind: "uniform"; min: number; max: number }
  /** Class numbers from 0 to classes - 1; about a fourth of them are `ignore`, if given. */
  | { kind: "labels"; classes: number; ignore?: number | undefined }
  /**
   * Values that differ by at least 0.01 and are not close to 0, in random order: without ties for a maximum.
   */
  | { kind: "distinct" }
  /** These values, repeated as needed. */
  | { kind: "given"; values: readonly number[] };

/** A 32 bit random generator (splitmix32), seeded by a text; the same on every machine. */
export function randomOf(seed: string): () => number {
  let state = 0x811c9dc5;
  for (const character of seed) state = Math.imul(state ^ character.codePointAt(0)!, 0x01000193) >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}

/** `count` values of a kind: only sums and products, so that every machine rounds alike. */
export function fill(values: Values, count: number, seed: string): Float32Array<ArrayBuffer> {
  const next = randomOf(seed);
  switch (values.kind) {
    case "normal": {
      const { scale = 1, mean = 0 } = values;
      // The sum of four uniform numbers has the variance 1/3.
      const draw = () => (next() + next() + next() + next() - 2) * Math.sqrt(3);
      return Float32Array.from({ length: count }, () => mean + scale * draw());
    }
    case "uniform":
      return Float32Array.from({ length: count }, () => values.min + (values.max - values.min) * next());
    case "labels": {
      const { classes, ignore } = values;
      return Float32Array.from(
        { length: count },
        () => ignore !== undefined && next() < 0.25 ? ignore : Math.floor(classes * next()),
      );
    }
    case "distinct": {
      const all = Float32Array.from({ length: count }, (_, i) => 0.01 * (i - (count >> 1)) + 0.005);
      for (let i = count - 1; i > 0; i--) {
        const j = Math.floor((i + 1) * next());
        [all[i], all[j]] = [all[j]!, all[i]!];
      }
      return all;
    }
    case "given":
      return Float32Array.from({ length: count }, (_, i) => values.values[i % values.values.length]!);
  }
}
