import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../onnx/mod.ts";
import { Layer } from "./layer.ts";
import { Rearrangement } from "./shared/rearrangement.ts";
import { refuseInPlace } from "./shared/refuse_in_place.ts";
import { axisOffsets, strides, sumOffsets } from "./shared/sum_offsets.ts";

const border = z.int().min(0).default(0);

/** `param_str` of a {@link PadTensor}. */
export const PadTensorParams = z.strictObject({
  pad_t: border.describe("rows added above"),
  pad_b: border.describe("rows added below"),
  pad_l: border.describe("columns added on the left"),
  pad_r: border.describe("columns added on the right"),
  pad_mode: z.literal("constant").default("constant").describe("what is added: zeros"),
});

/**
 * Adds a border of zeros around images: y[n, c, h + t, w + l] = x[n, c, h, w]. Bottom x: (N, C, H, W); top y:
 * (N, C, H + t + b, W + l + r). Gradient: dy without its border.
 *
 * PadTensor of Synopsys' Caffe, the Python layer `pad.PadTensor`, for networks converted from TensorFlow.
 */
export class PadTensor extends Layer<z.output<typeof PadTensorParams>> {
  static type = "PadTensor";
  static params = PadTensorParams;
  static bottoms = 1;
  static tops = 1;
  static examples = [{ bottoms: [[2, 2, 2, 3]], param: { pad_t: 1, pad_b: 0, pad_l: 2, pad_r: 1 } }];
  readonly #places = new Rearrangement();

  override reshape([x]: [Blob], [y]: [Blob]): void {
    refuseInPlace([x], [y]);
    const [items, channels, height, width, ...more] = x.shape;
    if (width === undefined || more.length > 0) {
      throw new RangeError(`Expected a bottom of shape (N, C, H, W) but found (${x.shape.join(", ")})`);
    }
    const { pad_t, pad_b, pad_l, pad_r } = this.param;
    const padded = [items!, channels!, height! + pad_t + pad_b, width + pad_l + pad_r];
    y.reshape(padded);
    this.#places.prepare(x.shape, () => {
      const apart = strides(padded), before = [0, 0, pad_t, pad_l];
      return sumOffsets(
        x.shape.map((size, axis) => axisOffsets(size, apart[axis]!, (i) => i + before[axis]!)),
      );
    });
  }

  override forward([x]: [Blob], [y]: [Blob]): void {
    this.#places.scatter(x.data, y.data);
  }

  override backward([y]: [Blob], [wanted]: boolean[], [x]: [Blob]): void {
    if (wanted) this.#places.gather(y.diff, x.diff);
  }

  /** What {@link forward} computes, in ONNX. */
  static onnx(
    graph: GraphBuilder,
    { bottoms: [x], param: { pad_t, pad_b, pad_l, pad_r } }: OnnxLayer<z.output<typeof PadTensorParams>>,
  ): readonly OnnxValue[] {
    return [graph.node("Pad", [x, graph.ints([0, 0, pad_t, pad_l, 0, 0, pad_b, pad_r])])];
  }
}
