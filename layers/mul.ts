import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../onnx/mod.ts";
import { Layer } from "./layer.ts";
import { Broadcast } from "./shared/broadcast.ts";
import { refuseInPlace } from "./shared/refuse_in_place.ts";

/** `mul_param` of a {@link MulLayer}. */
export const MulParams = z.strictObject({
  mul_shape: z.array(z.int().positive()).default([]).describe(
    "the shape of the layer's parameter, without a second bottom",
  ),
});

/**
 * The product of two arrays, whose axes of 1 are repeated: y = a b. Bottoms: a, and b, or without a second bottom the
 * layer's parameter b, of the shape `mul_shape`, whose values start at 1. Axes count from the last, as in numpy: (N, C, H, W)
 * times (C, 1, 1) is (N, C, H, W). Gradients: da is the sum of b dy over the places of an element of a; db likewise.
 *
 * Mul of Synopsys' Caffe, which has no gradient.
 */
export class MulLayer extends Layer<z.output<typeof MulParams>> {
  static type = "Mul";
  static params = MulParams;
  static bottoms = [1, 2] as const;
  static tops = 1;
  static examples = [
    { bottoms: [[2, 3, 2], [2, 3, 2]] },
    { bottoms: [[2, 1, 3], { shape: [4, 1], batchAxis: null }] },
    { bottoms: [{ shape: [3], batchAxis: null }, [2, 3]] },
    { bottoms: [[2, 3, 2]], param: { mul_shape: [3, 1] } },
  ];
  readonly #both = new Broadcast();

  override setup(bottoms: Blob[]): void {
    if (bottoms.length === 1) this.blobs.add(this.param.mul_shape, { type: "constant", value: 1 });
  }

  override reshape([a, b = this.blobs[0]!]: [Blob, ...Blob[]], [y]: [Blob]): void {
    refuseInPlace([a, b], [y]);
    this.#both.prepare(a.shape, b.shape);
    y.reshape(this.#both.shape);
  }

  override forward([a, b = this.blobs[0]!]: [Blob, ...Blob[]], [y]: [Blob]): void {
    const { first, second } = this.#both, left = a.data, right = b.data, to = y.data;
    for (let i = 0; i < to.length; i++) to[i] = left[first[i]!]! * right[second[i]!]!;
  }

  override backward([y]: [Blob], propagateDown: boolean[], [a, b]: [Blob, ...Blob[]]): void {
    const { first, second } = this.#both, dy = y.diff, other = b ?? this.blobs[0]!;
    const left = a.data, right = other.data;
    if (propagateDown[0]) {
      const da = a.diff.fill(0);
      for (let i = 0; i < dy.length; i++) da[first[i]!]! += dy[i]! * right[second[i]!]!;
    }
    if (b !== undefined && !propagateDown[1]) return;
    const db = other.diff;
    if (b !== undefined) db.fill(0); // a parameter's gradients add up
    for (let i = 0; i < dy.length; i++) db[second[i]!]! += dy[i]! * left[first[i]!]!;
  }

  /** What {@link forward} computes, in ONNX. */
  static onnx(graph: GraphBuilder, { bottoms: [a, b], blobs }: OnnxLayer): readonly OnnxValue[] {
    return [graph.node("Mul", [a, b ?? graph.constant(blobs[0]!, "factor")])];
  }
}
