import type { Blob } from "../../ffi/blob.ts";
import { boxOverlap } from "./normalized_boxes.ts";
import { sortedByScore } from "./sorted_by_score.ts";

/** A box by its centre and size, in parts of the image. */
export interface CentredBox {
  /** Centre, from the left. */
  readonly x: number;
  /** Centre, from the top. */
  readonly y: number;
  /** Width. */
  readonly width: number;
  /** Height. */
  readonly height: number;
}

/** The boxes that YOLO's layers found in one item of a batch, whatever their classes. */
export class FoundBoxes {
  readonly #corners: number[] = [];
  readonly #scores: number[] = [];
  readonly #labels: number[] = [];
  // Which box each is: a box may be added for several classes, one after the other.
  readonly #boxes: number[] = [];
  #last: CentredBox | undefined;

  /** Adds a box of a class, from 0, with its confidence. The same box may be added for other classes next. */
  add(label: number, score: number, box: CentredBox): void {
    const { x, y, width, height } = box;
    this.#boxes.push((this.#boxes.at(-1) ?? -1) + (box === this.#last ? 0 : 1));
    this.#last = box;
    this.#corners.push(x - width / 2, y - height / 2, x + width / 2, y + height / 2);
    this.#scores.push(score);
    this.#labels.push(label);
  }

  /**
   * The rows of the boxes that overlap no better one by `threshold` or more, of any class, the best first: each
   * [item, class + 1, confidence, x1, y1, x2, y2].
   */
  rows(item: number, threshold: number): number[] {
    const corners = Float32Array.from(this.#corners), kept: number[] = [];
    const judged = new Uint8Array((this.#boxes.at(-1) ?? -1) + 1);
    for (const i of sortedByScore(this.#scores)) {
      // A box that is kept or dropped for one class hides itself, or is hidden, for those that are less certain.
      if (judged[this.#boxes[i]!] === 1) continue;
      if (boxOverlap(corners, 4 * i, corners, 4 * i) >= threshold) judged[this.#boxes[i]!] = 1;
      if (kept.every((j) => boxOverlap(corners, 4 * i, corners, 4 * j) < threshold)) kept.push(i);
    }
    return kept.flatMap((i) => [
      item,
      this.#labels[i]! + 1,
      this.#scores[i]!,
      ...corners.subarray(4 * i, 4 * i + 4),
    ]);
  }
}

/** Writes detections into (1, 1, D, 7); without any, one row for each item, of [item, −1, …]. */
export function writeDetections(rows: readonly number[], items: number, y: Blob): void {
  if (rows.length > 0) {
    y.reshape(1, 1, rows.length / 7, 7);
    y.data.set(rows);
    return;
  }
  y.reshape(1, 1, items, 7);
  const to = y.data.fill(-1);
  for (let item = 0; item < items; item++) to[7 * item] = item;
}

/** The logistic function. */
export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
