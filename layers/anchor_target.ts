import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import { Layer } from "./layer.ts";
import type { LayerExample } from "./layer_example.ts";
import { encodePixelBox, pixelOverlap } from "./shared/pixel_boxes.ts";
import {
  ANCHOR_BASE,
  ANCHOR_RATIOS,
  ANCHOR_SCALES,
  anchorsOf,
  shiftedAnchors,
} from "./shared/rpn_anchors.ts";

/**
 * `param_str` of an {@link AnchorTargetLayer}: `'feat_stride': 16`, as in py-faster-rcnn, and the settings
 * that Python has in its `cfg.TRAIN`.
 */
export const AnchorTargetParams = z.strictObject({
  feat_stride: z.number().positive().describe("pixels of the image between cells"),
  scales: z.array(z.number().positive()).default([...ANCHOR_SCALES]).describe("scales of the anchors"),
  ratios: z.array(z.number().positive()).default([...ANCHOR_RATIOS]).describe("ratios of the anchors"),
  allowed_border: z.number().default(0).describe("how far anchors may stick out of the image, in pixels"),
  positive_overlap: z.number().default(0.7).describe(
    "anchors that overlap a box at least so much are positive",
  ),
  negative_overlap: z.number().default(0.3).describe("anchors that overlap no box so much are negative"),
  clobber_positives: z.boolean().default(false).describe("whether negative wins where an anchor is both"),
  batch_size: z.int().positive().default(256).describe("how many anchors count"),
  fg_fraction: z.number().min(0).max(1).default(0.5).describe("the largest part of them that is positive"),
  inside_weights: z.array(z.number()).length(4).default([1, 1, 1, 1]).describe(
    "weights of x, y, width, height",
  ),
  positive_weight: z.number().max(1).default(-1)
    .describe("the positive anchors' share of the weights; below 0: all anchors weigh the same"),
});

const FEATURES = { shape: [1, 18, 5, 6], gradient: false, batchAxis: null } as const;
const EXAMPLES: readonly LayerExample[] = [
  {
    bottoms: [
      FEATURES,
      { shape: [2, 5], values: [10, 10, 60, 70, 1, 30, 20, 90, 60, 2], batchAxis: null },
      { shape: [1, 3], values: [80, 96, 1], batchAxis: null },
    ],
    tops: 4,
    param: { feat_stride: 16, scales: [2, 4], ratios: [0.5, 1, 2], batch_size: 8 },
    random: true,
    gradientTops: [],
  },
];

/**
 * What a region proposal network should answer: labels and box targets for its anchors. Bottoms: scores or
 * other features of shape (1, …, H, W), of which only the size counts; boxes (G, 5), each [x1, y1, x2, y2,
 * class]; the image's [height, width, scale] (1, 3); and any image, which is not used. Tops: labels
 * (1, 1, A H, W), 1 for an object, 0 for none, −1 for anchors that do not count; targets, inside weights and
 * outside weights (1, 4A, H, W), for SmoothL1Loss. There is no gradient.
 *
 * An anchor inside the image is positive if no other overlaps some box more, or it overlaps one by
 * `positive_overlap`; negative if it overlaps none by `negative_overlap`. At most `batch_size` count, chosen
 * at random: the choice follows from the run's seed, not from numpy's generator. The target of an anchor with
 * centre c and size s for the box with centre b and size t is y = ((b − c)/s, log(t/s)).
 *
 * Ren, He, Girshick, Sun: Faster R-CNN, NIPS 2015, arXiv:1506.01497; `rpn.anchor_target_layer` of
 * py-faster-rcnn.
 */
export class AnchorTargetLayer extends Layer<z.output<typeof AnchorTargetParams>> {
  static type = "AnchorTarget";
  static params = AnchorTargetParams;
  static bottoms = [3, 4] as const;
  static tops = 4;
  static examples = EXAMPLES;
  readonly #anchors = anchorsOf(ANCHOR_BASE, this.param.ratios, this.param.scales);
  #all = new Float64Array();

  override reshape([features, boxes, info]: [Blob, Blob, Blob], tops: [Blob, Blob, Blob, Blob]): void {
    const count = this.#anchors.length / 4, [items, , height, width] = features.shape;
    if (features.numAxes !== 4 || items !== 1) {
      throw new RangeError(
        `Expected features of one image, (1, C, H, W), but found (${features.shape.join(", ")})`,
      );
    }
    if (boxes.numAxes !== 2 || boxes.shape[1] !== 5) {
      throw new RangeError(`Expected boxes of shape (G, 5) but found (${boxes.shape.join(", ")})`);
    }
    if (info.count < 3) {
      throw new RangeError(
        `Expected [height, width, scale] of the image but found (${info.shape.join(", ")})`,
      );
    }
    const [labels, ...rest] = tops;
    labels.reshape(1, 1, count * height!, width!);
    for (const top of rest) top.reshape(1, 4 * count, height!, width!);
    this.#all = shiftedAnchors(this.#anchors, height!, width!, this.param.feat_stride);
  }

