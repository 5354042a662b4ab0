import { boxOverlap, type NormalizedBoxes } from "./normalized_boxes.ts";
import type { Truth } from "./ground_truth.ts";

/** The object of each box. */
export interface BoxMatches {
  /** The class whose boxes these are, −1 for all classes. */
  label: number;
  /** The object of each box, −1 for none, −2 for boxes that do not count. */
  index: Int32Array;
  /** The largest overlap of each box with an object. */
  overlap: Float32Array;
}

/** How boxes are matched. */
export interface MatchOptions {
  /** Whether each object matches one box only. */
  bipartite: boolean;
  /** Other boxes match the object that they overlap most, by at least this. */
  threshold: number;
  /** Whether boxes that stick out of the image do not count. */
  ignoresOutside: boolean;
}

/** Smaller overlaps are none. */
const LEAST = 1e-6;

/**
 * Matches boxes to the objects of a class, or to all for −1: the pair of the largest overlap first, until each
 * object has one box or overlaps no free one, then, unless `bipartite`, the other boxes.
 */
export function matchBoxes(
  { labels, boxes: objects }: Truth,
  boxes: NormalizedBoxes,
  count: number,
  label: number,
  { bipartite, threshold, ignoresOutside }: MatchOptions,
): BoxMatches {
  const index = new Int32Array(count).fill(-1), overlap = new Float32Array(count);
  const own = labels.flatMap((each, g) => label === -1 || each === label ? [g] : []), { length } = own;
  if (length === 0) return { label, index, overlap };
  // A column for each object; only boxes that overlap one have a row. Counted loops: there are many boxes.
  const rows: number[] = [], overlaps: number[] = [];
  for (let p = 0; p < count; p++) {
    if (ignoresOutside && isOutside(boxes, 4 * p)) {
      index[p] = -2;
      continue;
    }
    const at = length * rows.length;
    let most = 0;
    for (let j = 0; j < length; j++) {
      const value = Math.fround(boxOverlap(boxes, 4 * p, objects, 4 * own[j]!));
      overlaps[at + j] = value > LEAST ? value : 0;
      if (value > LEAST && value > most) most = value;
    }
    // Else the next box takes these places.
    if (most > 0) rows.push(p);
    overlap[p] = most;
  }
  const free = new Uint8Array(length).fill(1);
  for (let left = length; left > 0; left--) {
    let best = -1, object = -1, most = 0;
    for (let r = 0; r < rows.length; r++) {
      const p = rows[r]!;
      if (index[p] !== -1) continue;
      for (let j = 0; j < length; j++) {
        const value = overlaps[length * r + j]!;
        if (free[j] === 1 && value > most) [best, object, most] = [p, j, value];
      }
    }
    if (best < 0) break;
    index[best] = own[object]!;
    overlap[best] = most;
    free[object] = 0;
  }
  if (bipartite) return { label, index, overlap };
  for (let r = 0; r < rows.length; r++) {
    const p = rows[r]!;
    if (index[p] !== -1) continue;
    let object = -1, most = 0;
    for (let j = 0; j < length; j++) {
      const value = overlaps[length * r + j]!;
      if (value >= threshold && value > most) [object, most] = [j, value];
    }
    if (object < 0) continue;
    index[p] = own[object]!;
    overlap[p] = most;
  }
  return { label, index, overlap };
}

/** The matches of each class's own boxes, where priors were matched to objects of all classes. */
export function matchesOfClasses(
  { index, overlap }: BoxMatches,
  { labels }: Truth,
  classes: number,
  background: number,
): BoxMatches[] {
  const all = Array.from({ length: classes }, (_, label) => label).filter((label) => label !== background);
  return all.map((label) => ({
    label,
    index: index.map((g) => g > -1 && labels[g] === label ? g : -1),
    overlap,
  }));
}

function isOutside(boxes: NormalizedBoxes, at: number): boolean {
  return boxes.subarray(at, at + 4).some((side) => side < 0 || side > 1);
}
