/** Ratios of height to width, and sizes as multiples of {@link ANCHOR_BASE}, of Faster R-CNN's anchors. */
export const ANCHOR_RATIOS: readonly number[] = [0.5, 1, 2];
/** The scales of Faster R-CNN's anchors. */
export const ANCHOR_SCALES: readonly number[] = [8, 16, 32];
/** The side of the square that anchors are made from, in pixels. */
export const ANCHOR_BASE = 16;

/**
 * The anchors of a region proposal network around its first cell, four values each: for each ratio a box of
 * about the area of the square [0, 0, base − 1, base − 1], rounded to whole pixels, then that box times each
 * scale.
 *
 * ```ts
 * import { anchorsOf } from "./rpn_anchors.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual([...anchorsOf(16, [0.5], [8, 16])], [-84, -40, 99, 55, -176, -88, 191, 103]);
 * ```
 */
export function anchorsOf(
  base: number = ANCHOR_BASE,
  ratios: readonly number[] = ANCHOR_RATIOS,
  scales: readonly number[] = ANCHOR_SCALES,
): Float64Array<ArrayBuffer> {
  const center = 0.5 * (base - 1);
  const anchors = ratios.flatMap((ratio) => {
    const width = roundToEven(Math.sqrt(base * base / ratio)), height = roundToEven(width * ratio);
    return scales.flatMap((scale) => {
      const across = 0.5 * (width * scale - 1), down = 0.5 * (height * scale - 1);
      return [center - across, center - down, center + across, center + down];
    });
  });
  return Float64Array.from(anchors);
}

/**
 * The anchors of all cells of a map of `height` × `width`, `stride` pixels apart: row after row, in each cell
 * one after the other.
 */
export function shiftedAnchors(
  anchors: Float64Array,
  height: number,
  width: number,
  stride: number,
): Float64Array<ArrayBuffer> {
  const size = anchors.length, all = new Float64Array(height * width * size);
  for (let h = 0, at = 0; h < height; h++) {
    for (let w = 0; w < width; w++) {
      for (let i = 0; i < size; i++, at++) all[at] = anchors[i]! + stride * (i % 2 === 0 ? w : h);
    }
  }
  return all;
}

/** Rounds as numpy does: halves to the even neighbour. */
function roundToEven(value: number): number {
  const floor = Math.floor(value), rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
