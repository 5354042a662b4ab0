import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import { Layer, type LayerContext } from "./layer.ts";
import { IGNORED, LossLabels } from "./loss_labels.ts";
import { lossOptions } from "./loss_options.ts";
import { softmax, type SoftmaxShape, softmaxShape } from "./softmax.ts";

/** `param_str` of a {@link LabelSmoothingLayer}; the layer's `loss_param` is heeded as well. */
export const LabelSmoothingParams = z.strictObject({
  epsilon: z.number().min(0).lt(1).default(0.1).describe("part of the target that all classes share"),
  axis: z.int().default(1).describe("axis of the classes"),
  ...lossOptions,
});

/**
 * Softmax loss towards softened labels: E = −1/M Σᵢ Σ_c q_c log p_c, with p = softmax(x) and
 * q_c = (1 − ε) [c = labelᵢ] + ε/C. Bottoms: scores x (N, C, …) and labels (N, …), one for each position; top: the loss, a
 * scalar. M as `normalization` says, by default the number of labels that are not ignored. Gradient: (p − q)/M.
 *
 * Szegedy, Vanhoucke, Ioffe, Shlens, Wojna: Rethinking the Inception Architecture for Computer Vision, CVPR 2016.
 */
export class LabelSmoothingLayer extends Layer<z.output<typeof LabelSmoothingParams>> {
  static type = "LabelSmoothing";
  static params = LabelSmoothingParams;
  static isLoss = true;
  static bottoms = 2;
  static tops = 1;
  readonly #labels: LossLabels;
  #shape: SoftmaxShape = { outer: 0, classes: 0, inner: 0 };
  #prob = new Float32Array();

  /** Reads the parameters. */
  constructor(context: LayerContext<z.output<typeof LabelSmoothingParams>>) {
    super(context);
    this.#labels = new LossLabels(this.param, this.layerParam.loss_param);
  }

  override reshape([scores, labels]: [Blob, Blob], [loss]: [Blob]): void {
    this.#shape = softmaxShape(scores.shape, this.param.axis);
    const items = this.#shape.outer * this.#shape.inner;
    if (labels.count !== items) {
      throw new RangeError(`Expected ${items} labels, one for each position, but found ${labels.count}`);
    }
    if (this.#prob.length !== scores.count) this.#prob = new Float32Array(scores.count);
    loss.reshape();
  }

  override forward([scores, labels]: [Blob, Blob], [loss]: [Blob]): void {
    const { classes, inner, outer } = this.#shape;
    const x = scores.data, { epsilon } = this.param;
    const label = this.#labels;
    label.read(labels.data, classes);
    softmax(x, this.#prob, this.#shape);
    let sum = 0;
    for (let i = 0; i < label.classes.length; i++) {
      const c = label.classes[i]!;
      if (c === IGNORED) continue;
      const first = this.#first(i);
      let most = -Infinity, total = 0;
      for (let k = 0; k < classes; k++) {
        const value = x[first + k * inner]!;
        total += value;
        if (!(value <= most)) most = value;
      }
      let exps = 0;
      for (let k = 0; k < classes; k++) exps += Math.exp(x[first + k * inner]! - most);
      // Σ q log p = Σ q x − log Σ exp x, for Σ q = 1.
      sum += most + Math.log(exps) - (1 - epsilon) * x[first + c * inner]! - epsilon * total / classes;
    }
    loss.data[0] = sum / label.normalizer(outer);
  }

  override backward([loss]: [Blob], propagateDown: boolean[], [scores, labels]: [Blob, Blob]): void {
    if (propagateDown[1]) labels.diff.fill(0); // force_backward asks for it, but labels have no gradient
    if (!propagateDown[0]) return;
    const { classes, inner, outer } = this.#shape;
    const { epsilon } = this.param;
    const label = this.#labels.classes, prob = this.#prob, diff = scores.diff;
    const factor = loss.diff[0]! / this.#labels.normalizer(outer);
    for (let i = 0; i < label.length; i++) {
      const first = this.#first(i), c = label[i]!;
      for (let k = 0; k < classes; k++) {
        const at = first + k * inner;
        const q = epsilon / classes + (k === c ? 1 - epsilon : 0);
        diff[at] = c === IGNORED ? 0 : factor * (prob[at]! - q);
      }
    }
  }

  /** Where the scores of a position begin. */
  #first(item: number): number {
    const { classes, inner } = this.#shape;
    const n = Math.floor(item / inner);
    return n * classes * inner + item - n * inner;
  }
}
