import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import { Layer } from "./layer.ts";
import { checkPredictions } from "./shared/check_predictions.ts";
import type { LayerExample } from "./layer_example.ts";
import { confidenceLoss } from "./shared/confidence_loss.ts";
import { lossNormalizer } from "./shared/loss_normalizer.ts";
import { decodeBox, encodeBox, type Priors } from "./shared/normalized_boxes.ts";
import { type BoxMatches, matchBoxes, matchesOfClasses } from "./shared/match_boxes.ts";
import { mineExamples } from "./shared/mine_examples.ts";
import { readTruth, type Truth } from "./shared/ground_truth.ts";

/** `multibox_loss_param` of a {@link MultiBoxLossLayer}; `loss_param` applies too. */
export const MultiBoxLossParams = z.strictObject({
  num_classes: z.int().positive().describe("number of classes, background included"),
  loc_loss_type: z.enum(["SMOOTH_L1", "L2"]).default("SMOOTH_L1").describe("the loss of boxes"),
  conf_loss_type: z.enum(["SOFTMAX", "LOGISTIC"]).default("SOFTMAX").describe("the loss of confidences"),
  loc_weight: z.number().default(1).describe("weight of the loss of boxes"),
  share_location: z.boolean().default(true).describe("whether a prior has one box, or one for each class"),
  match_type: z.enum(["PER_PREDICTION", "BIPARTITE"]).default("PER_PREDICTION")
    .describe("whether priors besides the best of each object match too"),
  overlap_threshold: z.number().default(0.5).describe("the least overlap of such priors"),
  use_prior_for_matching: z.boolean().default(true).describe("whether priors are matched, or predictions"),
  background_label_id: z.int().default(0).describe("the class of the background, −1 for none"),
  use_difficult_gt: z.boolean().default(true).describe("whether objects that are marked as difficult count"),
  do_neg_mining: z.boolean().optional().describe("the old form of mining_type, which it must agree with"),
  neg_pos_ratio: z.number().min(0).default(3).describe("how many negatives for each match"),
  neg_overlap: z.number().default(0.5).describe("priors that overlap an object by so much are no negatives"),
  code_type: z.enum(["CORNER", "CENTER_SIZE", "CORNER_SIZE"]).default("CORNER").describe(
    "how boxes are coded",
  ),
  encode_variance_in_target: z.boolean().default(false).describe(
    "whether predictions are times the variances",
  ),
  map_object_to_agnostic: z.boolean().default(false).describe("whether all objects are of one class"),
  ignore_cross_boundary_bbox: z.boolean().default(false).describe(
    "leaves priors out that stick out of the image",
  ),
  bp_inside: z.boolean().default(false).describe("no gradient of sides outside of the image"),
  mining_type: z.enum(["NONE", "MAX_NEGATIVE", "HARD_EXAMPLE"]).default("MAX_NEGATIVE")
    .describe("which priors count: all, matches with the hardest negatives, or the hardest of both"),
  nms_param: z.strictObject({
    nms_threshold: z.number().min(0).default(0.3).describe(
      "examples that overlap a harder one by more do not count",
    ),
    top_k: z.int().default(0).describe("how many of the hardest examples to compare"),
    eta: z.number().default(1).describe("without effect"),
  }).optional().describe("suppresses examples that overlap harder ones"),
  sample_size: z.int().positive().default(64).describe("how many examples HARD_EXAMPLE takes"),
  use_prior_for_nms: z.boolean().default(false).describe("whether priors are compared, or predictions"),
});

