import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import { Layer, type LayerContext } from "./layer.ts";
import { IGNORED, LossLabels } from "./shared/loss_labels.ts";
import { lossOptions } from "./shared/loss_options.ts";
import { softmax, type SoftmaxShape, softmaxShape } from "./shared/softmax.ts";

/** `param_str` of a {@link FocalLossLayer}; the layer's `loss_param` and `softmax_param` apply too. */
export const FocalLossParams = z.strictObject({
  gamma: z.number().min(0).default(2).describe(
    "how much less well classified items count; 0: softmax loss",
  ),
  alpha: z.union([z.number(), z.array(z.number())]).default(1)
    .describe("weight of the classes: one number, or a list with one per class"),
  axis: z.int().optional().describe("axis of the classes; by default softmax_param's, else 1"),
  ...lossOptions,
});

const LEAST = 2 ** -126;

/**
 * Focal loss: E = −1/M Σᵢ α (1 − pᵢ)^γ log pᵢ, where pᵢ = softmax(x)(labelᵢ): a softmax loss that gives easy
 * items little weight. Bottoms: scores x (N, C, …) and labels (N, …); top: the loss, a scalar.
 * `normalization` sets M, by default the number of labels that are not ignored. Gradient for class c:
 * α [(1−p)^γ − γ p (1−p)^(γ−1) log p] (p_c − [c = label]) / M.
 *
 * Lin, Goyal, Girshick, He, Dollár: Focal Loss for Dense Object Detection, ICCV 2017 (with a sigmoid; its
 * appendix has the softmax).
 */
export class FocalLossLayer extends Layer<z.output<typeof FocalLossParams>> {
  static type = "FocalLoss";
  static params = FocalLossParams;
  static reads = ["loss_param", "softmax_param"];
  static isLoss = true;
  static bottoms = 2;
  static tops = 1;
  readonly #gamma: number;
  readonly #alpha: number | number[];
  readonly #axis: number;
  readonly #labels: LossLabels;
  #shape: SoftmaxShape = { outer: 0, classes: 0, inner: 0 };
  #prob = new Float32Array();

  /** Reads the parameters. Throws a RangeError when one is out of its range. */
  constructor(context: LayerContext<z.output<typeof FocalLossParams>>) {
    super(context);
    this.#gamma = this.param.gamma;
    this.#alpha = this.param.alpha;
    this.#axis = this.param.axis ?? this.layerParam.softmax_param?.axis ?? 1;
    this.#labels = new LossLabels(this.param, this.layerParam.loss_param);
  }

  override reshape([scores, labels]: [Blob, Blob], [loss]: [Blob]): void {
    this.#shape = softmaxShape(scores.shape, this.#axis);
    const { outer, classes, inner } = this.#shape;
    if (labels.count !== outer * inner) {
      throw new RangeError(
        `Expected ${outer * inner} labels, one for each position, but found ${labels.count}`,
      );
    }
    if (Array.isArray(this.#alpha) && this.#alpha.length !== classes) {
      throw new RangeError(
        `Expected alpha to have a weight for each of ${classes} classes but found ${this.#alpha.length}`,
      );
    }
    if (this.#prob.length !== scores.count) this.#prob = new Float32Array(scores.count);
    loss.reshape();
  }

  override forward([scores, labels]: [Blob, Blob], [loss]: [Blob]): void {
    const { outer, classes, inner } = this.#shape;
    const label = this.#labels;
    label.read(labels.data, classes);
    softmax(scores.data, this.#prob, this.#shape);
    let sum = 0;
    for (let i = 0; i < label.classes.length; i++) {
      const c = label.classes[i]!;
      if (c === IGNORED) continue;
      const p = this.#prob[this.#first(i) + c * inner]!;
      sum -= this.#weight(c) * (1 - p) ** this.#gamma * Math.log(p < LEAST ? LEAST : p);
    }
    loss.data[0] = sum / label.normalizer(outer);
  }

  override backward([loss]: [Blob], propagateDown: boolean[], [scores, labels]: [Blob, Blob]): void {
    if (propagateDown[1]) labels.diff.fill(0); // labels have no gradient, but force_backward asks for it
    if (!propagateDown[0]) return;
    const { outer, classes, inner } = this.#shape;
    const label = this.#labels.classes, prob = this.#prob, gamma = this.#gamma;
    const diff = scores.diff;
    const scale = loss.diff[0]! / this.#labels.normalizer(outer);
    for (let i = 0; i < label.length; i++) {
      const first = this.#first(i), c = label[i]!;
      let factor = 0;
      if (c !== IGNORED) {
        const p = prob[first + c * inner]!, rest = 1 - p;
        // At p = 1 the second term is 0, though rest ** (gamma - 1) is infinite for gamma < 1.
        const bend = rest === 0 || gamma === 0
          ? 0
          : gamma * p * rest ** (gamma - 1) * Math.log(p < LEAST ? LEAST : p);
        factor = scale * this.#weight(c) * (rest ** gamma - bend);
      }
      for (let k = 0; k < classes; k++) {
        const at = first + k * inner;
        diff[at] = factor * (prob[at]! - (k === c ? 1 : 0));
      }
    }
  }

  /** The index of an item's first score. */
  #first(item: number): number {
    const { classes, inner } = this.#shape;
    const n = Math.floor(item / inner);
    return n * classes * inner + item - n * inner;
  }

  #weight(c: number): number {
    return typeof this.#alpha === "number" ? this.#alpha : this.#alpha[c]!;
  }
}
