/**
 * Damerau–Levenshtein distance (optimal string alignment): the least number of letters to insert, delete,
 * replace or swap with a neighbour to turn `a` into `b`.
 *
 * ```ts
 * import { distance } from "./distance.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(distance("kernelsize", "kernel_size"), 1);
 * ```
 */
export function distance(a: string, b: string): number {
  const width = b.length + 1;
  const table = new Uint32Array((a.length + 1) * width);
  const at = (i: number, j: number) => table[i * width + j]!;
  for (let j = 0; j <= b.length; j++) table[j] = j;
  for (let i = 1; i <= a.length; i++) {
    table[i * width] = i;
    for (let j = 1; j <= b.length; j++) {
      const differs = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + differs);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, at(i - 2, j - 2) + 1);
      }
      table[i * width + j] = best;
    }
  }
  return at(a.length, b.length);
}

function commonPrefix(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}

/**
 * The candidate that a misspelled word most likely meant, or undefined when none is near. Case and
 * underscores hardly count: `KernelSize` is near `kernel_size`.
 *
 * ```ts
 * import { nearest } from "./distance.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(nearest("strid", ["stride", "pad"]), "stride");
 * assert.equal(nearest("colour", ["stride", "pad"]), undefined);
 * ```
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > 64) return undefined; // not a misspelling, and the table would be large
  const plain = (text: string) => text.toLowerCase().replaceAll("_", "");
  const limit = Math.max(1, Math.floor(word.length / 3));
  let best: string | undefined;
  let bestScore = Infinity;
  for (const candidate of candidates) {
    const exact = distance(word, candidate);
    const loose = distance(plain(word), plain(candidate));
    if (Math.min(exact, loose) > limit) continue;
    const score = loose + exact / 100 - commonPrefix(word, candidate) / 10000;
    if (score < bestScore) [best, bestScore] = [candidate, score];
  }
  return best;
}
