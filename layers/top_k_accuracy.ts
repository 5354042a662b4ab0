import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import { Layer, type LayerContext } from "./layer.ts";
import { IGNORED, LossLabels } from "./shared/loss_labels.ts";
import { type SoftmaxShape, softmaxShape } from "./shared/softmax.ts";

/** `param_str` of a {@link TopKAccuracyLayer}. */
export const TopKAccuracyParams = z.strictObject({
  top_k: z.array(z.int().positive()).min(1).default([1, 5]).describe(
    "k of each accuracy: the label must be among the k highest scores",
  ),
  axis: z.int().default(1).describe("axis of the classes"),
  ignore_label: z.int().optional().describe("items with this label do not count"),
});

/**
 * The fraction of items whose label is among the k highest scores, for several k at once:
 * A_k = 1/M Σᵢ [#{c ≠ yᵢ : x_c ≥ x(yᵢ)} < k], where M is the number of labels that are not ignored. Bottoms:
 * scores x (N, C, …) and labels y (N, …); tops: one scalar per entry of `top_k`, or one top that holds them
 * all. A score equal to the label's counts as higher. If every item is ignored, the accuracy is 0. It has no
 * gradient.
 *
 * The measure of the ImageNet challenge (Russakovsky et al., IJCV 2015); the values are those of Caffe's
 * Accuracy.
 */
export class TopKAccuracyLayer extends Layer<z.output<typeof TopKAccuracyParams>> {
  static type = "TopKAccuracy";
  static params = TopKAccuracyParams;
  static bottoms = 2;
  static tops = [1, Infinity] as const;
  static examples = [1, 2].map((tops) => ({ bottoms: [[4, 6], { shape: [4], labels: 6 }], tops }));
  readonly #labels: LossLabels;
  #shape: SoftmaxShape = { outer: 0, classes: 0, inner: 0 };

  /**
   * Reads the parameters. Throws a RangeError when the tops are not one, or as many as `top_k` has entries.
   */
  constructor(context: LayerContext<z.output<typeof TopKAccuracyParams>>) {
    super(context);
    const { ignore_label, top_k } = this.param;
    this.#labels = new LossLabels({ ignore_label });
    const tops = this.layerParam.top?.length ?? 0;
    if (tops !== 1 && tops !== top_k.length) {
      throw new RangeError(`Expected 1 or ${top_k.length} tops, one per entry of top_k, but found ${tops}`);
    }
  }

  override reshape([scores, labels]: [Blob, Blob], tops: Blob[]): void {
    this.#shape = softmaxShape(scores.shape, this.param.axis);
    const { outer, classes, inner } = this.#shape;
    if (labels.count !== outer * inner) {
      throw new RangeError(
        `Expected ${outer * inner} labels, one for each position, but found ${labels.count}`,
      );
    }
    const most = Math.max(...this.param.top_k);
    if (most > classes) {
      throw new RangeError(`Expected top_k of at most ${classes} classes but found ${most}`);
    }
    const together = tops.length === 1 && this.param.top_k.length > 1;
    for (const top of tops) together ? top.reshape(this.param.top_k.length) : top.reshape();
  }

  override forward([scores, labels]: [Blob, Blob], tops: Blob[]): void {
    const { classes, inner } = this.#shape;
    const x = scores.data, { top_k } = this.param;
    this.#labels.read(labels.data, classes);
    const right = top_k.map(() => 0);
    let items = 0;
    for (const [i, label] of this.#labels.classes.entries()) {
      if (label === IGNORED) continue;
      const n = Math.floor(i / inner), first = n * classes * inner + i - n * inner;
      const own = x[first + label * inner]!;
      let better = -1; // the label's own score is counted too
      for (let c = 0; c < classes; c++) if (!(x[first + c * inner]! < own)) better++;
      for (const [at, k] of top_k.entries()) if (better < k) right[at]! += 1;
      items++;
    }
    for (const [at, count] of right.entries()) {
      const share = items === 0 ? 0 : count / items;
      if (tops.length === 1) tops[0]!.data[at] = share;
      else tops[at]!.data[0] = share;
    }
  }

  override backward(_: Blob[], propagateDown: boolean[], bottoms: Blob[]): void {
    // A count has no gradient, but force_backward asks for it.
    for (const [i, bottom] of bottoms.entries()) if (propagateDown[i]) bottom.diff.fill(0);
  }
}
