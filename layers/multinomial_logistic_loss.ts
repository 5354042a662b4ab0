import type { Blob } from "../ffi/blob.ts";
import { Layer } from "./layer.ts";
import { LEAST_PROBABILITY } from "./shared/least_probability.ts";
import { LossLabels } from "./shared/loss_labels.ts";

/**
 * Multinomial logistic loss of probabilities: E = −1/N Σₙ log p(labelₙ). Bottoms: probabilities p (N, K, …),
 * such as those of a Softmax layer, of which all K values of an item are classes, and labels (N); top: the
 * loss, a scalar. Gradient of p: −1/(N p) at the label's class. Probabilities below 10⁻²⁰ count as 10⁻²⁰.
 *
 * Caffe's MultinomialLogisticLoss. SoftmaxWithLoss is the same of scores, with a stabler gradient.
 */
export class MultinomialLogisticLossLayer extends Layer {
  static type = "MultinomialLogisticLoss";
  static reads = ["loss_param"]; // without effect, as in Caffe
  static isLoss = true;
  static bottoms = 2;
  static tops = 1;
  static examples = [{ bottoms: [{ shape: [4, 3], range: [0.1, 1] as const }, { shape: [4], labels: 3 }] }];
  readonly #labels = new LossLabels({});

  override reshape([p, labels]: [Blob, Blob], [loss]: [Blob]): void {
    if (labels.count !== p.shape[0]!) {
      throw new RangeError(`Expected ${p.shape[0]!} labels, one for each item, but found ${labels.count}`);
    }
    loss.reshape();
  }

  override forward([p, labels]: [Blob, Blob], [loss]: [Blob]): void {
    const from = p.data, size = from.length / p.shape[0]!;
    this.#labels.read(labels.data, size);
    let sum = 0;
    for (const [n, label] of this.#labels.classes.entries()) {
      const value = from[n * size + label]!;
      sum -= Math.log(value < LEAST_PROBABILITY ? LEAST_PROBABILITY : value);
    }
    loss.data[0] = sum / p.shape[0]!;
  }

  override backward([loss]: [Blob], propagateDown: boolean[], [p, labels]: [Blob, Blob]): void {
    if (propagateDown[1]) labels.diff.fill(0); // labels have no gradient, but force_backward asks for it
    if (!propagateDown[0]) return;
    const from = p.data, diff = p.diff, size = from.length / p.shape[0]!;
    const factor = -loss.diff[0]! / p.shape[0]!;
    diff.fill(0);
    for (const [n, label] of this.#labels.classes.entries()) {
      const value = from[n * size + label]!;
      diff[n * size + label] = factor / (value < LEAST_PROBABILITY ? LEAST_PROBABILITY : value);
    }
  }
}
