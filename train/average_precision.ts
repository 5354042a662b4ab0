/** How average precision is computed: `ap_version` of a solver. */
export const AP_VERSIONS = ["11point", "MaxIntegral", "Integral"] as const;

/** One of {@linkcode AP_VERSIONS}. */
export type ApVersion = typeof AP_VERSIONS[number];

/** A detection that has been judged. */
export interface JudgedDetection {
  /** Its confidence. */
  score: number;
  /** Whether it found an object that no better detection had found. */
  right: boolean;
}

/**
 * The average precision of the detections of a class, of which there are `objects`: from 0 to 1. In the order of
 * their confidences, those of equal confidence as given, the first k detections have the precision
 * p = right / k and the recall r = right / objects. 0 where there are no detections or no objects.
 *
 * - `Integral`: Σ p Δr, the area below the curve of precision over recall.
 * - `MaxIntegral`: the same area, where each p is replaced by the largest at this recall or a higher one, as in
 *   PASCAL VOC since 2010.
 * - `11point`: the mean, over the recalls 0, 0.1, … 1, of the largest p at this recall or a higher one, as in
 *   PASCAL VOC 2007. As in SSD's fork of Caffe, recall is a 32-bit number, so that 7 of 10 is below 0.7.
 *
 * Everingham et al.: The PASCAL Visual Object Classes Challenge, IJCV 2010; SSD's fork of Caffe.
 *
 * ```ts
 * import { averagePrecision } from "./average_precision.ts";
 * import assert from "node:assert/strict";
 *
 * const detections = [{ score: 0.9, right: false }, { score: 0.8, right: true }];
 * assert.equal(averagePrecision(detections, 1, "Integral"), 0.5);
 * ```
 */
export function averagePrecision(
  detections: readonly JudgedDetection[],
  objects: number,
  version: ApVersion,
): number {
  if (objects === 0) return 0;
  const curve: Point[] = [];
  let right = 0;
  for (const [i, detection] of detections.toSorted((a, b) => b.score - a.score).entries()) {
    if (detection.right) right++;
    curve.push({ precision: right / (i + 1), recall: right / objects });
  }
  if (version === "Integral") return area(curve);
  const best = withBestPrecision(curve);
  return version === "MaxIntegral" ? area(best) : meanOfElevenPoints(best);
}

/** Precision and recall of the first few detections. */
interface Point {
  precision: number;
  recall: number;
}

/** The curve with the largest precision at the recall of each point or a higher one. */
function withBestPrecision(curve: readonly Point[]): Point[] {
  const best: Point[] = [];
  let precision = 0;
  for (const point of curve.toReversed()) {
    precision = Math.max(precision, point.precision);
    best.push({ precision, recall: point.recall });
  }
  return best.reverse();
}

function area(curve: readonly Point[]): number {
  let sum = 0, before = 0;
  for (const { precision, recall } of curve) {
    sum += precision * (recall - before);
    before = recall;
  }
  return sum;
}

function meanOfElevenPoints(best: readonly Point[]): number {
  let sum = 0;
  for (let tenths = 0; tenths <= 10; tenths++) {
    sum += best.find(({ recall }) => Math.fround(recall) >= tenths / 10)?.precision ?? 0;
  }
  return sum / 11;
}
