import { z } from "zod";
import { resolveSource } from "../data/sources/source_path.ts";
import { readBytesSync } from "../base/read_bytes.ts";
import type { Blob } from "../ffi/blob.ts";
import { locationOf } from "../proto/text/location.ts";
import { Layer } from "./layer.ts";
import type { LayerExample } from "./layer_example.ts";
import { boxOverlap } from "./shared/normalized_boxes.ts";
import { pixelOverlap } from "./shared/pixel_boxes.ts";
import { originalBox, ResizeParams } from "./shared/resize_param.ts";
import { sortedByScore } from "./shared/sorted_by_score.ts";

/** `detection_evaluate_param` of a {@link DetectionEvaluateLayer}. */
export const DetectionEvaluateParams = z.strictObject({
  num_classes: z.int().positive().describe("number of classes, background included"),
  background_label_id: z.int().default(0).describe("the class of the background, −1 for none"),
  overlap_threshold: z.number().positive().default(0.5).describe(
    "a detection is right if it overlaps so much",
  ),
  evaluate_difficult_gt: z.boolean().default(true).describe(
    "whether objects that are marked as difficult count",
  ),
  name_size_file: z.string().optional()
    .describe("file with a line 'name height width' for each image: compares in pixels"),
  resize_param: ResizeParams.optional().describe("how images were resized, for name_size_file"),
});

const EXAMPLES: readonly LayerExample[] = [{
  bottoms: [
    {
      shape: [1, 1, 4, 7],
      values: [
        ...[0, 1, 0.9, 0.1, 0.1, 0.5, 0.5, 0, 1, 0.8, 0.1, 0.1, 0.5, 0.4],
        ...[0, 2, 0.7, 0.5, 0.5, 0.9, 0.9, 1, 1, 0.6, 0, 0, 1, 1],
      ],
      batchAxis: null,
    },
    {
      shape: [1, 1, 2, 8],
      values: [0, 1, 0, 0.1, 0.1, 0.5, 0.45, 0, 1, 2, 0, 0.2, 0.2, 0.8, 0.8, 1],
      batchAxis: null,
    },
  ],
  param: { num_classes: 3 },
  gradientTops: [],
}];

/** The rows of one class of one image. */
interface Boxes {
  values: number[];
  scores: number[];
  difficult: boolean[];
}

/**
 * Judges detections: which are right, and how many objects there are. Bottoms: detections (1, 1, D, 7), each
 * [item, class, confidence, x1, y1, x2, y2], as DetectionOutput gives them, and objects (1, 1, G, 8), each
 * [item, class, instance, x1, y1, x2, y2, difficult]; top: (1, 1, K + D, 5): for each of the K classes a row
 * [−1, class, number of objects, −1, −1], then for each detection [item, class, confidence, 1 if right, 1 if
 * wrong]. There is no gradient.
 *
 * In the order of their confidences, a detection is right if the object of its class that it overlaps most, by
 * at least `overlap_threshold`, has no detection yet. Of objects that do not count, it is neither right nor
 * wrong. The average precision follows from these rows: after k detections the precision is p = right / k, and the
 * recall right / objects.
 *
 * Everingham et al.: The PASCAL Visual Object Classes Challenge, IJCV 2010; SSD's fork of Caffe.
 */
export class DetectionEvaluateLayer extends Layer<z.output<typeof DetectionEvaluateParams>> {
  static type = "DetectionEvaluate";
  static params = DetectionEvaluateParams;
  static bottoms = 2;
  static tops = 1;
  static examples = EXAMPLES;
  #sizes: [height: number, width: number][] = [];
  // The image of `name_size_file` that comes next.
  #image = 0;

  /** Reads the sizes of the images. Throws an error for a file that is missing or not as it should be. */
  override setup(): void {
    const { name_size_file: file } = this.param;
    if (file === undefined) return;
    const bytes = readBytesSync(resolveSource(file, locationOf(this.layerParam)?.file), "a name_size_file");
    const words = new TextDecoder().decode(bytes).split(/\s+/).filter((word) => word !== "");
    for (let i = 0; i + 2 < words.length; i += 3) {
      const size = [Number(words[i + 1]), Number(words[i + 2])] as [number, number];
      if (!size.every((each) => each > 0)) {
        throw new RangeError(
          `Expected 'name height width' but found '${words.slice(i, i + 3).join(" ")}' in ${file}`,
        );
      }
      this.#sizes.push(size);
    }
  }

