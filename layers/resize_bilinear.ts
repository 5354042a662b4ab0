import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../onnx/mod.ts";
import { resizedLinearly } from "../onnx/export/resize.ts";
import { Layer, type LayerContext } from "./layer.ts";
import { refuseInPlace } from "./shared/refuse_in_place.ts";
import { checkOneWay, resizedShape, resizeStep } from "./shared/resized_shape.ts";

/** `resize_bilinear_param` of a {@link ResizeBilinearLayer}. */
export const ResizeBilinearParams = z.strictObject({
  align_corners: z.boolean().default(false).describe("whether corner pixels keep their positions"),
  half_pixel_centers: z.boolean().default(false).describe("whether a pixel's position is its centre's"),
  pytorch_half_pixel: z.boolean().default(false).describe(
    "the same, but a single pixel is the bottom's first",
  ),
  output_height: z.int().positive().optional().describe("the top's height"),
  output_width: z.int().positive().optional().describe("the top's width"),
  output_depth: z.int().positive().optional().describe("the top's depth"),
  data_format: z.enum(["NHWC", "NCHW", "NCHWD"]).default("NHWC").describe("the axes' order"),
  scale_height: z.number().positive().default(1).describe(
    "factor of the height, unless output_height is given",
  ),
  scale_width: z.number().positive().default(1).describe("factor of the width, unless output_width is given"),
  scale_depth: z.number().positive().default(1).describe("factor of the depth, unless output_depth is given"),
  input_scale: z.literal(1).default(1).describe("quantized values are not supported"),
  output_scale: z.literal(1).default(1).describe("quantized values are not supported"),
  input_zero_point: z.literal(0).default(0).describe("quantized values are not supported"),
  output_zero_point: z.literal(0).default(0).describe("quantized values are not supported"),
  saturate: z.literal("None").default("None").describe("quantized values are not supported"),
  quantize_method: z.string().optional().describe("without effect"),
});

/** Which two indices of an axis are behind each of the resized one, and the weight of the second. */
interface Taps {
  readonly lower: Int32Array;
  readonly upper: Int32Array;
  readonly part: Float32Array;
}

/** The interpolation along one axis: `outer` times from (size, inner) to (taps, inner). */
interface Pass {
  readonly outer: number;
  readonly size: number;
  readonly inner: number;
  readonly taps: Taps;
}

/**
 * Resizes images by linear interpolation along each axis: y[h] = (1 − t) x[⌊u⌋] + t x[⌈u⌉], with t = u − ⌊u⌋ and u = h s,
 * where s = H/H', or (H − 1)/(H' − 1) with `align_corners`; u = (h + ½) s − ½ with `half_pixel_centers`. Bottom x:
 * (N, H, W, C), or by `data_format` (N, C, H, W) or (N, C, H, W, D); top y: the same with H', W' and D'. The gradient
 * is distributed by the same weights.
 *
 * ResizeBilinear of Synopsys' Caffe and TensorFlow, without quantization.
 */
export class ResizeBilinearLayer extends Layer<z.output<typeof ResizeBilinearParams>> {
  static type = "ResizeBilinear";
  static params = ResizeBilinearParams;
  static bottoms = 1;
  static tops = 1;
  static examples = [
    { bottoms: [[2, 3, 4, 3]], param: { scale_height: 2, scale_width: 1.5 } },
    ...["align_corners", "half_pixel_centers", "pytorch_half_pixel"].map((way) => ({
      bottoms: [[2, 2, 4, 3]],
      param: { output_height: 2, output_width: 5, data_format: "NCHW", [way]: true },
    })),
    { bottoms: [[1, 2, 2, 3, 2]], param: { scale_height: 2, output_depth: 5, data_format: "NCHWD" } },
  ];
  #passes: Pass[] = [];
  #key = "";
  // What each pass but the last gives.
  #between: Float32Array[] = [];

  /** Reads the parameters. Throws a RangeError when they contradict each other. */
  constructor(context: LayerContext<z.output<typeof ResizeBilinearParams>>) {
    super(context);
    checkOneWay(this.param, ["align_corners", "half_pixel_centers", "pytorch_half_pixel"]);
  }

