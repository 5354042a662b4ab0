import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../onnx/mod.ts";
import { Layer } from "./layer.ts";

/** `selu_dropout_param` of a {@link SeLUDropoutLayer}. */
export const SeLUDropoutParams = z.strictObject({
  dropout_ratio: z.number().gt(0).lt(1).default(0.1).describe("p: the probability of losing a value"),
  alpha: z.number().default(-1.75809934).describe("α: what a lost value becomes"),
});

/**
 * Dropout that keeps mean and variance, for SeLU: y = a (m x + (1 − m) α) + b, where m is 0 with probability p and
 * else 1, q = 1 − p, a = (q (1 + α² p))^−½ and b = −a p α. In phase TEST it changes nothing. Bottom x and top y: any
 * shape, the same for both; may be in place. Gradient: dx = a m dy.
 *
 * Klambauer, Unterthiner, Mayr, Hochreiter: Self-Normalizing Neural Networks, NIPS 2017, arXiv:1706.02515;
 * SeLUDropout of Synopsys' Caffe, SeLuDropout in others.
 */
export class SeLUDropoutLayer extends Layer<z.output<typeof SeLUDropoutParams>> {
  static type = "SeLUDropout";
  static aliases = ["SeLuDropout"];
  static typeParam = "selu_dropout_param";
  static params = SeLUDropoutParams;
  static bottoms = 1;
  static tops = 1;
  static examples = [{ bottoms: [[3, 2, 5, 5]], param: { dropout_ratio: 0.3 }, random: true }];
  #kept = new Float32Array();

  override reshape([x]: [Blob], [y]: [Blob]): void {
    if (x !== y) y.reshapeLike(x);
    if (this.#kept.length !== x.count) this.#kept = new Float32Array(x.count);
  }

  override forward([x]: [Blob], [y]: [Blob]): void {
    if (this.phase === "TEST") {
      if (x !== y) this.ops.copy(x.data, y.data);
      return;
    }
    const from = x.data, to = y.data, kept = this.#kept, { dropout_ratio: ratio, alpha } = this.param;
    const scale = this.#scale, lost = scale * alpha - scale * ratio * alpha, shift = -scale * ratio * alpha;
    this.random.fillBernoulli(kept, 1 - ratio);
    for (let i = 0; i < to.length; i++) to[i] = kept[i] === 1 ? scale * from[i]! + shift : lost;
  }

  override backward([y]: [Blob], [wanted]: boolean[], [x]: [Blob]): void {
    if (!wanted) return;
    const from = y.diff, to = x.diff, kept = this.#kept, scale = this.#scale;
    if (this.phase === "TEST") {
      if (x !== y) this.ops.copy(from, to);
      return;
    }
    for (let i = 0; i < to.length; i++) to[i] = kept[i]! * scale * from[i]!;
  }

  get #scale(): number {
    const { dropout_ratio: ratio, alpha } = this.param;
    return 1 / Math.sqrt((1 - ratio) * (1 + alpha * alpha * ratio));
  }

  /** What {@link forward} computes, in ONNX. */
  static onnx(_graph: GraphBuilder, { bottoms: [x] }: OnnxLayer): readonly OnnxValue[] {
    return [x];
  }
}
