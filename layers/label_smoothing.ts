import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import { Layer, type LayerContext } from "./layer.ts";
import { IGNORED, LossLabels } from "./shared/loss_labels.ts";
import { lossOptions } from "./shared/loss_options.ts";
import { softmax, type SoftmaxShape, softmaxShape } from "./shared/softmax.ts";

/** `param_str` of a {@link LabelSmoothingLayer}; the layer's `loss_param` applies too. */
export const LabelSmoothingParams = z.strictObject({
  epsilon: z.number().min(0).lt(1).default(0.1).describe("fraction of the target that all classes share"),
  axis: z.int().default(1).describe("axis of the classes"),
  ...lossOptions,
});

/**
 * Softmax loss with smoothed labels: E = −1/M Σᵢ Σ_c q_c log p_c, where p = softmax(x) and
 * q_c = (1 − ε) t_c + ε/C; t is 1 at the label and 0 elsewhere. Bottoms: scores x (N, C, …), and either
 * labels (N, …), one per position, or targets t shaped like x that sum to 1 over the classes, as the Mixup
 * layer makes; top: the loss, a scalar. `normalization` sets M, by default the number of labels that are not
 * ignored. Gradient: (p − q)/M.
 *
 * Szegedy, Vanhoucke, Ioffe, Shlens, Wojna: Rethinking the Inception Architecture for Computer Vision, CVPR
 * 2016.
 */
export class LabelSmoothingLayer extends Layer<z.output<typeof LabelSmoothingParams>> {
  static type = "LabelSmoothing";
  static params = LabelSmoothingParams;
  static reads = ["loss_param"];
  static isLoss = true;
  static bottoms = 2;
  static tops = 1;
  readonly #labels: LossLabels;
  #shape: SoftmaxShape = { outer: 0, classes: 0, inner: 0 };
  #prob = new Float32Array();
  #targets = new Float32Array();

  /** Reads the parameters. */
  constructor(context: LayerContext<z.output<typeof LabelSmoothingParams>>) {
    super(context);
    this.#labels = new LossLabels(this.param, this.layerParam.loss_param);
  }

  override reshape([scores, labels]: [Blob, Blob], [loss]: [Blob]): void {
    this.#shape = softmaxShape(scores.shape, this.param.axis);
    const items = this.#shape.outer * this.#shape.inner;
    if (labels.count !== items && labels.count !== scores.count) {
      throw new RangeError(
        `Expected ${items} labels, one for each position, or ${scores.count} targets but found ${labels.count}`,
      );
    }
    if (this.#prob.length !== scores.count) {
      this.#prob = new Float32Array(scores.count);
      this.#targets = new Float32Array(scores.count);
    }
    loss.reshape();
  }

  override forward([scores, labels]: [Blob, Blob], [loss]: [Blob]): void {
    const { classes, inner, outer } = this.#shape;
    const x = scores.data, q = this.#targets;
    this.#soften(labels.data);
    softmax(x, this.#prob, this.#shape);
    let sum = 0;
    for (let i = 0; i < outer * inner; i++) {
      const first = this.#first(i), end = first + classes * inner;
      let most = -Infinity, exps = 0;
      for (let at = first; at < end; at += inner) if (!(x[at]! <= most)) most = x[at]!;
      for (let at = first; at < end; at += inner) exps += Math.exp(x[at]! - most);
      const log = most + Math.log(exps);
      for (let at = first; at < end; at += inner) if (q[at] !== 0) sum += q[at]! * (log - x[at]!);
    }
    loss.data[0] = sum / this.#labels.normalizer(outer);
  }

  override backward([loss]: [Blob], propagateDown: boolean[], [scores, labels]: [Blob, Blob]): void {
    if (propagateDown[1]) labels.diff.fill(0); // labels have no gradient, but force_backward asks for it
    if (!propagateDown[0]) return;
    const { classes, inner, outer } = this.#shape;
    const prob = this.#prob, q = this.#targets, diff = scores.diff;
    const factor = loss.diff[0]! / this.#labels.normalizer(outer);
    for (let i = 0; i < outer * inner; i++) {
      const first = this.#first(i), end = first + classes * inner;
      let whole = 0;
      for (let at = first; at < end; at += inner) whole += q[at]!;
      for (let at = first; at < end; at += inner) diff[at] = factor * (whole * prob[at]! - q[at]!);
    }
  }

  /** Computes the smoothed targets from labels or targets; those of an ignored label are 0. */
  #soften(labels: Float32Array): void {
    const { classes, inner } = this.#shape, { epsilon } = this.param, q = this.#targets;
    if (labels.length === q.length && classes !== 1) {
      this.#labels.readTargets(q.length / classes);
      for (let at = 0; at < q.length; at++) q[at] = (1 - epsilon) * labels[at]! + epsilon / classes;
      return;
    }
    this.#labels.read(labels, classes);
    for (const [i, label] of this.#labels.classes.entries()) {
      const first = this.#first(i);
      for (let c = 0; c < classes; c++) {
        const target = epsilon / classes + (c === label ? 1 - epsilon : 0);
        q[first + c * inner] = label === IGNORED ? 0 : target;
      }
    }
  }

  /** The index of a position's first score. */
  #first(item: number): number {
    const { classes, inner } = this.#shape;
    const n = Math.floor(item / inner);
    return n * classes * inner + item - n * inner;
  }
}
