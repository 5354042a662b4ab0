import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import { Layer } from "./layer.ts";

/** `seg_accuracy_param` of a {@link SegAccuracyLayer}. */
export const SegAccuracyParams = z.strictObject({
  ignore_label: z.array(z.int()).default([]).describe("pixels with these labels do not count"),
  reset: z.boolean().default(true).describe("whether each forward counts anew, instead of going on"),
  metric: z.string().optional().describe("without effect: the top has all three"),
});

/**
 * How well pixels are classified: three numbers. Bottoms: scores x (N, C, H, W) and labels y (N, 1, H, W); top: (1, 1, 1, 3).
 * With M[r, c] the number of pixels of class r that have their highest score for class c (the last of equal ones):
 * the pixel accuracy A = Σ M[r, r] / Σ M; the mean over classes that occur of M[r, r] / Σ_c M[r, c]; and the mean over all
 * classes of the intersection over union, M[r, r] / (Σ_c M[r, c] + Σ_c M[c, r] − M[r, r]), which is 1 for a class
 * that neither labels nor predictions have. There is no gradient.
 *
 * SegAccuracy of DeepLab's and PSPNet's forks of Caffe.
 */
export class SegAccuracyLayer extends Layer<z.output<typeof SegAccuracyParams>> {
  static type = "SegAccuracy";
  static params = SegAccuracyParams;
  static bottoms = 2;
  static tops = 1;
  static examples = [{}, { ignore_label: [0] }].map((param) => ({
    bottoms: [{ shape: [2, 3, 2, 2], gradient: false }, { shape: [2, 1, 2, 2], labels: 3 }],
    param,
    gradientTops: [],
  }));
  #counts = new Float64Array();

  override reshape([scores, labels]: [Blob, Blob], [y]: [Blob]): void {
    const [items = 0, classes = 0] = scores.shape;
    if (scores.numAxes !== 4 || labels.count * classes !== scores.count || labels.shape[0] !== items) {
      throw new RangeError(
        `Expected scores (N, C, H, W) and labels (N, 1, H, W) but found (${scores.shape.join(", ")}) and ` +
          `(${labels.shape.join(", ")})`,
      );
    }
    if (this.#counts.length !== classes ** 2) this.#counts = new Float64Array(classes ** 2);
    y.reshape(1, 1, 1, 3);
  }

  /** The counts so far. */
  override save(): Float64Array<ArrayBuffer> {
    return this.#counts;
  }

  override restore(counts: Float64Array<ArrayBuffer>): void {
    this.#counts = counts;
  }

  override forward([scores, labels]: [Blob, Blob], [y]: [Blob]): void {
    const [items = 0, classes = 0, height = 0, width = 0] = scores.shape, area = height * width;
    const x = scores.data,
      wanted = labels.data,
      counts = this.#counts,
      ignored = new Set(this.param.ignore_label);
    if (this.param.reset) counts.fill(0);
    for (let n = 0; n < items; n++) {
      for (let at = 0; at < area; at++) {
        const label = Math.trunc(wanted[n * area + at]!), first = n * classes * area + at;
        if (ignored.has(label)) continue;
        if (!(label >= 0 && label < classes)) {
          throw new RangeError(
            `Expected labels from 0 to ${classes - 1}, or ignored, but found ${wanted[n * area + at]}`,
          );
        }
        let best = 0;
        for (let c = 1; c < classes; c++) if (x[first + c * area]! >= x[first + best * area]!) best = c;
        counts[label * classes + best]! += 1;
      }
    }
    y.data.set(measures(counts, classes));
  }

  override backward(_tops: Blob[], propagateDown: boolean[], bottoms: Blob[]): void {
    for (const [i, bottom] of bottoms.entries()) if (propagateDown[i]) bottom.diff.fill(0);
  }
}

function measures(
  counts: Float64Array,
  classes: number,
): [accuracy: number, recall: number, overlap: number] {
  let all = 0, right = 0, recall = 0, present = 0, overlap = 0;
  for (let r = 0; r < classes; r++) {
    let row = 0, column = 0;
    for (let c = 0; c < classes; c++) {
      row += counts[r * classes + c]!;
      column += counts[c * classes + r]!;
    }
    const both = counts[r * classes + r]!, either = row + column - both;
    all += row;
    right += both;
    if (row > 0) {
      recall += both / row;
      present++;
    }
    overlap += both === either ? 1 : both / either;
  }
  return [all === 0 ? 0 : right / all, present === 0 ? 0 : recall / present, overlap / classes];
}