  override forward(bottoms: [Blob, Blob, Blob], tops: [Blob, Blob, Blob, Blob]): void {
    const { param } = this, anchors = this.#all, count = this.#anchors.length / 4;
    const [features, { data: boxes }, { data: image }] = bottoms;
    const [, , height = 0, width = 0] = features.shape, area = height * width;
    const labels = new Int8Array(anchors.length / 4).fill(-1);
    const nearest = this.#label(anchors, boxes, image, labels);
    this.#choose(labels);

    const targets = new Float32Array(4);
    const [label, target, inside, outside] = tops.map(({ data }) => data.fill(0)) as [
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    const positive = labels.reduce((sum, each) => sum + (each === 1 ? 1 : 0), 0);
    const counted = labels.reduce((sum, each) => sum + (each >= 0 ? 1 : 0), 0);
    const share = param.positive_weight;
    const weights = share < 0
      ? [1 / counted, 1 / counted]
      : [(1 - share) / (counted - positive), share / positive];
    for (let i = 0; i < labels.length; i++) {
      const a = i % count, cell = (i - a) / count;
      label[a * area + cell] = labels[i]!;
      if (nearest[i]! < 0) continue; // outside of the image
      encodePixelBox(anchors, 4 * i, boxes, 5 * nearest[i]!, targets, 0);
      for (let k = 0; k < 4; k++) {
        const at = (4 * a + k) * area + cell;
        target[at] = targets[k]!;
        if (labels[i] === 1) inside[at] = param.inside_weights[k]!;
        if (labels[i]! >= 0) outside[at] = weights[labels[i]!]!;
      }
    }
  }

  override backward(_tops: Blob[], propagateDown: boolean[], bottoms: Blob[]): void {
    for (const [i, bottom] of bottoms.entries()) if (propagateDown[i]) bottom.diff.fill(0);
  }

  /** Labels the anchors inside the image. Returns the box that each overlaps most, −1 outside. */
  #label(anchors: Float64Array, boxes: Float32Array, image: Float32Array, labels: Int8Array): Int32Array {
    const { allowed_border: border, ...param } = this.param;
    const total = boxes.length / 5, nearest = new Int32Array(labels.length).fill(-1);
    if (total === 0) throw new RangeError("Expected at least one box but found none");
    const overlaps = new Float64Array(labels.length), best = new Float64Array(total);
    const inside: number[] = [];
    for (let i = 0; i < labels.length; i++) {
      const at = 4 * i;
      if (
        anchors[at]! < -border || anchors[at + 1]! < -border || !(anchors[at + 2]! < image[1]! + border) ||
        !(anchors[at + 3]! < image[0]! + border)
      ) continue;
      inside.push(i);
      nearest[i] = 0;
      for (let g = 0; g < total; g++) {
        const overlap = pixelOverlap(anchors, at, boxes, 5 * g);
        if (overlap > best[g]!) best[g] = overlap;
        if (overlap <= overlaps[i]!) continue;
        overlaps[i] = overlap;
        nearest[i] = g;
      }
    }
    const clear = () => {
      for (const i of inside) if (overlaps[i]! < param.negative_overlap) labels[i] = 0;
    };
    if (!param.clobber_positives) clear();
    for (const i of inside) {
      if (overlaps[i]! >= param.positive_overlap) labels[i] = 1;
      // For each box, the anchors that overlap it most; all of them if none overlaps it.
      for (let g = 0; g < total; g++) {
        if (pixelOverlap(anchors, 4 * i, boxes, 5 * g) === best[g]) labels[i] = 1;
      }
    }
    if (param.clobber_positives) clear();
    return nearest;
  }

  /** Leaves out anchors at random until at most `batch_size` count. */
  #choose(labels: Int8Array): void {
    const { batch_size: size, fg_fraction: part } = this.param;
    const order = this.random.permutation(labels.length);
    const limit = (label: number, most: number) => {
      let left = most;
      for (const i of order) if (labels[i] === label && left-- <= 0) labels[i] = -1;
      return most - Math.max(0, left);
    };
    const positive = limit(1, Math.trunc(part * size));
    limit(0, size - positive);
  }
}
