/**
 * Boxes of SSD: [x1, y1, x2, y2] in parts of the image, four values each. Functions take an array, and where
 * in it a box begins.
 */
export type NormalizedBoxes = Float32Array;

/** How a prediction says where a box is, as seen from a prior box. */
export type BoxCode = "CORNER" | "CENTER_SIZE" | "CORNER_SIZE";

/** The area of a box; 0 if a side is negative. */
export function boxArea(boxes: NormalizedBoxes, at: number): number {
  const width = boxes[at + 2]! - boxes[at]!, height = boxes[at + 3]! - boxes[at + 1]!;
  return width < 0 || height < 0 ? 0 : width * height;
}

/** The overlap of two boxes: the area of their intersection divided by that of their union. */
export function boxOverlap(a: NormalizedBoxes, i: number, b: NormalizedBoxes, j: number): number {
  const width = Math.min(a[i + 2]!, b[j + 2]!) - Math.max(a[i]!, b[j]!);
  const height = Math.min(a[i + 3]!, b[j + 3]!) - Math.max(a[i + 1]!, b[j + 1]!);
  if (!(width > 0 && height > 0)) return 0;
  const inside = width * height;
  return inside / (boxArea(a, i) + boxArea(b, j) - inside);
}

/** Prior boxes with their variances, as PriorBox makes them: all boxes, then all variances. */
export interface Priors {
  /** The values. */
  values: Float32Array;
  /** How many boxes. */
  count: number;
  /** How predictions are coded. */
  code: BoxCode;
  /** Whether predictions are divided by the variances already. */
  varianceInTarget: boolean;
}

/** The box that a prediction means, as seen from prior `p`, into `to` at `at`. */
export function decodeBox(
  { values, count, code, varianceInTarget }: Priors,
  p: number,
  predictions: Float32Array,
  from: number,
  to: NormalizedBoxes,
  at: number,
): void {
  const i = 4 * p, x1 = values[i]!, y1 = values[i + 1]!, x2 = values[i + 2]!, y2 = values[i + 3]!;
  const width = x2 - x1, height = y2 - y1, v = 4 * (count + p);
  const a = predictions[from]! * (varianceInTarget ? 1 : values[v]!);
  const b = predictions[from + 1]! * (varianceInTarget ? 1 : values[v + 1]!);
  const c = predictions[from + 2]! * (varianceInTarget ? 1 : values[v + 2]!);
  const d = predictions[from + 3]! * (varianceInTarget ? 1 : values[v + 3]!);
  if (code === "CENTER_SIZE") {
    const x = a * width + (x1 + x2) / 2, y = b * height + (y1 + y2) / 2;
    const across = Math.exp(c) * width / 2, down = Math.exp(d) * height / 2;
    to[at] = x - across;
    to[at + 1] = y - down;
    to[at + 2] = x + across;
    to[at + 3] = y + down;
    return;
  }
  const [wide, high] = code === "CORNER" ? [1, 1] : [width, height];
  to[at] = x1 + a * wide;
  to[at + 1] = y1 + b * high;
  to[at + 2] = x2 + c * wide;
  to[at + 3] = y2 + d * high;
}

/** The prediction that means a box, as seen from prior `p`, into `to` at `at`: the inverse of {@link decodeBox}. */
export function encodeBox(
  { values, count, code, varianceInTarget }: Priors,
  p: number,
  boxes: NormalizedBoxes,
  from: number,
  to: Float32Array,
  at: number,
): void {
  const i = 4 * p, x1 = values[i]!, y1 = values[i + 1]!, x2 = values[i + 2]!, y2 = values[i + 3]!;
  const width = x2 - x1, height = y2 - y1;
  const u1 = boxes[from]!, v1 = boxes[from + 1]!, u2 = boxes[from + 2]!, v2 = boxes[from + 3]!;
  if (code === "CENTER_SIZE") {
    to[at] = ((u1 + u2) / 2 - (x1 + x2) / 2) / width;
    to[at + 1] = ((v1 + v2) / 2 - (y1 + y2) / 2) / height;
    to[at + 2] = Math.log((u2 - u1) / width);
    to[at + 3] = Math.log((v2 - v1) / height);
  } else {
    const [wide, high] = code === "CORNER" ? [1, 1] : [width, height];
    to[at] = (u1 - x1) / wide;
    to[at + 1] = (v1 - y1) / high;
    to[at + 2] = (u2 - x2) / wide;
    to[at + 3] = (v2 - y2) / high;
  }
  if (!varianceInTarget) { for (let k = 0; k < 4; k++) to[at + k]! /= values[4 * (count + p) + k]!; }
}

/** Which boxes {@link suppressBoxes} keeps. */
export interface Suppression {
  /** Boxes that overlap one that is kept by more are not. */
  threshold: number;
  /** The threshold is multiplied by this after each box, as long as it is above a half. */
  eta?: number | undefined;
  /** Ends when so many boxes are kept. */
  most?: number | undefined;
}

/**
 * Non-maximum suppression: goes through the boxes in `order`, and keeps each that overlaps none of those kept
 * before by more than the threshold.
 *
 * ```ts
 * import { suppressBoxes } from "./normalized_boxes.ts";
 * import assert from "node:assert/strict";
 *
 * const boxes = Float32Array.of(0, 0, 0.5, 0.5, 0, 0, 0.5, 0.4, 0.5, 0.5, 1, 1);
 * assert.deepEqual(suppressBoxes(boxes, [1, 0, 2], { threshold: 0.5 }), [1, 2]);
 * ```
 */
export function suppressBoxes(
  boxes: NormalizedBoxes,
  order: ArrayLike<number>,
  { threshold, eta = 1, most = Infinity }: Suppression,
): number[] {
  const kept: number[] = [];
  let limit = threshold;
  for (let i = 0; i < order.length && kept.length < most; i++) {
    const box = order[i]!;
    let free = true;
    for (let k = 0; free && k < kept.length; k++) {
      free = boxOverlap(boxes, 4 * box, boxes, 4 * kept[k]!) <= limit;
    }
    if (!free) continue;
    kept.push(box);
    if (eta < 1 && limit > 0.5) limit *= eta;
  }
  return kept;
}
