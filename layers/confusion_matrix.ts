import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import { Layer, type LayerContext } from "./layer.ts";
import { IGNORED, LossLabels } from "./shared/loss_labels.ts";
import { type SoftmaxShape, softmaxShape } from "./shared/softmax.ts";

/** `param_str` of a {@link ConfusionMatrixLayer}. */
export const ConfusionMatrixParams = z.strictObject({
  axis: z.int().default(1).describe("axis of the classes"),
  normalize: z.boolean().default(false).describe("fractions of the batch instead of counts"),
  ignore_label: z.int().optional().describe("items with this label do not count"),
});

/**
 * Counts how often each class was predicted for each: M[r, c] = #{i : yᵢ = r, argmax xᵢ = c}. Bottoms: scores
 * x (N, C, …) and labels y (N, …); top: M (C, C), where M[r, c] is the number of the batch's items of class r
 * that have their highest score for class c (the first of equal ones). It has no gradient.
 *
 * A test pass averages its outputs over the batches, so a test net's matrix is the mean over the batches;
 * with `normalize` and batches of equal size it holds fractions of all items. In a script, the layer's
 * `counts` sum over all forwards since `reset()`:
 *
 * ```ts ignore
 * const { layer } = net.layers.find(({ name }) => name === "confusion")!;
 * (layer as ConfusionMatrixLayer).counts;
 * ```
 *
 * Kohavi, Provost: Glossary of Terms, Machine Learning 30, 1998; rows and columns as in scikit-learn's
 * `confusion_matrix`.
 */
export class ConfusionMatrixLayer extends Layer<z.output<typeof ConfusionMatrixParams>> {
  static type = "ConfusionMatrix";
  static params = ConfusionMatrixParams;
  static bottoms = 2;
  static tops = 1;
  /** The counts of all items since {@link reset}: (C, C), one row per label. */
  counts = new Float64Array();
  readonly #labels: LossLabels;
  #shape: SoftmaxShape = { outer: 0, classes: 0, inner: 0 };

  /** Reads the parameters. */
  constructor(context: LayerContext<z.output<typeof ConfusionMatrixParams>>) {
    super(context);
    const { ignore_label } = this.param;
    this.#labels = new LossLabels({ ignore_label });
  }

  /** Starts counting again. */
  reset(): void {
    this.counts.fill(0);
  }

  override reshape([scores, labels]: [Blob, Blob], [matrix]: [Blob]): void {
    this.#shape = softmaxShape(scores.shape, this.param.axis);
    const { outer, classes, inner } = this.#shape;
    if (labels.count !== outer * inner) {
      throw new RangeError(
        `Expected ${outer * inner} labels, one for each position, but found ${labels.count}`,
      );
    }
    if (this.counts.length !== classes ** 2) this.counts = new Float64Array(classes ** 2);
    matrix.reshape(classes, classes);
  }

  override forward([scores, labels]: [Blob, Blob], [matrix]: [Blob]): void {
    const { classes, inner } = this.#shape;
    const x = scores.data, to = matrix.data.fill(0);
    this.#labels.read(labels.data, classes);
    let items = 0;
    for (const [i, label] of this.#labels.classes.entries()) {
      if (label === IGNORED) continue;
      const n = Math.floor(i / inner), first = n * classes * inner + i - n * inner;
      let best = 0;
      for (let c = 1; c < classes; c++) if (x[first + c * inner]! > x[first + best * inner]!) best = c;
      const at = label * classes + best;
      to[at]! += 1;
      this.counts[at]! += 1;
      items++;
    }
    if (this.param.normalize && items > 0) { for (let at = 0; at < to.length; at++) to[at]! /= items; }
  }

  /** The counts so far. */
  override save(): Float64Array<ArrayBuffer> {
    return this.counts;
  }

  override restore(counts: Float64Array<ArrayBuffer>): void {
    this.counts = counts;
  }

  override backward(_: [Blob], propagateDown: boolean[], bottoms: Blob[]): void {
    // A count has no gradient, but force_backward asks for it.
    for (const [i, bottom] of bottoms.entries()) if (propagateDown[i]) bottom.diff.fill(0);
  }
}
