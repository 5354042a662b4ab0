import type { Blob } from "../../ffi/blob.ts";
import { centredOverlap } from "./centred_boxes.ts";
import { type RegionBox, regionBoxes, type RegionMap } from "./region_boxes.ts";

/** What counts as a detection. */
export interface DetectionThresholds {
  /** Less certain boxes are left out. */
  readonly confidence: number;
  /** Boxes that overlap a kept one by so much are left out. */
  readonly overlap: number;
}

/**
 * The rows [item, class, confidence, x, y, width, height] of the boxes in a map of YOLOv2 that do not overlap: of two that
 * do, the first in the map's order stays.
 */
export function regionDetections(map: Blob, of: RegionMap, thresholds: DetectionThresholds): number[] {
  const rows: number[] = [];
  for (let item = 0; item < map.shape[0]!; item++) {
    const kept: RegionBox[] = [];
    for (const box of regionBoxes(map, item, of)) {
      const confidence = box.object * box.probability;
      if (!(confidence >= thresholds.confidence)) continue;
      if (kept.some((other) => centredOverlap(other.box, box.box) >= thresholds.overlap)) continue;
      kept.push(box);
      rows.push(item, box.label, confidence, ...box.box);
    }
  }
  return rows;
}
