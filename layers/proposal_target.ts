import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import { Layer } from "./layer.ts";
import type { LayerExample } from "./layer_example.ts";
import { encodePixelBox, pixelOverlap } from "./shared/pixel_boxes.ts";

/**
 * `param_str` of a {@link ProposalTargetLayer}: `'num_classes': 21`, as in py-faster-rcnn, and the settings
 * that Python has in its `cfg.TRAIN`, with their defaults.
 */
export const ProposalTargetParams = z.strictObject({
  num_classes: z.int().positive().describe("number of classes, background included"),
  batch_size: z.int().min(-1).default(128).describe("how many regions to choose; −1: all"),
  fg_fraction: z.number().min(0).max(1).default(0.25).describe("the largest part of them that has an object"),
  fg_thresh: z.number().default(0.5).describe("regions that overlap a box at least so much have its class"),
  bg_thresh_hi: z.number().default(0.5).describe("background overlaps boxes by less than this"),
  bg_thresh_lo: z.number().default(0.1).describe("background overlaps a box by at least this"),
  inside_weights: z.array(z.number()).length(4).default([1, 1, 1, 1]).describe(
    "weights of x, y, width, height",
  ),
  means: z.array(z.number()).length(4).default([0, 0, 0, 0]).describe("what is subtracted from targets"),
  stds: z.array(z.number()).length(4).default([1, 1, 1, 1]).describe("what targets are divided by then"),
});

const EXAMPLES: readonly LayerExample[] = [{
  bottoms: [
    {
      shape: [6, 5],
      values: [
        ...[0, 10, 10, 60, 70, 0, 12, 8, 58, 66, 0, 30, 40, 90, 90],
        ...[0, 0, 0, 20, 20, 0, 31, 21, 88, 61, 0, 70, 5, 90, 20],
      ],
      batchAxis: null,
    },
    { shape: [2, 5], values: [10, 10, 60, 70, 1, 30, 20, 90, 60, 2], batchAxis: null },
  ],
  tops: 5,
  param: { num_classes: 3, batch_size: 5, bg_thresh_lo: 0 },
  random: true,
  gradientTops: [],
}];

/**
 * What the second stage of Faster R-CNN should answer: chooses regions and gives them labels and box targets.
 * Bottoms: regions (R, 5), each [0, x1, y1, x2, y2], and boxes (G, 5), each [x1, y1, x2, y2, class], which
 * are candidates too. Tops: the chosen regions (M, 5); labels (M), 0 for background; targets, inside weights
 * and outside weights (M, 4 num_classes), not 0 in the four columns of the label's class only. There is no
 * gradient.
 *
 * A region has the class of the box that it overlaps most, if that is by `fg_thresh`; with an overlap from
 * `bg_thresh_lo` to `bg_thresh_hi` it is background; others are not chosen. Of each kind as many are chosen at
 * random as `batch_size` and `fg_fraction` allow: the choice follows from the run's seed, not from numpy's
 * generator. The target of a region with centre c and size s for a box with centre b and size t is
 * y = (((b − c)/s, log(t/s)) − `means`) / `stds`.
 *
 * Ren, He, Girshick, Sun: Faster R-CNN, NIPS 2015, arXiv:1506.01497; `rpn.proposal_target_layer` of
 * py-faster-rcnn.
 */
export class ProposalTargetLayer extends Layer<z.output<typeof ProposalTargetParams>> {
  static type = "ProposalTarget";
  static params = ProposalTargetParams;
  static bottoms = 2;
  static tops = 5;
  static examples = EXAMPLES;
  #ran = false;