  override reshape([x]: [Blob], [y]: [Blob]): void {
    refuseInPlace([x], [y]);
    const to = resizedShape(x.shape, this.param);
    y.reshape(to);
    if (this.#key === x.shape.join()) return;
    this.#key = x.shape.join();
    const present = [...x.shape], product = (sizes: number[]) => sizes.reduce((all, size) => all * size, 1);
    this.#passes = [];
    for (let axis = to.length - 1; axis > 0; axis--) {
      if (this.param.data_format[axis] === "C") continue;
      const size = present[axis]!, taps = this.#taps(size, to[axis]!);
      this.#passes.push({
        outer: product(present.slice(0, axis)),
        size,
        inner: product(present.slice(axis + 1)),
        taps,
      });
      present[axis] = to[axis]!;
    }
    this.#between = this.#passes.slice(0, -1).map(({ outer, inner, taps }) =>
      new Float32Array(outer * taps.part.length * inner)
    );
  }

  override forward([x]: [Blob], [y]: [Blob]): void {
    const stages = [x.data, ...this.#between, y.data];
    for (const [i, pass] of this.#passes.entries()) interpolate(pass, stages[i]!, stages[i + 1]!);
  }

  override backward([y]: [Blob], [wanted]: boolean[], [x]: [Blob]): void {
    if (!wanted) return;
    const stages = [x.diff, ...this.#between, y.diff];
    for (let i = this.#passes.length - 1; i >= 0; i--) {
      distribute(this.#passes[i]!, stages[i + 1]!, stages[i]!);
    }
  }

  #taps(from: number, to: number): Taps {
    const { align_corners, half_pixel_centers, pytorch_half_pixel } = this.param;
    const f = Math.fround,
      step = resizeStep(from, to, align_corners),
      half = half_pixel_centers || pytorch_half_pixel;
    const taps = { lower: new Int32Array(to), upper: new Int32Array(to), part: new Float32Array(to) };
    for (let i = 0; i < to; i++) {
      let at = half ? f(f((i + 0.5) * step) - 0.5) : f(i * step);
      if (pytorch_half_pixel && to === 1) at = -0.5;
      const below = Math.floor(at);
      taps.lower[i] = Math.max(below, 0);
      taps.upper[i] = Math.min(Math.max(Math.ceil(at), 0), from - 1);
      taps.part[i] = at - below;
    }
    return taps;
  }

  /** What {@link forward} computes, in ONNX. */
  static onnx(
    graph: GraphBuilder,
    layer: OnnxLayer<z.output<typeof ResizeBilinearParams>>,
  ): readonly OnnxValue[] {
    const { data_format, align_corners, half_pixel_centers, pytorch_half_pixel } = layer.param;
    const way = align_corners
      ? "align_corners"
      : half_pixel_centers
      ? "half_pixel"
      : pytorch_half_pixel
      ? "pytorch_half_pixel"
      : "asymmetric";
    return [resizedLinearly(graph, layer, way, data_format === "NHWC")];
  }
}

function interpolate({ outer, size, inner, taps }: Pass, from: Float32Array, to: Float32Array): void {
  const { lower, upper, part } = taps;
  let at = 0;
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < part.length; i++) {
      const a = (o * size + lower[i]!) * inner, b = (o * size + upper[i]!) * inner, weight = part[i]!;
      for (let k = 0; k < inner; k++) to[at++] = from[a + k]! + (from[b + k]! - from[a + k]!) * weight;
    }
  }
}

/** The gradient of {@link interpolate}. */
function distribute({ outer, size, inner, taps }: Pass, from: Float32Array, to: Float32Array): void {
  const { lower, upper, part } = taps;
  to.fill(0);
  let at = 0;
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < part.length; i++) {
      const a = (o * size + lower[i]!) * inner, b = (o * size + upper[i]!) * inner, weight = part[i]!;
      for (let k = 0; k < inner; k++) {
        const value = from[at++]!;
        to[a + k]! += value * (1 - weight);
        to[b + k]! += value * weight;
      }
    }
  }
}
