import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../onnx/mod.ts";
import { sliced } from "../onnx/graph_parts.ts";
import { Layer } from "./layer.ts";
import { Rearrangement } from "./shared/rearrangement.ts";
import { refuseInPlace } from "./shared/refuse_in_place.ts";
import { axisOffsets, strides, sumOffsets } from "./shared/sum_offsets.ts";

/** `reverse_param` of a {@link ReverseLayer}. */
export const ReverseParams = z.strictObject({
  axis: z.array(z.int().min(0)).default([]).describe("the axes to reverse; by default the first"),
});

/**
 * Reverses the order along axes: y[i, …] = x[N − 1 − i, …] for the first. Bottom x and top y: any shape, the same for
 * both. The gradient is reversed in the same way.
 *
 * Reverse of CTPN's fork of Caffe, for bidirectional recurrent layers, and of Synopsys'.
 */
export class ReverseLayer extends Layer<z.output<typeof ReverseParams>> {
  static type = "Reverse";
  static params = ReverseParams;
  static bottoms = 1;
  static tops = 1;
  static examples = [
    { bottoms: [[3, 2, 2]] },
    { bottoms: [[2, 3, 4]], param: { axis: [1, 2] } },
  ];
  readonly #places = new Rearrangement();

  override reshape([x]: [Blob], [y]: [Blob]): void {
    refuseInPlace([x], [y]);
    const axes = this.param.axis.length > 0 ? this.param.axis : [0], { shape } = x;
    const beyond = axes.find((axis) => axis >= shape.length);
    if (beyond !== undefined) {
      throw new RangeError(`Expected an axis from 0 to ${shape.length - 1} but found ${beyond}`);
    }
    y.reshapeLike(x);
    this.#places.prepare(shape, () => {
      const apart = strides(shape);
      return sumOffsets(
        shape.map((size, axis) =>
          axisOffsets(size, apart[axis]!, (i) => axes.includes(axis) ? size - 1 - i : i)
        ),
      );
    });
  }

  override forward([x]: [Blob], [y]: [Blob]): void {
    this.#places.gather(x.data, y.data);
  }

  override backward([y]: [Blob], [wanted]: boolean[], [x]: [Blob]): void {
    if (wanted) this.#places.gather(y.diff, x.diff); // reversing is its own inverse
  }

  /** What {@link forward} computes, in ONNX. */
  static onnx(
    graph: GraphBuilder,
    { bottoms: [x], param }: OnnxLayer<z.output<typeof ReverseParams>>,
  ): readonly OnnxValue[] {
    const axes = param.axis.length > 0 ? param.axis : [0];
    return [sliced(graph, x, axes.map((axis) => ({ axis, step: -1 })))];
  }
}
