import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../onnx/mod.ts";
import { Layer } from "./layer.ts";
import { LossLabels } from "./shared/loss_labels.ts";

/** `label_specific_add_param` of a {@link LabelSpecificAddLayer}. */
export const LabelSpecificAddParams = z.strictObject({
  bias: z.number().default(0).describe("b: what is added"),
  transform_test: z.boolean().default(false).describe("without effect, as in the fork"),
  bias_base: z.number().optional().describe(
    "lets b change with the iterations t: bias_base + (1 + bias_gamma t)^bias_power − 1",
  ),
  bias_gamma: z.number().default(0).describe("how fast b changes"),
  bias_power: z.number().default(1).describe("the power of b's change"),
  bias_min: z.number().default(0).describe("the smallest b, if it changes"),
  bias_max: z.number().default(0).describe("the largest b, if it changes"),
  iteration: z.int().min(0).default(0).describe("t at the first iteration"),
});

/**
 * Adds a number to the score of each item's class while training: y[n, c] = x[n, c] + b, if c is the label of
 * n and x[n, c] > −b, else x[n, c]. With a negative b that is the margin of AM-Softmax and CosFace. Bottoms: scores x
 * (N, C, …) and labels (N); top: the same shape as x; may be in place. A second top is b. The gradient is passed on.
 *
 * Wang, Cheng, Liu, Liu: Additive Margin Softmax for Face Verification, 2018, arXiv:1801.05599; LabelSpecificAdd of
 * happynear's caffe-windows.
 */
export class LabelSpecificAddLayer extends Layer<z.output<typeof LabelSpecificAddParams>> {
  static type = "LabelSpecificAdd";
  static params = LabelSpecificAddParams;
  static bottoms = 2;
  static tops = [1, 2] as const;
  static examples = [
    { bottoms: [[4, 5], { shape: [4], labels: 5 }], param: { bias: -0.01 } },
    { bottoms: [[4, 5], { shape: [4], labels: 5 }], param: { bias: 2 }, tops: 2, gradientTops: [0] },
  ];
  readonly #labels = new LossLabels({});
  #iteration = this.param.iteration;

  override reshape([x, labels]: [Blob, Blob], [y, bias]: [Blob, ...Blob[]]): void {
    if (labels.count !== x.num) {
      throw new RangeError(`Expected ${x.num} labels, one for each item, but found ${labels.count}`);
    }
    if (y !== x) y.reshapeLike(x);
    bias?.reshape(1);
  }

  override forward([x, labels]: [Blob, Blob], [y, top]: [Blob, ...Blob[]]): void {
    if (y !== x) this.ops.copy(x.data, y.data);
    top?.data.fill(0);
    if (this.phase === "TEST") return;
    const bias = this.#bias(), scores = y.data, size = x.count / x.num;
    if (top !== undefined) top.data[0] = bias;
    this.#labels.read(labels.data, size);
    for (const [n, c] of this.#labels.classes.entries()) {
      if (scores[n * size + c]! > -bias) scores[n * size + c]! += bias;
    }
  }

  override backward([y]: [Blob, ...Blob[]], propagateDown: boolean[], [x, labels]: [Blob, Blob]): void {
    if (propagateDown[1]) labels.diff.fill(0);
    if (propagateDown[0] && y !== x) this.ops.copy(y.diff, x.diff);
  }

  /** How many forwards have changed the bias. */
  override save(): number {
    return this.#iteration;
  }

  override restore(iteration: number): void {
    this.#iteration = iteration;
  }

  #bias(): number {
    const { bias, bias_base, bias_gamma, bias_power, bias_min, bias_max } = this.param;
    if (bias_base === undefined) return bias;
    const changed = bias_base + (1 + bias_gamma * this.#iteration++) ** bias_power - 1;
    return Math.min(Math.max(changed, bias_min), bias_max);
  }

  /** What {@link forward} computes, in ONNX. */
  static onnx(graph: GraphBuilder, { bottoms: [x], tops }: OnnxLayer): readonly OnnxValue[] {
    return [x, graph.floats([0])].slice(0, tops.length);
  }
}
