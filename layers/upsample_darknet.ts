import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../onnx/mod.ts";
import { repeated } from "../onnx/export/resize.ts";
import { Layer } from "./layer.ts";
import { Rearrangement } from "./shared/rearrangement.ts";
import { refuseInPlace } from "./shared/refuse_in_place.ts";
import { axisOffsets, sumOffsets } from "./shared/sum_offsets.ts";

/** `upsample_darknet_param` of an {@link UpsampleDarknetLayer}. */
export const UpsampleDarknetParams = z.strictObject({
  stride: z.int().positive().default(1).describe("s: how often each pixel is repeated in both directions"),
});

/**
 * Enlarges images by repeating pixels: y[…, h, w] = x[…, ⌊h/s⌋, ⌊w/s⌋]. Bottom x: (N, C, H, W); top y: (N, C, H s, W s).
 * Gradient: the sum of dy over a pixel's copies.
 *
 * UpsampleDarknet of Synopsys' Caffe, for YOLOv3.
 */
export class UpsampleDarknetLayer extends Layer<z.output<typeof UpsampleDarknetParams>> {
  static type = "UpsampleDarknet";
  static params = UpsampleDarknetParams;
  static bottoms = 1;
  static tops = 1;
  static examples = [{ bottoms: [[2, 3, 2, 3]], param: { stride: 2 } }];
  readonly #places = new Rearrangement();

  override reshape([x]: [Blob], [y]: [Blob]): void {
    refuseInPlace([x], [y]);
    const [n = 0, c = 0, h = 0, w = 0] = x.shape, { stride } = this.param;
    if (x.numAxes !== 4) {
      throw new RangeError(`Expected a bottom of shape (N, C, H, W) but found (${x.shape.join(", ")})`);
    }
    y.reshape(n, c, h * stride, w * stride);
    this.#places.prepare(x.shape, () =>
      sumOffsets([
        axisOffsets(n * c, h * w, (i) => i),
        axisOffsets(h * stride, w, (i) => Math.floor(i / stride)),
        axisOffsets(w * stride, 1, (i) => Math.floor(i / stride)),
      ]));
  }

  override forward([x]: [Blob], [y]: [Blob]): void {
    this.#places.gather(x.data, y.data);
  }

  override backward([y]: [Blob], [wanted]: boolean[], [x]: [Blob]): void {
    if (wanted) this.#places.scatterSum(y.diff, x.diff);
  }

  /** What {@link forward} computes, in ONNX. */
  static onnx(
    graph: GraphBuilder,
    { bottoms: [x], param: { stride } }: OnnxLayer<z.output<typeof UpsampleDarknetParams>>,
  ): readonly OnnxValue[] {
    return [repeated(graph, x, stride, stride)];
  }
}