const PRIORS = [
  ...[
    0,
    0,
    0.5,
    0.5,
    0.2,
    0.1,
    0.7,
    0.8,
    0.5,
    0.5,
    1,
    1,
    0.25,
    0.1,
    0.7,
    0.9,
    0.6,
    0.1,
    0.9,
    0.3,
    0.1,
    0.6,
    0.3,
    0.9,
  ],
  ...Array.from({ length: 24 }, (_, i) => i % 4 < 2 ? 0.1 : 0.2),
];
const TRUTH = [
  ...[0, 1, 0, 0.05, 0.02, 0.45, 0.55, 0],
  ...[0, 2, 0, 0.55, 0.5, 0.95, 0.9, 1],
  ...[1, 1, 0, 0.2, 0.15, 0.7, 0.85, 0],
];
const EXAMPLES: readonly LayerExample[] = [
  { code_type: "CENTER_SIZE" },
  { mining_type: "NONE", loc_loss_type: "L2", loc_weight: 2, use_difficult_gt: false },
  { conf_loss_type: "LOGISTIC", match_type: "BIPARTITE", code_type: "CORNER_SIZE" },
  { mining_type: "NONE", share_location: false },
  { mining_type: "HARD_EXAMPLE", sample_size: 3, code_type: "CENTER_SIZE" },
].map((param) => ({
  bottoms: [
    [2, param.share_location === false ? 72 : 24],
    [2, 18],
    { shape: [1, 2, 24], values: PRIORS, batchAxis: null },
    { shape: [1, 1, 3, 8], values: TRUTH, batchAxis: null },
  ],
  param: { num_classes: 3, ...param },
}));

/**
 * The loss of SSD: E = 1/M (Σ_c NLL + w Σ_l Σ_k f(l_k − t_k)) over confidences and box predictions that count.
 * Bottoms: box predictions l (N, 4P), or (N, 4PK) for boxes of each class; confidences (N, P K); prior boxes
 * (1, 2, 4P) with variances, of PriorBox; and objects (1, 1, G, 8), each [item, class, instance, x1, y1, x2, y2,
 * difficult]; top: the loss, a scalar. f is ½d² for |d| < 1, else |d| − ½, or ½d² with L2; t is the object's box
 * as seen from its prior (see DetectionOutput); NLL is the softmax loss of the object's class or the background,
 * or the sigmoid's cross entropy over the classes. M is by default the number of matches.
 *
 * Each object matches the prior that it overlaps most, and priors match the object that they overlap most, by at
 * least `overlap_threshold`. Of the others, those count whose confidence loss is the largest: `neg_pos_ratio` for
 * each match (`mining_type`). Gradients: of the predictions and confidences that count, with the choice fixed;
 * priors and objects have none. With `encode_variance_in_target` the gradient of l lacks the division by the
 * variance, as in the fork.
 *
 * Liu et al.: SSD: Single Shot MultiBox Detector, ECCV 2016, arXiv:1512.02325, and its fork of Caffe.
 */
export class MultiBoxLossLayer extends Layer<z.output<typeof MultiBoxLossParams>> {
  static type = "MultiBoxLoss";
  static params = MultiBoxLossParams;
  static reads = ["loss_param"];
  static isLoss = true;
  static bottoms = 4;
  static tops = 1;
  static examples = EXAMPLES;
  // Gradients of the sums, before M and the loss's weight.
  #boxSlope = new Float32Array();
  #confidenceSlope = new Float32Array();
  #normalizer = 1;

  /** Checks the parameters. Throws a RangeError when they contradict each other. */
  override setup(): void {
    const { param } = this, mines = param.mining_type !== "NONE";
    if (param.do_neg_mining !== undefined && param.do_neg_mining !== mines) {
      throw new RangeError(
        `Expected do_neg_mining as mining_type ${param.mining_type} says but found it opposite`,
      );
    }
    if (mines && !param.share_location) {
      throw new RangeError("Expected share_location, or mining_type: NONE, but found neither");
    }
    const { background_label_id: background, num_classes: classes } = param;
    if (param.conf_loss_type === "SOFTMAX" && !(background >= 0 && background < classes)) {
      throw new RangeError(
        `Expected background_label_id from 0 to ${classes - 1} for SOFTMAX but found ${background}`,
      );
    }
    if (param.map_object_to_agnostic && classes !== (background >= 0 ? 2 : 1)) {
      throw new RangeError(`Expected num_classes of objects in general but found ${classes}`);
    }
  }

