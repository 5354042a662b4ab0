/**
 * Boxes of Faster R-CNN: [x1, y1, x2, y2] in pixels, both corners included, so that a box of one pixel has
 * x1 = x2. Four values each, one box after the other.
 */
export type PixelBoxes = Float32Array | Float64Array;

/**
 * The overlap of two boxes: the area of their intersection divided by that of their union. `a` and `b` are
 * where they begin.
 */
export function pixelOverlap(boxes: PixelBoxes, a: number, others: PixelBoxes, b: number): number {
  const x1 = boxes[a]!, y1 = boxes[a + 1]!, x2 = boxes[a + 2]!, y2 = boxes[a + 3]!;
  const u1 = others[b]!, v1 = others[b + 1]!, u2 = others[b + 2]!, v2 = others[b + 3]!;
  const width = Math.min(x2, u2) - Math.max(x1, u1) + 1;
  if (!(width > 0)) return 0;
  const height = Math.min(y2, v2) - Math.max(y1, v1) + 1;
  if (!(height > 0)) return 0;
  const inside = width * height;
  return inside / ((x2 - x1 + 1) * (y2 - y1 + 1) + (u2 - u1 + 1) * (v2 - v1 + 1) - inside);
}

/**
 * Non-maximum suppression: goes through the boxes in `order`, and keeps each that overlaps none of those
 * kept before by more than `threshold`, until there are `most`.
 *
 * ```ts
 * import { suppressPixelBoxes } from "./pixel_boxes.ts";
 * import assert from "node:assert/strict";
 *
 * const boxes = Float32Array.of(0, 0, 9, 9, 1, 0, 9, 9, 20, 20, 29, 29);
 * assert.deepEqual(suppressPixelBoxes(boxes, [1, 0, 2], 0.5, 10), [1, 2]);
 * ```
 */
export function suppressPixelBoxes(
  boxes: PixelBoxes,
  order: ArrayLike<number>,
  threshold: number,
  most: number,
): number[] {
  const kept: number[] = [];
  for (let i = 0; i < order.length && kept.length < most; i++) {
    const box = order[i]!;
    let free = true;
    for (let k = 0; free && k < kept.length; k++) {
      free = !(pixelOverlap(boxes, 4 * kept[k]!, boxes, 4 * box) > threshold);
    }
    if (free) kept.push(box);
  }
  return kept;
}

/**
 * Where box `b` of `boxes` is, as seen from box `a` of `anchors`, into `to` at `at`: the distance of the
 * centres divided by the anchor's size, and the logarithms of the sizes' ratios. What a network learns.
 */
export function encodePixelBox(
  anchors: PixelBoxes,
  a: number,
  boxes: PixelBoxes,
  b: number,
  to: Float32Array,
  at: number,
): void {
  const width = anchors[a + 2]! - anchors[a]! + 1, height = anchors[a + 3]! - anchors[a + 1]! + 1;
  const wide = boxes[b + 2]! - boxes[b]! + 1, high = boxes[b + 3]! - boxes[b + 1]! + 1;
  to[at] = (boxes[b]! + 0.5 * wide - anchors[a]! - 0.5 * width) / width;
  to[at + 1] = (boxes[b + 1]! + 0.5 * high - anchors[a + 1]! - 0.5 * height) / height;
  to[at + 2] = Math.log(wide / width);
  to[at + 3] = Math.log(high / height);
}