  override reshape([regions, boxes]: [Blob, Blob], tops: Blob[]): void {
    for (const [what, blob] of [["regions", regions], ["boxes", boxes]] as const) {
      if (blob.numAxes === 2 && blob.shape[1] === 5) continue;
      throw new RangeError(`Expected ${what} of shape (…, 5) but found (${blob.shape.join(", ")})`);
    }
    // How many regions there are is known in forward only.
    if (!this.#ran) this.#shapeTops(1, tops);
  }

  override forward([regions, boxes]: [Blob, Blob], tops: [Blob, Blob, Blob, Blob, Blob]): void {
    const { param } = this, box = boxes.data, total = boxes.shape[0]!;
    if (total === 0) throw new RangeError("Expected at least one box but found none");
    const all = this.#candidates(regions.data, box);
    const { chosen, foreground, nearest } = this.#choose(all, box);
    this.#ran = true;
    this.#shapeTops(chosen.length, tops);
    const [rois, labels, targets, inside, outside] = tops.map(({ data }) => data) as Float32Array[];
    for (const each of [targets!, inside!, outside!]) each.fill(0);
    const target = new Float32Array(4), columns = 4 * param.num_classes;
    for (const [m, r] of chosen.entries()) {
      rois!.set(all.subarray(5 * r, 5 * r + 5), 5 * m);
      const label = m < foreground ? box[5 * nearest[r]! + 4]! : 0;
      labels![m] = label;
      if (label <= 0) continue;
      if (!(label < param.num_classes)) {
        throw new RangeError(`Expected classes below num_classes, ${param.num_classes}, but found ${label}`);
      }
      encodePixelBox(all, 5 * r + 1, box, 5 * nearest[r]!, target, 0);
      for (let k = 0; k < 4; k++) {
        const at = m * columns + 4 * label + k;
        targets![at] = (target[k]! - param.means[k]!) / param.stds[k]!;
        inside![at] = param.inside_weights[k]!;
        outside![at] = inside![at]! > 0 ? 1 : 0;
      }
    }
  }

  override backward(_tops: Blob[], propagateDown: boolean[], bottoms: Blob[]): void {
    for (const [i, bottom] of bottoms.entries()) if (propagateDown[i]) bottom.diff.fill(0);
  }

  #shapeTops(count: number, [rois, labels, ...rest]: Blob[]): void {
    rois!.reshape(count, 5);
    if (this.#ran) labels!.reshape(count);
    else labels!.reshape(count, 1);
    for (const top of rest) top.reshape(count, 4 * this.param.num_classes);
  }

  /** The regions, and the boxes as regions. Throws a RangeError for regions of more than one image. */
  #candidates(regions: Float32Array, boxes: Float32Array): Float32Array {
    const all = new Float32Array(regions.length + boxes.length);
    all.set(regions);
    for (let at = 0; at < boxes.length; at += 5) {
      all.set([0, ...boxes.subarray(at, at + 4)], regions.length + at);
    }
    for (let at = 0; at < all.length; at += 5) {
      if (all[at] !== 0) {
        throw new RangeError(`Expected regions of one image, item 0, but found item ${all[at]}`);
      }
    }
    return all;
  }

  #choose(
    all: Float32Array,
    boxes: Float32Array,
  ): { chosen: number[]; foreground: number; nearest: Int32Array } {
    const { param } = this, count = all.length / 5;
    const nearest = new Int32Array(count), overlaps = new Float64Array(count);
    for (let r = 0; r < count; r++) {
      for (let g = 0; g < boxes.length / 5; g++) {
        const overlap = pixelOverlap(all, 5 * r + 1, boxes, 5 * g);
        if (overlap <= overlaps[r]!) continue;
        overlaps[r] = overlap;
        nearest[r] = g;
      }
    }
    const order = param.batch_size < 0
      ? Uint32Array.from({ length: count }, (_, i) => i)
      : this.random.permutation(count);
    const fits = (overlap: number, least: number, most: number) => overlap >= least && overlap < most;
    const positive = [...order].filter((r) => overlaps[r]! >= param.fg_thresh);
    const negative = [...order].filter((r) => fits(overlaps[r]!, param.bg_thresh_lo, param.bg_thresh_hi));
    const size = param.batch_size < 0 ? Infinity : param.batch_size;
    const most = param.batch_size < 0 ? Infinity : Math.round(param.fg_fraction * size);
    const foreground = Math.min(most, positive.length);
    const chosen = [...positive.slice(0, foreground), ...negative.slice(0, Math.max(0, size - foreground))];
    return { chosen, foreground, nearest };
  }
}
