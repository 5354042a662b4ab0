import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../onnx/mod.ts";
import { sliced } from "../onnx/graph_parts.ts";
import { Layer } from "./layer.ts";
import { Rearrangement } from "./shared/rearrangement.ts";
import { refuseInPlace } from "./shared/refuse_in_place.ts";
import { axisOffsets, strides, sumOffsets } from "./shared/sum_offsets.ts";

/** `flip_param` of a {@link FlipLayer}. */
export const FlipParams = z.strictObject({
  flip_width: z.boolean().default(true).describe("whether left becomes right"),
  flip_height: z.boolean().default(false).describe("whether top becomes bottom"),
});

/**
 * Mirrors images: y[n, c, h, w] = x[n, c, h, W − 1 − w] with `flip_width`, and likewise for the height. Bottom x and
 * top y: (N, C, H, W). The gradient is mirrored in the same way.
 *
 * Flip of happynear's caffe-windows.
 */
export class FlipLayer extends Layer<z.output<typeof FlipParams>> {
  static type = "Flip";
  static params = FlipParams;
  static bottoms = 1;
  static tops = 1;
  static examples = [{}, { flip_width: false, flip_height: true }, { flip_height: true }].map((param) => ({
    bottoms: [[2, 3, 3, 4]],
    param,
  }));
  readonly #places = new Rearrangement();

  override reshape([x]: [Blob], [y]: [Blob]): void {
    refuseInPlace([x], [y]);
    if (x.numAxes > 4) {
      throw new RangeError(`Expected a bottom of shape (N, C, H, W) but found (${x.shape.join(", ")})`);
    }
    y.reshapeLike(x);
    this.#places.prepare(x.shape, () => {
      const apart = strides(x.shape), { flip_width, flip_height } = this.param;
      return sumOffsets(x.shape.map((size, axis) => {
        const mirrored = axis === 2 ? flip_height : axis === 3 && flip_width;
        return axisOffsets(size, apart[axis]!, (i) => mirrored ? size - 1 - i : i);
      }));
    });
  }

  override forward([x]: [Blob], [y]: [Blob]): void {
    this.#places.gather(x.data, y.data);
  }

  override backward([y]: [Blob], [wanted]: boolean[], [x]: [Blob]): void {
    if (wanted) this.#places.gather(y.diff, x.diff); // mirroring is its own inverse
  }

  /** What {@link forward} computes, in ONNX. */
  static onnx(
    graph: GraphBuilder,
    { bottoms: [x], param }: OnnxLayer<z.output<typeof FlipParams>>,
  ): readonly OnnxValue[] {
    const { flip_height, flip_width } = param;
    const axes = [...flip_height ? [2] : [], ...flip_width ? [3] : []].filter((axis) =>
      axis < x.shape.length
    );
    return [axes.length === 0 ? x : sliced(graph, x, axes.map((axis) => ({ axis, step: -1 })))];
  }
}
