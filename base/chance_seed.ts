/** A random seed for a run that was given none: an integer from 0 to 2^53 - 1. */
export function chanceSeed(): number {
  const [low, high] = crypto.getRandomValues(new Uint32Array(2));
  return low! + (high! >>> 11) * 2 ** 32;
}
