import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../onnx/mod.ts";
import { Layer } from "./layer.ts";

/** `selu_param` of a {@link SeLULayer}. */
export const SeLUParams = z.strictObject({
  lambda: z.number().positive().default(1.050700987).describe("λ: the slope above 0"),
  alpha: z.number().positive().default(1.67326324).describe("α: where the curve ends below 0, times −λ"),
});

/**
 * Scaled exponential linear unit: y = λ x for x > 0, else λ α (eˣ − 1). Bottom x and top y: any shape, the same for
 * both; may be in place. Gradient: λ dy for x > 0, else (y + λ α) dy.
 *
 * Klambauer, Unterthiner, Mayr, Hochreiter: Self-Normalizing Neural Networks, NIPS 2017, arXiv:1706.02515; SeLU of
 * Synopsys' Caffe, SeLu in others.
 */
export class SeLULayer extends Layer<z.output<typeof SeLUParams>> {
  static type = "SeLU";
  static aliases = ["SeLu"];
  static typeParam = "selu_param";
  static params = SeLUParams;
  static bottoms = 1;
  static tops = 1;
  static examples = [{ bottoms: [[2, 3, 4]] }, { bottoms: [[2, 3]], param: { lambda: 2, alpha: 0.5 } }];

  override reshape([x]: [Blob], [y]: [Blob]): void {
    if (x !== y) y.reshapeLike(x);
  }

  override forward([x]: [Blob], [y]: [Blob]): void {
    const from = x.data, to = y.data, { lambda, alpha } = this.param;
    for (let i = 0; i < to.length; i++) {
      const value = from[i]!;
      to[i] = value > 0 ? lambda * value : lambda * alpha * Math.expm1(value);
    }
  }

  override backward([y]: [Blob], [wanted]: boolean[], [x]: [Blob]): void {
    if (!wanted) return;
    // From the top, which has the bottom's sign, so that the layer may be in place.
    const values = y.data, from = y.diff, to = x.diff, { lambda, alpha } = this.param;
    for (let i = 0; i < to.length; i++) {
      const value = values[i]!;
      to[i] = from[i]! * (value > 0 ? lambda : value + lambda * alpha);
    }
  }

  /** What {@link forward} computes, in ONNX. */
  static onnx(
    graph: GraphBuilder,
    { bottoms: [x], param: { alpha, lambda } }: OnnxLayer<z.output<typeof SeLUParams>>,
  ): readonly OnnxValue[] {
    return [graph.node("Selu", [x], { alpha, gamma: lambda })];
  }
}