  override reshape([boxes, confidences, priors, truth]: [Blob, Blob, Blob, Blob], [loss]: [Blob]): void {
    checkPredictions(boxes, confidences, priors, this.param);
    if (truth.shape.at(-1) !== 8) {
      throw new RangeError(`Expected objects (1, 1, G, 8) but found (${truth.shape.join(", ")})`);
    }
    if (this.#boxSlope.length !== boxes.count) this.#boxSlope = new Float32Array(boxes.count);
    if (this.#confidenceSlope.length !== confidences.count) {
      this.#confidenceSlope = new Float32Array(confidences.count);
    }
    loss.reshape();
  }

  override forward(bottoms: [Blob, Blob, Blob, Blob], [loss]: [Blob]): void {
    const [{ data: boxes, shape }, { data: confidences }, { data: values, shape: priorShape }, truth] =
      bottoms;
    const { param } = this, items = shape[0]!, count = priorShape[2]! / 4;
    const priors: Priors = {
      values,
      count,
      code: param.code_type,
      varianceInTarget: param.encode_variance_in_target,
    };
    const objects = readTruth(truth.data, items, param.background_label_id, param.use_difficult_gt);
    this.#boxSlope.fill(0);
    this.#confidenceSlope.fill(0);
    const [wantsBoxes = true, wantsConfidences = true] = this.layerParam.propagate_down ?? [];
    let matched = 0, boxLoss = 0, confidenceSum = 0;
    for (let item = 0; item < items; item++) {
      const own = objects[item]!;
      const matches = own.count === 0 ? [] : this.#match(own, priors, boxes, item);
      const negatives = this.#mine(matches, own, priors, boxes, confidences, item);
      for (const match of matches) matched += match.index.reduce((sum, g) => sum + (g > -1 ? 1 : 0), 0);
      boxLoss += this.#boxLoss(matches, own, priors, boxes, item);
      confidenceSum += this.#confidenceLoss(matches, negatives, own, confidences, item, count);
    }
    this.#normalizer = lossNormalizer(this.layerParam.loss_param, {
      outer: items,
      positions: items * count,
      valid: matched,
    });
    loss.data[0] = ((wantsBoxes ? param.loc_weight * boxLoss : 0) + (wantsConfidences ? confidenceSum : 0)) /
      this.#normalizer;
  }

  override backward([loss]: [Blob], propagateDown: boolean[], bottoms: [Blob, Blob, Blob, Blob]): void {
    const factor = loss.diff[0]! / this.#normalizer;
    const slopes = [this.#boxSlope, this.#confidenceSlope], weights = [this.param.loc_weight, 1];
    for (const [i, bottom] of bottoms.entries()) {
      if (!propagateDown[i]) continue;
      const diff = bottom.diff, slope = slopes[i];
      // Priors and objects have no gradient, but force_backward asks for it.
      if (slope === undefined) diff.fill(0);
      else this.ops.scale(factor * weights[i]!, slope, diff);
    }
  }

  /** The matches of one item's priors, for each class that has boxes of its own. */
  #match(objects: Truth, priors: Priors, predictions: Float32Array, item: number): BoxMatches[] {
    const { param } = this, shared = param.share_location;
    const options = {
      bipartite: param.match_type === "BIPARTITE",
      threshold: param.overlap_threshold,
      ignoresOutside: param.ignore_cross_boundary_bbox,
    };
    const sets = shared ? 1 : param.num_classes;
    if (param.use_prior_for_matching) {
      const all = matchBoxes(objects, priors.values, priors.count, -1, options);
      return shared ? [all] : matchesOfClasses(all, objects, sets, param.background_label_id);
    }
    const matches: BoxMatches[] = [];
    for (let set = 0; set < sets; set++) {
      if (!shared && set === param.background_label_id) continue;
      const boxes = this.#decode(priors, predictions, item, set, sets);
      matches.push(matchBoxes(objects, boxes, priors.count, shared ? -1 : set, options));
    }
    return matches;
  }

  #decode(priors: Priors, predictions: Float32Array, item: number, set: number, sets: number): Float32Array {
    const boxes = new Float32Array(4 * priors.count);
    for (let p = 0; p < priors.count; p++) {
      decodeBox(priors, p, predictions, 4 * ((item * priors.count + p) * sets + set), boxes, 4 * p);
    }
    return boxes;
  }

  /** The negatives of one item; HARD_EXAMPLE also takes matches back. */
  #mine(
    matches: readonly BoxMatches[],
    objects: Truth,
    priors: Priors,
    predictions: Float32Array,
    confidences: Float32Array,
    item: number,
  ): readonly number[] {
    const { param } = this, [match] = matches;
    if (param.mining_type === "NONE" || match === undefined) return [];
    const losses = new Float64Array(priors.count), hard = param.mining_type === "HARD_EXAMPLE";
    for (let p = 0; p < priors.count; p++) {
      const label = this.#labelOf(match.index[p]!, objects),
        at = (item * priors.count + p) * param.num_classes;
      losses[p] = confidenceLoss(confidences, at, param.num_classes, label, param.conf_loss_type);
    }
    if (hard) {
      const box = new Float64Array(priors.count);
      this.#boxLoss(matches, objects, priors, predictions, item, box);
      for (let p = 0; p < priors.count; p++) losses[p]! += box[p]!;
    }
    const { nms_param: nms } = param;
    const suppresses = nms !== undefined && nms.nms_threshold > 0;
    return mineExamples(match, losses, {
      hard,
      ratio: param.neg_pos_ratio,
      overlap: param.neg_overlap,
      size: param.sample_size,
      suppress: suppresses ? { threshold: nms.nms_threshold, most: nms.top_k } : undefined,
      boxes: !suppresses
        ? undefined
        : param.use_prior_for_nms
        ? priors.values
        : this.#decode(priors, predictions, item, 0, 1),
    });
  }

  #labelOf(object: number, { labels }: Truth): number {
    const { background_label_id: background, map_object_to_agnostic: agnostic, num_classes: classes } =
      this.param;
    if (object < 0) return background;
    const label = agnostic ? background + 1 : labels[object]!;
    if (label >= 0 && label < classes) return label;
    throw new RangeError(`Expected classes below num_classes, ${classes}, but found ${label}`);
  }

  /**
   * The loss of one item's boxes, and its gradient in #boxSlope; with `each`, only the loss of each prior, into
   * it.
   */
  #boxLoss(
    matches: readonly BoxMatches[],
    objects: Truth,
    priors: Priors,
    predictions: Float32Array,
    item: number,
    each?: Float64Array,
  ): number {
    const { param } = this, sets = param.share_location ? 1 : param.num_classes, { values, count } = priors;
    const target = new Float32Array(4), moved = new Float32Array(4);
    let sum = 0;
    for (const { label, index } of matches) {
      const set = label === -1 ? 0 : label;
      for (let p = 0; p < count; p++) {
        if (index[p]! < 0) continue;
        const at = 4 * ((item * count + p) * sets + set);
        encodeBox(priors, p, objects.boxes, 4 * index[p]!, target, 0);
        if (param.bp_inside) {
          if (param.use_prior_for_matching) moved.set(values.subarray(4 * p, 4 * p + 4));
          else decodeBox(priors, p, predictions, at, moved, 0);
        }
        for (let k = 0; k < 4; k++) {
          if (param.bp_inside && (moved[k]! < 0 || moved[k]! > 1)) continue;
          const scale = param.encode_variance_in_target ? values[4 * (count + p) + k]! : 1;
          const d = (predictions[at + k]! - target[k]!) / scale, distance = Math.abs(d);
          const square = param.loc_loss_type === "L2" || distance < 1;
          const error = square ? 0.5 * d * d : distance - 0.5;
          sum += error;
          if (each === undefined) this.#boxSlope[at + k] = square ? d : Math.sign(d);
          else each[p]! += error;
        }
      }
    }
    return sum;
  }

  /** The loss of one item's confidences, and its gradient in #confidenceSlope. */
  #confidenceLoss(
    matches: readonly BoxMatches[],
    negatives: readonly number[],
    objects: Truth,
    confidences: Float32Array,
    item: number,
    count: number,
  ): number {
    const { num_classes: classes, mining_type, conf_loss_type: kind } = this.param;
    const slope = this.#confidenceSlope, all = mining_type === "NONE";
    const labels = new Int32Array(count), counts = new Uint8Array(count).fill(all ? 1 : 0);
    // With all priors, the sigmoids of those without an object have no class at all as their target.
    labels.fill(all && kind === "LOGISTIC" ? -1 : this.param.background_label_id);
    for (const { index } of matches) {
      for (let p = 0; p < count; p++) {
        if (index[p]! < 0) continue;
        labels[p] = this.#labelOf(index[p]!, objects);
        counts[p] = 1;
      }
    }
    for (const p of negatives) counts[p] = 1;
    let sum = 0;
    for (let p = 0; p < count; p++) {
      if (counts[p] === 0) continue;
      sum += confidenceLoss(confidences, (item * count + p) * classes, classes, labels[p]!, kind, slope);
    }
    return sum;
  }
}
