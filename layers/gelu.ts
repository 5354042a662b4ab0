import type { Blob } from "../ffi/blob.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../onnx/mod.ts";
import { Layer } from "./layer.ts";
import { refuseInPlace } from "./shared/refuse_in_place.ts";

/**
 * The Gaussian error linear unit: y = x Φ(x), where Φ is the standard normal distribution function (computed
 * exactly by the error function, not approximated by tanh). Bottom x and top y: any shape, the same for both.
 * Not in place, because the gradient dx = dy (Φ(x) + x φ(x)) needs x.
 *
 * Hendrycks, Gimpel: Gaussian Error Linear Units (GELUs), 2016, arXiv:1606.08415.
 */
export class GELULayer extends Layer {
  static type = "GELU";
  static bottoms = 1;
  static tops = 1;

  override reshape([x]: [Blob], [y]: [Blob]): void {
    refuseInPlace([x], [y]);
    y.reshapeLike(x);
  }

  override forward([x]: [Blob], [y]: [Blob]): void {
    this.ops.gelu(x.data, y.data);
  }

  override backward([y]: [Blob], [wanted]: boolean[], [x]: [Blob]): void {
    if (wanted) this.ops.geluBackward(x.data, y.diff, x.diff);
  }

  /** What {@link forward} computes, in ONNX. */
  static onnx(graph: GraphBuilder, { bottoms: [x] }: OnnxLayer): readonly OnnxValue[] {
    const half = graph.node("Mul", [x, graph.float(0.5)]);
    const erf = graph.node("Erf", [graph.node("Mul", [x, graph.float(Math.SQRT1_2)])]);
    return [graph.node("Mul", [half, graph.node("Add", [erf, graph.float(1)])])];
  }
}
