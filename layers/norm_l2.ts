import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../onnx/mod.ts";
import { Layer } from "./layer.ts";
import { toUnitVectors, unitVectorsGradient } from "./shared/unit_vectors.ts";

/** `norml2_param` of a {@link NormL2Layer}. */
export const NormL2Params = z.strictObject({
  spare: z.number().default(0).describe("without effect, as in the fork"),
});

/**
 * Scales each item to length 1: y = x / √(Σ x² + 10⁻⁷). Bottom x and top y: (N, …), the same for both; may be in
 * place. Gradient: dx = (dy − y Σ y dy) / √(Σ x² + 10⁻⁷).
 *
 * NormL2 of the face recognition forks SeqFace and arcface-caffe.
 */
export class NormL2Layer extends Layer<z.output<typeof NormL2Params>> {
  static type = "NormL2";
  static typeParam = "norml2_param";
  static params = NormL2Params;
  static bottoms = 1;
  static tops = 1;
  static examples = [{ bottoms: [[3, 4]] }, { bottoms: [[2, 3, 2, 2]] }];
  #lengths = new Float32Array();

  override reshape([x]: [Blob], [y]: [Blob]): void {
    if (this.#lengths.length !== x.num) this.#lengths = new Float32Array(x.num);
    if (y !== x) y.reshapeLike(x);
  }

  override forward([x]: [Blob], [y]: [Blob]): void {
    toUnitVectors(x.data, y.data, this.#lengths, layoutOf(x), { length: "L2", eps: 1e-7 });
  }

  override backward([y]: [Blob], [wanted]: boolean[], [x]: [Blob]): void {
    if (!wanted) return;
    unitVectorsGradient({ y: y.data, dy: y.diff, lengths: this.#lengths }, x.diff, layoutOf(x), "L2");
  }

  /** What {@link forward} computes, in ONNX. */
  static onnx(graph: GraphBuilder, { bottoms: [x] }: OnnxLayer): readonly OnnxValue[] {
    const axes = x.shape.slice(1).map((_, i) => i + 1);
    const square = axes.length === 0
      ? graph.node("Mul", [x, x])
      : graph.node("ReduceSumSquare", [x], { axes, keepdims: 1 });
    const length = graph.node("Sqrt", [graph.node("Add", [square, graph.float(1e-7)])]);
    return [graph.node("Div", [x, length])];
  }
}

function layoutOf({ num, count }: Blob): { outer: number; size: number; inner: number } {
  return { outer: num, size: count / num, inner: 1 };
}
