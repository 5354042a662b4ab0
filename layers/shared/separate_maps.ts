import type { Blob } from "../../ffi/blob.ts";

/** What the predictions of several maps mean. */
export interface MapsOptions {
  /** K: the number of classes, background included. */
  readonly classes: number;
  /** S: the sets of boxes of each prior: one, or one for each class. */
  readonly sets: number;
  /** Whether the maps are as convolutions give them, with positions last. */
  readonly noPermute: boolean;
}

/** What SSD's DetectionOutput takes when it takes each map apart: first confidences, then boxes, then all priors. */
interface Maps {
  readonly confidences: readonly Blob[];
  readonly boxes: readonly Blob[];
  readonly priors: Blob;
}

/**
 * The predictions of several maps as one: boxes (N, 4 P S), confidences (N, P K) and priors (1, 2, 4 P). Bottoms:
 * confidences of each map, boxes of each map, and the priors (1, 2, 4 P) of all. Each map n has, with `noPermute`, (N, K, R, H W)
 * confidences and (N, 4 R S, H, W) boxes, whose priors are in the order of (H, W, R), as PriorBox has them; here they come
 * in the order of (R, H, W). Otherwise it has (N, P_n K) and (N, 4 P_n S), of which the values are one after the other.
 */
export class SeparateMaps {
  readonly #options: MapsOptions;
  /** (N, 4 P S). */
  boxes: Float32Array = new Float32Array();
  /** (N, P K). */
  confidences: Float32Array = new Float32Array();
  /** (1, 2, 4 P). */
  priors: Float32Array = new Float32Array();
  /** P, the number of priors. */
  count = 0;

  /** Takes what the maps mean. */
  constructor(options: MapsOptions) {
    this.#options = options;
  }

  /** Allocates memory. Throws a RangeError when the bottoms don't belong together. */
  reshape(bottoms: readonly Blob[]): void {
    const maps = split(bottoms), { classes, sets, noPermute } = this.#options;
    const items = maps.confidences[0]!.shape[0]!;
    this.count = 0;
    for (const [n, own] of maps.confidences.entries()) {
      const boxes = maps.boxes[n]!, priors = own.count / (items * classes);
      const [, channels = 0, height = 0, width = 0] = boxes.shape;
      const fits = boxes.shape[0] === items && own.shape[0] === items && Number.isInteger(priors) &&
        boxes.count === items * priors * sets * 4;
      const isMap = own.numAxes === 4 && own.shape[1] === classes && boxes.numAxes === 4 &&
        own.shape[2]! * 4 * sets === channels && own.shape[3] === height * width;
      if (!fits || noPermute && !isMap) {
        const wanted = noPermute
          ? `confidences (N, ${classes}, R, H W) and boxes (N, ${4 * sets} R, H, W)`
          : `confidences (N, ${classes} P) and boxes (N, ${4 * sets} P)`;
        throw new RangeError(
          `Expected ${wanted} of map ${n} but found (${own.shape.join(", ")}) and (${
            boxes.shape.join(", ")
          })`,
        );
      }
      this.count += priors;
    }
    if (maps.priors.count !== 8 * this.count) {
      throw new RangeError(
        `Expected priors (1, 2, ${4 * this.count}) for all maps but found (${maps.priors.shape.join(", ")})`,
      );
    }
    if (this.boxes.length !== items * this.count * sets * 4) {
      this.boxes = new Float32Array(items * this.count * sets * 4);
    }
    if (this.confidences.length !== items * this.count * classes) {
      this.confidences = new Float32Array(items * this.count * classes);
    }
    if (this.priors.length !== 8 * this.count) this.priors = new Float32Array(8 * this.count);
  }

  /** Copies the bottoms' values. */
  read(bottoms: readonly Blob[]): void {
    const maps = split(bottoms), { classes, sets, noPermute } = this.#options;
    const items = maps.confidences[0]!.shape[0]!, from = maps.priors.data;
    if (!noPermute) this.priors.set(from);
    let first = 0;
    for (const [n, { data: scores, count, shape }] of maps.confidences.entries()) {
      const { data: values } = maps.boxes[n]!, priors = count / (items * classes);
      const ratios = noPermute ? shape[2]! : 1, area = priors / ratios;
      for (let item = 0; item < items; item++) {
        const box = (item * this.count + first) * sets * 4, score = (item * this.count + first) * classes;
        const own = scores.subarray(item * priors * classes, (item + 1) * priors * classes);
        const sides = values.subarray(item * priors * sets * 4, (item + 1) * priors * sets * 4);
        if (noPermute) {
          transpose(sides, { outer: ratios, rows: 4 * sets, columns: area }, this.boxes, box);
          transpose(own, { outer: 1, rows: classes, columns: priors }, this.confidences, score);
        } else {
          this.boxes.set(sides, box);
          this.confidences.set(own, score);
        }
      }
      for (let p = 0; noPermute && p < priors; p++) {
        const at = 4 * (first + p), place = 4 * (first + p % area * ratios + Math.floor(p / area));
        for (const half of [0, 4 * this.count]) {
          this.priors.set(from.subarray(half + place, half + place + 4), half + at);
        }
      }
      first += priors;
    }
  }
}

function split(bottoms: readonly Blob[]): Maps {
  const count = (bottoms.length - 1) / 2;
  return {
    confidences: bottoms.slice(0, count),
    boxes: bottoms.slice(count, 2 * count),
    priors: bottoms[2 * count]!,
  };
}

/** Writes (outer, rows, columns) as (outer, columns, rows). */
function transpose(
  from: Float32Array,
  { outer, rows, columns }: { outer: number; rows: number; columns: number },
  to: Float32Array,
  start: number,
): void {
  for (let o = 0, i = 0; o < outer; o++) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        to[start + (o * columns + column) * rows + row] = from[i++]!;
      }
    }
  }
}
