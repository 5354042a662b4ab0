import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../onnx/mod.ts";
import { numbers } from "../onnx/export/exported_layer.ts";
import { picked } from "../onnx/export/resize.ts";
import { Layer, type LayerContext } from "./layer.ts";
import { Rearrangement } from "./shared/rearrangement.ts";
import { refuseInPlace } from "./shared/refuse_in_place.ts";
import { checkOneWay, resizedShape, resizeStep } from "./shared/resized_shape.ts";
import { axisOffsets, strides, sumOffsets } from "./shared/sum_offsets.ts";

/** `resize_nearest_neighbor_param` of a {@link ResizeNearestNeighborLayer}. */
export const ResizeNearestNeighborParams = z.strictObject({
  align_corners: z.boolean().default(false).describe("whether corner pixels keep their positions"),
  half_pixel_centers: z.boolean().default(false).describe("whether a pixel's position is its centre's"),
  half_pixel_onnx: z.boolean().default(false).describe("half_pixel_centers as ONNX has it"),
  output_height: z.int().positive().optional().describe("the top's height"),
  output_width: z.int().positive().optional().describe("the top's width"),
  data_format: z.enum(["NHWC", "NCHW"]).default("NHWC").describe("the axes' order"),
  scale_height: z.number().positive().default(1).describe(
    "factor of the height, unless output_height is given",
  ),
  scale_width: z.number().positive().default(1).describe("factor of the width, unless output_width is given"),
});

/**
 * Resizes images by the nearest pixel: y[h] = x[⌊h s⌋] with s = H/H', or x[round(h s)] with `align_corners` and
 * s = (H − 1)/(H' − 1), x[⌊(h + ½) s⌋] with `half_pixel_centers`, x[⌊(h + ½) s − ½⌋] with `half_pixel_onnx`. Bottom x:
 * (N, H, W, C), or (N, C, H, W) with `data_format: "NCHW"`; top y: the same with H' and W'. Gradient: the sum of dy
 * over a pixel's copies.
 *
 * ResizeNearestNeighbor of Synopsys' Caffe and TensorFlow.
 */
export class ResizeNearestNeighborLayer extends Layer<z.output<typeof ResizeNearestNeighborParams>> {
  static type = "ResizeNearestNeighbor";
  static params = ResizeNearestNeighborParams;
  static bottoms = 1;
  static tops = 1;
  static examples = [
    { scale_height: 2, scale_width: 2 },
    { output_height: 5, output_width: 7, align_corners: true, data_format: "NCHW" },
    { output_height: 2, output_width: 7, half_pixel_centers: true },
    { output_height: 2, output_width: 7, half_pixel_onnx: true },
  ].map((param) => ({ bottoms: [[2, 3, 4, 3]], param }));
  readonly #places = new Rearrangement();

  /** Reads the parameters. Throws a RangeError when they contradict each other. */
  constructor(context: LayerContext<z.output<typeof ResizeNearestNeighborParams>>) {
    super(context);
    checkOneWay(this.param, ["align_corners", "half_pixel_centers", "half_pixel_onnx"]);
  }

  override reshape([x]: [Blob], [y]: [Blob]): void {
    refuseInPlace([x], [y]);
    const to = resizedShape(x.shape, this.param);
    y.reshape(to);
    this.#places.prepare(x.shape, () => {
      const apart = strides(x.shape);
      return sumOffsets(
        to.map((size, axis) => axisOffsets(size, apart[axis]!, this.#nearest(x.shape[axis]!, size))),
      );
    });
  }

  override forward([x]: [Blob], [y]: [Blob]): void {
    this.#places.gather(x.data, y.data);
  }

  override backward([y]: [Blob], [wanted]: boolean[], [x]: [Blob]): void {
    if (wanted) this.#places.scatterSum(y.diff, x.diff);
  }

  /** Which index of the bottom's axis is the nearest to one of the top's. */
  #nearest(from: number, to: number): (index: number) => number {
    if (from === to) return (i) => i;
    const { align_corners, half_pixel_centers, half_pixel_onnx } = this.param;
    const f = Math.fround, step = resizeStep(from, to, align_corners);
    return (i) => {
      const at = f((half_pixel_centers || half_pixel_onnx ? i + 0.5 : i) * step) -
        (half_pixel_onnx ? 0.5 : 0);
      return Math.min(Math.max(align_corners ? Math.round(at) : Math.floor(at), 0), from - 1);
    };
  }

  /** What {@link forward} computes, in ONNX. */
  static onnx(
    graph: GraphBuilder,
    layer: OnnxLayer<z.output<typeof ResizeNearestNeighborParams>>,
  ): readonly OnnxValue[] {
    const [x] = layer.bottoms, [to] = layer.tops, own = layer.object as ResizeNearestNeighborLayer;
    const axes = layer.param.data_format === "NHWC" ? [1, 2] : [2, 3];
    return [axes.reduce((value: OnnxValue, axis) => {
      const [from, length] = numbers(layer, [x.shape[axis]!, to[axis]!]) as [number, number];
      const nearest = own.#nearest(from, length);
      return picked(graph, value, axis, Array.from({ length }, (_, i) => nearest(i)));
    }, x)];
  }
}
