import type { Blob } from "../ffi/blob.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../onnx/mod.ts";
import { Layer } from "./layer.ts";

/**
 * Mish: y = x tanh(softplus(x)) = x tanh(ln(1 + eˣ)). Bottom x and top y: any shape, the same for both; may
 * be in place, because forward saves the slope. With n = eˣ (eˣ + 2) and t = n / (n + 2),
 * tanh(softplus(x)) = t and dx = dy (t + x (1 − t²) sigmoid(x)).
 *
 * Misra: Mish: A Self Regularized Non-Monotonic Activation Function, 2019, arXiv:1908.08681.
 */
export class MishLayer extends Layer {
  static type = "Mish";
  static bottoms = 1;
  static tops = 1;
  #slope = new Float32Array();

  override reshape([x]: [Blob], [y]: [Blob]): void {
    if (x !== y) y.reshapeLike(x);
    if (this.#slope.length !== x.count) this.#slope = new Float32Array(x.count);
  }

  override forward([x]: [Blob], [y]: [Blob]): void {
    const from = x.data, to = y.data, slope = this.#slope;
    // From x = 20 on, t rounds to 1 in 32 bits; n, about e⁴⁰ there, is finite.
    for (let i = 0; i < slope.length; i++) slope[i] = Math.min(from[i]!, 20);
    this.ops.exp(slope, slope);
    for (let i = 0; i < slope.length; i++) {
      const value = from[i]!, e = slope[i]!;
      const n = e * (e + 2), t = n / (n + 2);
      slope[i] = e === 0 ? 0 : t + value * (1 - t * t) * (e / (1 + e));
      to[i] = e === 0 ? -0 : value * t;
    }
  }

  override backward([y]: [Blob], [wanted]: boolean[], [x]: [Blob]): void {
    if (wanted) this.ops.mul(y.diff, this.#slope, x.diff);
  }

  /** What {@link forward} computes, in ONNX. */
  static onnx(graph: GraphBuilder, { bottoms: [x] }: OnnxLayer): readonly OnnxValue[] {
    return [graph.node("Mul", [x, graph.node("Tanh", [graph.node("Softplus", [x])])])];
  }
}
