import type {
  BatchSampler,
  EmitConstraint,
  ResizeParameter,
  SampleConstraint,
} from "../../proto/messages.ts";
import type { AnnotatedBox } from "../sources/record_source.ts";

/** A rectangle. The coordinates are parts of an image's width and height. */
export type Box = Pick<AnnotatedBox, "xmin" | "ymin" | "xmax" | "ymax">;

/** The part of the image that is inside. */
export function clipBox({ xmin, ymin, xmax, ymax }: Box): Box {
  const clip = (value: number) => Math.min(1, Math.max(0, value));
  return { xmin: clip(xmin), ymin: clip(ymin), xmax: clip(xmax), ymax: clip(ymax) };
}

/** The area; 0 for a box that is turned around. */
export function areaOf({ xmin, ymin, xmax, ymax }: Box): number {
  return xmax < xmin || ymax < ymin ? 0 : (xmax - xmin) * (ymax - ymin);
}

function sharedArea(a: Box, b: Box): number {
  if (b.xmin > a.xmax || b.xmax < a.xmin || b.ymin > a.ymax || b.ymax < a.ymin) return 0;
  return areaOf({
    xmin: Math.max(a.xmin, b.xmin),
    ymin: Math.max(a.ymin, b.ymin),
    xmax: Math.min(a.xmax, b.xmax),
    ymax: Math.min(a.ymax, b.ymax),
  });
}

/** How much of `box` lies in `other`. */
export function coverage(box: Box, other: Box): number {
  const area = areaOf(box);
  return area > 0 ? sharedArea(box, other) / area : 0;
}

/** The Jaccard overlap: the area that two boxes share, divided by the area of both together. */
export function jaccardOverlap(a: Box, b: Box): number {
  const shared = sharedArea(a, b);
  return shared > 0 ? shared / (areaOf(a) + areaOf(b) - shared) : 0;
}

/**
 * The boxes of an image in a part of it, in coordinates of the part and clipped by it: without those outside, and those that
 * `emit` leaves out.
 */
export function boxesIn(
  part: Box,
  boxes: readonly AnnotatedBox[],
  emit: EmitConstraint | undefined,
): AnnotatedBox[] {
  const width = part.xmax - part.xmin, height = part.ymax - part.ymin;
  return boxes.filter((box) => isEmitted(part, box, emit)).flatMap((box) => {
    const outside = box.xmin >= part.xmax || box.xmax <= part.xmin || box.ymin >= part.ymax ||
      box.ymax <= part.ymin;
    const clipped = clipBox({
      xmin: (box.xmin - part.xmin) / width,
      ymin: (box.ymin - part.ymin) / height,
      xmax: (box.xmax - part.xmin) / width,
      ymax: (box.ymax - part.ymin) / height,
    });
    return outside || areaOf(clipped) <= 0 ? [] : [{ ...box, ...clipped }];
  });
}

function isEmitted(part: Box, box: Box, emit: EmitConstraint | undefined): boolean {
  if (emit === undefined) return true;
  if (emit.emit_type === "MIN_OVERLAP") return coverage(box, part) > (emit.emit_overlap ?? 0);
  const x = (box.xmin + box.xmax) / 2, y = (box.ymin + box.ymax) / 2;
  return x >= part.xmin && x <= part.xmax && y >= part.ymin && y <= part.ymax;
}

/** Whether a box fulfils a constraint with one of the objects: all bounds of a kind, of any kind that has bounds. */
function isSatisfied(box: Box, objects: readonly Box[], constraint: SampleConstraint): boolean {
  const kinds = [
    { least: constraint.min_jaccard_overlap, most: constraint.max_jaccard_overlap, of: jaccardOverlap },
    { least: constraint.min_sample_coverage, most: constraint.max_sample_coverage, of: coverage },
    {
      least: constraint.min_object_coverage,
      most: constraint.max_object_coverage,
      of: (sample: Box, object: Box) => coverage(object, sample),
    },
  ].filter(({ least, most }) => least !== undefined || most !== undefined);
  if (kinds.length === 0) return true;
  return objects.some((object) =>
    kinds.every(({ least = -Infinity, most = Infinity, of }) => {
      const value = of(box, object);
      return value >= least && value <= most;
    })
  );
}

/**
 * Draws parts of an image as SSD's batch samplers do (Liu et al.: SSD, ECCV 2016, 2.2): each tries random sizes and places,
 * `max_trials` times or until it has `max_sample` parts, and keeps those that fulfil its constraint. `draw` returns random
 * numbers from 0 to 1.
 */
export function sampleParts(
  objects: readonly Box[],
  samplers: readonly BatchSampler[],
  draw: () => number,
): Box[] {
  const between = (low: number, high: number) => low + draw() * (high - low);
  const parts: Box[] = [];
  for (
    const { use_original_image = true, sampler = {}, sample_constraint = {}, max_sample, max_trials = 100 }
      of samplers
  ) {
    if (!use_original_image) continue;
    const { min_scale = 1, max_scale = 1, min_aspect_ratio = 1, max_aspect_ratio = 1 } = sampler;
    let found = 0;
    for (let trial = 0; trial < max_trials && found < (max_sample ?? Infinity); trial++) {
      const scale = between(min_scale, max_scale);
      const ratio = between(min_aspect_ratio, max_aspect_ratio);
      const aspect = Math.min(Math.max(ratio, scale ** 2), 1 / scale ** 2);
      const width = scale * Math.sqrt(aspect), height = scale / Math.sqrt(aspect);
      const xmin = between(0, 1 - width), ymin = between(0, 1 - height);
      const part = { xmin, ymin, xmax: xmin + width, ymax: ymin + height };
      if (!isSatisfied(part, objects, sample_constraint)) continue;
      found++;
      parts.push(part);
    }
  }
  return parts;
}

/** Where a box of an image of this size is after `resize_param`. */
export function resizeBox(
  box: Box,
  width: number,
  height: number,
  { resize_mode = "WARP", height: newHeight = 0, width: newWidth = 0 }: ResizeParameter,
): Box {
  if (resize_mode !== "FIT_LARGE_SIZE_AND_PAD") return clipBox(box);
  // The image fills one axis; the padding takes the rest of the other on both sides.
  const aspect = width / height, isWide = aspect > newWidth / newHeight;
  const padding = isWide ? (1 - newWidth / aspect / newHeight) / 2 : (1 - aspect * newHeight / newWidth) / 2;
  const placed = (value: number, pads: boolean) => pads ? padding + value * (1 - 2 * padding) : value;
  const { xmin, ymin, xmax, ymax } = clipBox(box);
  return {
    xmin: placed(xmin, !isWide),
    ymin: placed(ymin, isWide),
    xmax: placed(xmax, !isWide),
    ymax: placed(ymax, isWide),
  };
}
