import { boxArea, type NormalizedBoxes, suppressBoxes, type Suppression } from "./normalized_boxes.ts";
import type { BoxMatches } from "./match_boxes.ts";
import { sortedByScore } from "./sorted_by_score.ts";

/** How examples are chosen. */
export interface MiningOptions {
  /** Whether the hardest `size` boxes are chosen, matched or not; else the hardest negatives. */
  hard: boolean;
  /** How many negatives for each match. */
  ratio: number;
  /** Boxes that overlap an object by so much are no negatives. */
  overlap: number;
  /** How many boxes `hard` chooses. */
  size: number;
  /** Leaves boxes out that overlap harder ones. */
  suppress?: Suppression | undefined;
  /** The boxes that are compared then. */
  boxes?: NormalizedBoxes | undefined;
}

/** Smaller boxes are left out where boxes are compared. */
const LEAST_AREA = 1e-5;

/**
 * Chooses the boxes with the largest losses. Returns those without an object, in order; with `hard`, matches
 * that are not chosen are none from here on.
 */
export function mineExamples(match: BoxMatches, losses: Float64Array, options: MiningOptions): number[] {
  const { index, overlap } = match, { hard, suppress, boxes } = options;
  const eligible: number[] = [];
  let matched = 0;
  for (let p = 0; p < index.length; p++) {
    if (index[p]! > -1) matched++;
    if (hard || (index[p] === -1 && overlap[p]! < options.overlap)) eligible.push(p);
  }
  const size = Math.min(hard ? options.size : Math.trunc(matched * options.ratio), eligible.length);
  const sorted = (most?: number) =>
    [...sortedByScore(eligible.map((p) => losses[p]!), most)].map((i) => eligible[i]!);
  let chosen: number[];
  if (suppress === undefined || boxes === undefined) chosen = sorted(size);
  else {
    const most = suppress.most ?? Infinity;
    const large = sorted(most < 0 ? undefined : most).filter((p) => boxArea(boxes, 4 * p) >= LEAST_AREA);
    chosen = suppressBoxes(boxes, large, { ...suppress, most: most < 0 ? Infinity : most }).slice(0, size);
  }
  const isChosen = new Set(chosen);
  const negatives: number[] = [];
  for (let p = 0; p < index.length; p++) {
    if (index[p] === -1 && isChosen.has(p)) negatives.push(p);
    else if (index[p]! > -1 && hard && !isChosen.has(p)) index[p] = -1;
  }
  return negatives;
}
