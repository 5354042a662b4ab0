import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import { Layer, type LayerContext } from "./layer.ts";
import { IGNORED, LossLabels } from "./shared/loss_labels.ts";
import { lossOptions } from "./shared/loss_options.ts";
import { softmax, type SoftmaxShape, softmaxShape } from "./shared/softmax.ts";

/** `param_str` of a {@link SoftmaxLossLayer}; the layer's `loss_param` and `softmax_param` apply too. */
export const SoftmaxLossParams = z.strictObject({
  axis: z.int().optional().describe("axis of the classes; by default softmax_param's, else 1"),
  ...lossOptions,
});

/**
 * The smallest normal 32-bit float. Smaller probabilities are raised to it, so that the loss stays finite.
 */
const LEAST = 2 ** -126;

/**
 * Multinomial logistic loss of a softmax: E = −1/M Σᵢ log p(labelᵢ), where p = softmax(x). `normalization`
 * sets M, by default the number of labels that are not ignored. Bottoms: scores x (N, C, …) and labels
 * (N, …), one per position; tops: the loss, a scalar, and, if there are more, p, shaped like x, and each
 * position's loss, (N) or (N, 1, …), which is 0 where labels are ignored. Gradient of the loss:
 * (p − onehot(label)) / M; the other tops have none.
 *
 * The same as Caffe's SoftmaxWithLoss, and as SoftmaxWithLossOHEM of R-FCN's fork.
 */
export class SoftmaxLossLayer extends Layer<z.output<typeof SoftmaxLossParams>> {
  static type = "SoftmaxLoss";
  static aliases = ["SoftmaxWithLossOHEM"];
  static params = SoftmaxLossParams;
  static reads = ["loss_param", "softmax_param"];
  static isLoss = true;
  static bottoms = 2;
  static tops = [1, 3] as const;
  readonly #axis: number;
  readonly #labels: LossLabels;
  #shape: SoftmaxShape = { outer: 0, classes: 0, inner: 0 };
  #prob = new Float32Array();

  /** Reads the parameters. */
  constructor(context: LayerContext<z.output<typeof SoftmaxLossParams>>) {
    super(context);
    this.#axis = this.param.axis ?? this.layerParam.softmax_param?.axis ?? 1;
    this.#labels = new LossLabels(this.param, this.layerParam.loss_param);
  }

  override reshape([scores, labels]: [Blob, Blob], [loss, prob, each]: [Blob, ...Blob[]]): void {
    const shape = scores.shape;
    this.#shape = softmaxShape(shape, this.#axis);
    const items = this.#shape.outer * this.#shape.inner;
    if (labels.count !== items) {
      throw new RangeError(`Expected ${items} labels, one for each position, but found ${labels.count}`);
    }
    if (this.#prob.length !== scores.count) this.#prob = new Float32Array(scores.count);
    loss.reshape();
    prob?.reshape(shape);
    // By the scores: SmoothL1LossOHEM's has that shape too, with which it is added up.
    const at = this.#axis < 0 ? this.#axis + shape.length : this.#axis;
    each?.reshape(shape.length === 2 ? [items] : shape.map((size, i) => i === at ? 1 : size));
  }

  override forward([scores, labels]: [Blob, Blob], [loss, top, each]: [Blob, ...Blob[]]): void {
    const { outer, classes, inner } = this.#shape;
    const prob = this.#prob, label = this.#labels;
    label.read(labels.data, classes);
    softmax(scores.data, prob, this.#shape);
    const losses = each?.data.fill(0);
    let sum = 0;
    for (let i = 0; i < label.classes.length; i++) {
      const c = label.classes[i]!;
      if (c === IGNORED) continue;
      const n = inner === 1 ? i : Math.floor(i / inner);
      const p = prob[(n * classes + c) * inner + i - n * inner]!;
      const error = -Math.log(p < LEAST ? LEAST : p);
      sum += error;
      if (losses !== undefined) losses[i] = error;
    }
    loss.data[0] = sum / label.normalizer(outer);
    top?.data.set(prob);
  }

  override backward([loss]: [Blob], propagateDown: boolean[], [scores, labels]: [Blob, Blob]): void {
    if (propagateDown[1]) labels.diff.fill(0); // labels have no gradient, but force_backward asks for it
    if (!propagateDown[0]) return;
    const { outer, classes, inner } = this.#shape;
    const prob = this.#prob, label = this.#labels.classes;
    const diff = scores.diff;
    const factor = Math.fround(loss.diff[0]! / this.#labels.normalizer(outer));
    this.ops.scale(factor, prob, diff);
    for (let i = 0; i < label.length; i++) {
      const c = label[i]!;
      const n = inner === 1 ? i : Math.floor(i / inner);
      const first = n * classes * inner + i - n * inner;
      if (c === IGNORED) {
        for (let k = 0; k < classes; k++) diff[first + k * inner] = 0;
      } else {
        const at = first + c * inner;
        diff[at] = factor * Math.fround(prob[at]! - 1);
      }
    }
  }
}
