import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import { Layer } from "./layer.ts";
import { centredOverlap, type TrueBox, trueBoxes } from "./shared/centred_boxes.ts";
import { checkRegionMap, type RegionBox, regionBoxes, type RegionMap } from "./shared/region_boxes.ts";
import { sortedByScore } from "./shared/sorted_by_score.ts";

/** `eval_detection_param` of an {@link EvalDetectionLayer}. */
export const EvalDetectionParams = z.strictObject({
  side: z.int().positive().default(7).describe("S: the cells of a row and of a column"),
  num_class: z.int().positive().default(20).describe("K: the number of classes"),
  num_object: z.int().positive().default(2).describe("B: the number of boxes of each cell"),
  biases: z.array(z.number().positive()).min(2).describe(
    "widths and heights of the boxes' anchors, in cells",
  ),
  threshold: z.number().default(0.5).describe("how much a right detection overlaps its object at least"),
  score_type: z.enum(["OBJ", "PROB", "MULTIPLY"]).default("MULTIPLY").describe(
    "what ranks detections: the object's confidence, the class's, or both multiplied",
  ),
  nms: z.number().default(-1).describe(
    "boxes that overlap a better one by so much are left out; below 0, none is",
  ),
  sqrt: z.boolean().optional().describe("without effect, as in the fork"),
  constriant: z.boolean().optional().describe("without effect, as in the fork"),
});

/** Detections that are less certain do not count. */
const LEAST_SCORE = 0.005;

/**
 * Which detections of YOLOv2 are right, for the average precision. Bottoms: a map (N, B (5 + K), S, S), with the channels of
 * YoloDetectionOutput; the objects, (N, …) with rows [class, x, y, width, height] that end at the first without a width, or
 * SSD's annotations (1, 1, M, 8) with classes from 1; a third bottom is not used. Top: (N, K + 4 B S²): the number of
 * objects of each class, then rows [class, score, right, wrong] of all detections, class by class, the best first, and zeros.
 *
 * A detection is right if the object of its class that it overlaps most is overlapped by `threshold`, and wrong if a better one
 * has that object already, or if there are no objects of its class; overlap = |A ∩ B| / |A ∪ B|. Where it overlaps an object by less, it is neither.
 *
 * EvalDetection of YOLOv2's and Intel's Caffe, which have no detections at all without `nms`.
 */
export class EvalDetectionLayer extends Layer<z.output<typeof EvalDetectionParams>> {
  static type = "EvalDetection";
  static params = EvalDetectionParams;
  static bottoms = [2, 3] as const;
  static tops = 1;
  static examples = [{
    bottoms: [
      { shape: [2, 14, 2, 2], gradient: false },
      { shape: [2, 10], values: [1, 0.3, 0.4, 0.5, 0.25, 0, 0, 0, 0, 0] },
    ],
    param: { num_class: 2, num_object: 2, side: 2, biases: [1, 1.5, 0.7, 0.4], nms: 0.4 },
    gradientTops: [],
  }];
  readonly #map: RegionMap = {
    boxes: this.param.num_object,
    classes: this.param.num_class,
    biases: this.param.biases,
  };

  override reshape([map, objects]: [Blob, Blob], [y]: [Blob]): void {
    const { side, num_object, num_class } = this.param;
    checkRegionMap(map, this.#map);
    const [items = 0, , height, width] = map.shape;
    if (height !== side || width !== side) {
      throw new RangeError(`Expected a map of ${side} × ${side} cells but found (${map.shape.join(", ")})`);
    }
    if (!isAnnotated(objects) && (objects.shape[0] !== items || objects.count % (5 * items) !== 0)) {
      throw new RangeError(
        `Expected objects (${items}, 5 T) or (1, 1, M, 8) but found (${objects.shape.join(", ")})`,
      );
    }
    y.reshape(items, num_class + 4 * num_object * side * side);
  }

  override forward([map, objects]: [Blob, Blob], [y]: [Blob]): void {
    const [items = 0] = map.shape, { num_class } = this.param, size = y.count / items;
    y.data.fill(0);
    for (let n = 0; n < items; n++) {
      const to = y.data.subarray(n * size, (n + 1) * size), truth = this.#objects(objects, n, items);
      for (const { label } of truth) to[label]!++;
      let at = num_class;
      for (const [label, found] of this.#detections(map, n)) {
        const own = truth.filter((object) => object.label === label), seen = new Set<TrueBox>();
        for (const { box, score } of found) {
          to.set([label, score, ...this.#judge(box, own, seen)], at);
          at += 4;
        }
      }
    }
  }

  override backward(_tops: Blob[], propagateDown: boolean[], bottoms: Blob[]): void {
    for (const [i, bottom] of bottoms.entries()) if (propagateDown[i]) bottom.diff.fill(0);
  }

  /** Whether a box is right and whether it is wrong: 0 or 1 each. */
  #judge(box: RegionBox["box"], own: readonly TrueBox[], seen: Set<TrueBox>): [right: number, wrong: number] {
    if (own.length === 0) return [0, 1];
    let most = -1, best = own[0]!;
    for (const object of own) {
      const overlap = centredOverlap(box, object.box);
      if (overlap > most) [most, best] = [overlap, object];
    }
    if (most < this.param.threshold) return [0, 0];
    if (seen.has(best)) return [0, 1];
    seen.add(best);
    return [1, 0];
  }

  #objects(objects: Blob, item: number, items: number): TrueBox[] {
    const { num_class } = this.param, { data } = objects;
    if (!isAnnotated(objects)) {
      const each = data.length / items;
      return trueBoxes(data.subarray(item * each, (item + 1) * each), num_class);
    }
    const rows: number[] = [];
    for (let at = 0; at < data.length; at += 8) {
      if (data[at] !== item) continue; // -1: no object
      const [, label, , left, top, right, bottom] = data.subarray(at, at + 8) as unknown as number[];
      const [x, y] = [(left! + right!) / 2, (top! + bottom!) / 2];
      rows.push(label! - 1, x, y, right! - left!, bottom! - top!);
    }
    return trueBoxes(Float32Array.from(rows), num_class);
  }

  /** The detections of an item by class, in order, the best first. */
  #detections(map: Blob, item: number): [label: number, found: { box: RegionBox["box"]; score: number }[]][] {
    const { score_type, nms } = this.param;
    const boxes = Array.from(regionBoxes(map, item, this.#map), ({ box, label, object, probability }) => ({
      ...{ box, label },
      score: Math.fround((score_type === "PROB" ? 1 : object) * (score_type === "OBJ" ? 1 : probability)),
    }));
    const kept: typeof boxes = [];
    for (const i of sortedByScore(boxes.map(({ score }) => score))) {
      const own = boxes[i]!;
      if (nms >= 0 && kept.some(({ box }) => centredOverlap(box, own.box) >= nms)) continue;
      kept.push(own);
    }
    const byLabel = Map.groupBy(kept.filter(({ score }) => score >= LEAST_SCORE), ({ label }) => label);
    return [...byLabel].sort(([a], [b]) => a - b);
  }
}

/** Whether objects are rows of SSD's annotations. */
function isAnnotated({ shape }: Blob): boolean {
  return shape.length === 4 && shape[0] === 1 && shape[1] === 1 && shape[3] === 8;
}