  override reshape([detections, objects]: [Blob, Blob], [y]: [Blob]): void {
    for (const [blob, size] of [[detections, 7], [objects, 8]] as const) {
      if (blob.numAxes === 4 && blob.count === blob.shape[2]! * size) continue;
      throw new RangeError(`Expected a bottom (1, 1, …, ${size}) but found (${blob.shape.join(", ")})`);
    }
    y.reshape(1, 1, this.#classes().length + detections.shape[2]!, 5); // fewer, if forward finds none
  }

  override forward([detections, objects]: [Blob, Blob], [y]: [Blob]): void {
    const background = this.param.background_label_id, { evaluate_difficult_gt: all } = this.param;
    const found = byImage(detections.data, 7, background), truth = byImage(objects.data, 8, background);
    const rows: number[] = [];
    const counted = (boxes: Boxes) => boxes.difficult.filter((difficult) => all || !difficult).length;
    for (const label of this.#classes()) {
      let count = 0;
      for (const classes of truth.values()) if (classes.has(label)) count += counted(classes.get(label)!);
      rows.push(-1, label, count, -1, -1);
    }
    for (const [item, classes] of found) {
      for (const [label, boxes] of classes) {
        if (label === -1) continue;
        for (const [score, right, wrong] of this.#judge(boxes, truth.get(item)?.get(label))) {
          rows.push(item, label, score, right, wrong);
        }
      }
      if (this.#sizes.length > 0) this.#image = (this.#image + 1) % this.#sizes.length;
    }
    y.reshape(1, 1, rows.length / 5, 5);
    y.data.set(rows);
  }

  /** Which image of `name_size_file` comes next. */
  override save(): number {
    return this.#image;
  }

  override restore(image: number): void {
    this.#image = image;
  }

  override backward(_tops: Blob[], propagateDown: boolean[], bottoms: Blob[]): void {
    for (const [i, bottom] of bottoms.entries()) if (propagateDown[i]) bottom.diff.fill(0);
  }

  #classes(): number[] {
    const { num_classes: classes, background_label_id: background } = this.param;
    return Array.from({ length: classes }, (_, label) => label).filter((label) => label !== background);
  }

  /** For each detection its confidence, and whether it is right or wrong. */
  #judge(detections: Boxes, objects: Boxes | undefined): [score: number, right: number, wrong: number][] {
    const { overlap_threshold: threshold, evaluate_difficult_gt: all } = this.param;
    if (objects === undefined) return detections.scores.map((score) => [score, 0, 1]);
    const [mine, theirs] = [this.#scaled(detections), this.#scaled(objects)];
    const overlap = this.#sizes.length > 0 ? pixelOverlap : boxOverlap;
    const taken = new Set<number>();
    return [...sortedByScore(detections.scores)].map((i) => {
      const score = detections.scores[i]!;
      let most = -1, best = -1;
      for (let j = 0; j < objects.difficult.length; j++) {
        const value = overlap(mine, 4 * i, theirs, 4 * j);
        if (value > most) [most, best] = [value, j];
      }
      if (!(most >= threshold)) return [score, 0, 1];
      if (!all && objects.difficult[best]) return [score, 0, 0];
      if (taken.has(best)) return [score, 0, 1];
      taken.add(best);
      return [score, 1, 0];
    });
  }

  /** The boxes as they are compared: in pixels, if the image's size is known. */
  #scaled({ values }: Boxes): Float32Array {
    const boxes = Float32Array.from(values), size = this.#sizes[this.#image];
    if (size === undefined) return boxes;
    for (let at = 0; at < boxes.length; at += 4) {
      originalBox(boxes, at, size, this.param.resize_param, boxes, at);
    }
    return boxes;
  }
}

/**
 * Rows of detections or objects, by item and class, both in order. Throws a RangeError for the background's
 * class.
 */
function byImage(rows: Float32Array, size: 7 | 8, background: number): Map<number, Map<number, Boxes>> {
  const images = new Map<number, Map<number, Boxes>>();
  for (let at = 0; at + size <= rows.length; at += size) {
    const item = Math.trunc(rows[at]!), label = Math.trunc(rows[at + 1]!);
    if (item === -1) continue;
    if (label === background) {
      throw new RangeError(`Expected boxes of other classes than ${background}, the background's`);
    }
    const classes = images.get(item) ?? new Map<number, Boxes>();
    images.set(item, classes);
    const boxes = classes.get(label) ?? { values: [], scores: [], difficult: [] };
    classes.set(label, boxes);
    boxes.values.push(...rows.subarray(at + 3, at + 7));
    boxes.scores.push(rows[at + 2]!);
    boxes.difficult.push(size === 8 && rows[at + 7] !== 0);
  }
  const sorted = <T>(map: Map<number, T>) => new Map([...map].sort(([a], [b]) => a - b));
  return new Map([...sorted(images)].map(([item, classes]) => [item, sorted(classes)]));
}
