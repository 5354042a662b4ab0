import type { Bench } from "../bench.ts";

/**
 * The values of `propagateDown` to check with: all gradients that the layer has, then every smaller set of
 * them but the empty one. With more than three gradients: all, each alone, and all but each.
 */
export function propagateDownCases({ wanted }: Pick<Bench, "wanted">): boolean[][] {
  const indices = wanted.flatMap((each, i) => each ? [i] : []);
  const some = (kept: (i: number) => boolean) => wanted.map((each, i) => each && kept(i));
  if (indices.length > 3) {
    return [
      [...wanted],
      ...indices.flatMap((i) => [some((k) => k === i), some((k) => k !== i)]),
    ];
  }
  const parts = Array.from({ length: 2 ** indices.length - 1 }, (_, bits) => bits + 1).reverse();
  return parts.map((bits) => some((i) => (bits & (1 << indices.indexOf(i))) !== 0));
}
