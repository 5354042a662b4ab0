import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import { Layer } from "./layer.ts";
import { LossLabels } from "./shared/loss_labels.ts";

/** `hinge_loss_param` of a {@link HingeLossLayer}. */
export const HingeLossParams = z.strictObject({
  norm: z.enum(["L1", "L2"]).default("L1").describe("whether margins count as they are, or squared"),
});

/**
 * One-versus-all hinge loss: E = 1/N Σₙ Σ_k max(0, 1 − t x)^p, where t is 1 for the label's class and −1 for
 * the others, and p is 1 for the norm L1 and 2 for L2. Bottoms: scores x (N, K, …), of which all K values of
 * an item are classes, and labels (N); top: the loss, a scalar. Gradient of x: −t/N where the margin is
 * positive, or −2t max(0, 1 − t x)/N for L2. Caffe's HingeLoss.
 *
 * Crammer, Singer: On the Algorithmic Implementation of Multiclass Kernel-based Vector Machines, JMLR 2001.
 */
export class HingeLossLayer extends Layer<z.output<typeof HingeLossParams>> {
  static type = "HingeLoss";
  static params = HingeLossParams;
  static reads = ["loss_param"]; // without effect, as in Caffe
  static isLoss = true;
  static bottoms = 2;
  static tops = 1;
  static examples = ["L1", "L2"].map((norm) => ({
    bottoms: [[4, 3], { shape: [4], labels: 3 }],
    param: { norm },
  }));
  readonly #labels = new LossLabels({});
  #margins = new Float32Array();

  override reshape([x, labels]: [Blob, Blob], [loss]: [Blob]): void {
    if (labels.count !== x.shape[0]!) {
      throw new RangeError(`Expected ${x.shape[0]!} labels, one for each item, but found ${labels.count}`);
    }
    if (this.#margins.length !== x.count) this.#margins = new Float32Array(x.count);
    loss.reshape();
  }

  override forward([x, labels]: [Blob, Blob], [loss]: [Blob]): void {
    const from = x.data, margins = this.#margins;
    const size = from.length / x.shape[0]!, square = this.param.norm === "L2";
    this.#labels.read(labels.data, size);
    const { classes } = this.#labels;
    let sum = 0;
    for (let n = 0, i = 0; n < classes.length; n++) {
      for (let k = 0; k < size; k++, i++) {
        const margin = Math.max(0, k === classes[n] ? 1 - from[i]! : 1 + from[i]!);
        margins[i] = margin;
        sum += square ? margin * margin : margin;
      }
    }
    loss.data[0] = sum / x.shape[0]!;
  }

  override backward([loss]: [Blob], propagateDown: boolean[], [x, labels]: [Blob, Blob]): void {
    if (propagateDown[1]) labels.diff.fill(0); // labels have no gradient, but force_backward asks for it
    if (!propagateDown[0]) return;
    const diff = x.diff, margins = this.#margins, { classes } = this.#labels;
    const size = margins.length / x.shape[0]!, square = this.param.norm === "L2";
    const factor = loss.diff[0]! / x.shape[0]!;
    for (let n = 0, i = 0; n < classes.length; n++) {
      for (let k = 0; k < size; k++, i++) {
        const margin = margins[i]!;
        const slope = square ? 2 * factor * margin : margin > 0 ? factor : 0;
        diff[i] = k === classes[n] ? -slope : slope;
      }
    }
  }
}
