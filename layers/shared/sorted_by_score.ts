/** The indices of scores, the highest first, equal ones in their order; at most `most`. */
export function sortedByScore(scores: ArrayLike<number>, most: number = Infinity): Uint32Array {
  const order = Uint32Array.from({ length: scores.length }, (_, i) => i);
  order.sort((a, b) => scores[b]! - scores[a]! || a - b);
  return most < order.length ? order.subarray(0, most) : order;
}
