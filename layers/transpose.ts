import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../onnx/mod.ts";
import { Layer } from "./layer.ts";
import { Rearrangement } from "./shared/rearrangement.ts";
import { refuseInPlace } from "./shared/refuse_in_place.ts";
import { axisOffsets, strides, sumOffsets } from "./shared/sum_offsets.ts";

/** `transpose_param` of a {@link TransposeLayer}. */
export const TransposeParams = z.strictObject({
  dim: z.array(z.int().min(0)).default([]).describe("the bottom's axis that each of the top's axes is"),
});

/**
 * Changes the order of axes: axis i of the top is axis dim[i] of the bottom, as numpy's transpose; y[i, j] = x[j, i] with
 * dim 1, 0. Bottom: any shape. The
 * gradient goes back the same way.
 *
 * Transpose of CTPN's fork of Caffe; SSD's `Permute` is the same with its axes in `order`.
 */
export class TransposeLayer extends Layer<z.output<typeof TransposeParams>> {
  static type = "Transpose";
  static params = TransposeParams;
  static bottoms = 1;
  static tops = 1;
  static examples = [
    { bottoms: [[2, 3, 4]], param: { dim: [1, 2, 0] } },
    { bottoms: [[2, 3, 2, 2]], param: { dim: [0, 3, 1, 2] } },
  ];
  readonly #places = new Rearrangement();

  override reshape([x]: [Blob], [y]: [Blob]): void {
    refuseInPlace([x], [y]);
    const { dim } = this.param, { shape } = x;
    if (dim.toSorted((a, b) => a - b).join() !== [...shape.keys()].join()) {
      throw new RangeError(
        `Expected dim to name each of ${shape.length} axes once but found [${dim.join(", ")}]`,
      );
    }
    y.reshape(dim.map((axis) => shape[axis]!));
    this.#places.prepare(shape, () => {
      const apart = strides(shape);
      return sumOffsets(dim.map((axis) => axisOffsets(shape[axis]!, apart[axis]!, (i) => i)));
    });
  }

  override forward([x]: [Blob], [y]: [Blob]): void {
    this.#places.gather(x.data, y.data);
  }

  override backward([y]: [Blob], [wanted]: boolean[], [x]: [Blob]): void {
    if (wanted) this.#places.scatter(y.diff, x.diff);
  }

  /** What {@link forward} computes, in ONNX. */
  static onnx(
    graph: GraphBuilder,
    { bottoms: [x], param: { dim } }: OnnxLayer<z.output<typeof TransposeParams>>,
  ): readonly OnnxValue[] {
    return [graph.node("Transpose", [x], { perm: dim })];
  }
}
