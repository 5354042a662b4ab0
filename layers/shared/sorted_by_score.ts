/** The indices of scores, the highest first, equal ones in their order; at most `most`. */
export function sortedByScore(scores: ArrayLike<number>, most: number = Infinity): Uint32Array {
  const { length } = scores;
  const best = most < length ? indicesOfBest(scores, most) : Uint32Array.from({ length }, (_, i) => i);
  best.sort((a, b) => scores[b]! - scores[a]! || a - b);
  return most < length ? best.subarray(0, most) : best;
}

/** The indices of the `most` highest scores and of those that equal the last, so that few are compared. */
function indicesOfBest(scores: ArrayLike<number>, most: number): Uint32Array {
  const least = Float64Array.from(scores).sort()[scores.length - most];
  const best: number[] = [];
  // Not `>=`: with a NaN among them, all are compared.
  for (let i = 0; i < scores.length; i++) if (least !== undefined && !(scores[i]! < least)) best.push(i);
  return Uint32Array.from(best);
}
