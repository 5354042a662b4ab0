import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../onnx/mod.ts";
import { Layer } from "./layer.ts";
import { softmaxShape } from "./shared/softmax.ts";

/** `param_str` of an {@link L2NormalizeLayer}. */
export const L2NormalizeParams = z.strictObject({
  axis: z.int().default(1).describe("axis of the vectors' components"),
  epsilon: z.number().positive().default(1e-12).describe(
    "ε: shorter vectors are divided by ε instead of their length",
  ),
});

/**
 * Scales vectors along an axis to length 1: y = x / max(‖x‖, ε). Bottom x and top y: any shape, the same for
 * both; may be in place. Gradient: dx = (dy − y (y · dy)) / ‖x‖, or dy / ε for vectors shorter than ε.
 *
 * As in ParseNet (Liu, Rabinovich, Berg 2015) and every embedding since.
 */
export class L2NormalizeLayer extends Layer<z.output<typeof L2NormalizeParams>> {
  static type = "L2Normalize";
  static params = L2NormalizeParams;
  static bottoms = 1;
  static tops = 1;
  #shape = { outer: 0, classes: 0, inner: 0 };
  #lengths = new Float64Array();

  override reshape([x]: [Blob], [y]: [Blob]): void {
    this.#shape = softmaxShape(x.shape, this.param.axis);
    const vectors = this.#shape.outer * this.#shape.inner;
    if (this.#lengths.length !== vectors) this.#lengths = new Float64Array(vectors);
    y.reshape(x.shape);
  }

  override forward([x]: [Blob], [y]: [Blob]): void {
    const from = x.data, to = y.data;
    this.#each((vector, first, end, inner) => {
      let square = 0;
      for (let at = first; at < end; at += inner) square += from[at]! * from[at]!;
      const length = this.#lengths[vector] = Math.max(Math.sqrt(square), this.param.epsilon);
      for (let at = first; at < end; at += inner) to[at] = from[at]! / length;
    });
  }

  override backward([y]: [Blob], [wanted]: boolean[], [x]: [Blob]): void {
    if (!wanted) return;
    const out = y.data, diff = y.diff, to = x.diff;
    this.#each((vector, first, end, inner) => {
      const length = this.#lengths[vector]!;
      let along = 0;
      // A shorter vector was divided by the constant ε.
      if (length > this.param.epsilon) {
        for (let at = first; at < end; at += inner) along += out[at]! * diff[at]!;
      }
      for (let at = first; at < end; at += inner) to[at] = (diff[at]! - out[at]! * along) / length;
    });
  }

  #each(run: (vector: number, first: number, end: number, step: number) => void): void {
    const { outer, classes, inner } = this.#shape;
    for (let n = 0; n < outer; n++) {
      for (let j = 0; j < inner; j++) {
        const first = n * classes * inner + j;
        run(n * inner + j, first, first + classes * inner, inner);
      }
    }
  }

  /** What {@link forward} computes, in ONNX. */
  static onnx(
    graph: GraphBuilder,
    { bottoms: [x], param: { axis, epsilon } }: OnnxLayer<z.output<typeof L2NormalizeParams>>,
  ): readonly OnnxValue[] {
    const length = graph.node("ReduceL2", [x], { axes: [axis], keepdims: 1 });
    return [graph.node("Div", [x, graph.node("Max", [length, graph.float(epsilon)])])];
  }
}
