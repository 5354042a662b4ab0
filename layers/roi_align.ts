import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../onnx/mod.ts";
import { cast, joined, split } from "../onnx/graph_parts.ts";
import { Layer } from "./layer.ts";
import { refuseInPlace } from "./shared/refuse_in_place.ts";
import { checkRegions, readRegion } from "./shared/regions.ts";

/** `param_str` of a {@link ROIAlignLayer}. */
export const ROIAlignParams = z.strictObject({
  pooled_h: z.int().positive().describe("number of bins, vertically"),
  pooled_w: z.int().positive().describe("number of bins, horizontally"),
  spatial_scale: z.number().positive().default(1).describe(
    "factor from the regions' coordinates to the features'",
  ),
  sampling_ratio: z.int().min(0).default(0)
    .describe(
      "each bin is the mean of this many points per side; 0: one per pixel of the bin's side, rounded up",
    ),
  aligned: z.boolean().default(false)
    .describe("whether the centre of pixel (0, 0) is at (½, ½), as in later versions, or at (0, 0)"),
});

/**
 * Pooling of regions without rounding: each region is divided into bins, and each bin is the mean of
 * bilinearly interpolated points on a grid. Bottoms: features (N, C, H, W), and regions (R, 5), each
 * [item, x1, y1, x2, y2]; top: (R, C, pooled_h, pooled_w). Points more than a pixel outside the image are 0.
 * Without `aligned`, regions are at least one pixel large.
 *
 * With corners times `spatial_scale` (minus ½ with `aligned`) and s_h × s_w points per bin,
 * y[r, c, i, j] = 1/(s_h s_w) Σ_p Σ_q x(y1 + (i + (p + ½)/s_h) b_h, x1 + (j + (q + ½)/s_w) b_w), where
 * b_h = (y2 − y1) / pooled_h, b_w likewise, and
 * x(h, w) = Σ max(0, 1 − |h − h'|) max(0, 1 − |w − w'|) x[item, c, h', w']. Gradient: dx is the sum of dy
 * with the same weights; regions have no gradient.
 *
 * He, Gkioxari, Dollár, Girshick: Mask R-CNN, ICCV 2017, arXiv:1703.06870. The values are those of
 * `torchvision.ops.roi_align`.
 */
export class ROIAlignLayer extends Layer<z.output<typeof ROIAlignParams>> {
  static type = "ROIAlign";
  static bottoms = 2;
  static tops = 1;
  static examples = [{
    bottoms: [[2, 3, 8, 8], {
      shape: [4, 5],
      values: [0, 0, 0, 3, 3, 0, 4, 4, 7, 7, 1, 0, 4, 5, 7, 1, 2, 2, 6, 6],
    }],
    param: { pooled_h: 2, pooled_w: 3 },
  }];
  static params = ROIAlignParams;

  override reshape([features, regions]: [Blob, Blob], [y]: [Blob]): void {
    refuseInPlace([features, regions], [y]);
    checkRegions(features, regions);
    y.reshape(regions.shape[0]!, features.shape[1]!, this.param.pooled_h, this.param.pooled_w);
  }

  override forward([features, regions]: [Blob, Blob], [y]: [Blob]): void {
    const from = features.data, to = y.data;
    to.fill(0);
    this.#eachTap(features, regions, (plane, at, weight, bin) => {
      to[bin]! += weight * from[plane + at]!;
    });
  }

  override backward([y]: [Blob], wanted: boolean[], [features, regions]: [Blob, Blob]): void {
    if (wanted[1]) regions.diff.fill(0); // regions have no gradient, but force_backward asks for it
    if (!wanted[0]) return;
    const from = y.diff, to = features.diff;
    to.fill(0);
    this.#eachTap(features, regions, (plane, at, weight, bin) => {
      to[plane + at]! += weight * from[bin]!;
    });
  }

  /**
   * Calls `tap` for every pixel that contributes to a bin, with its plane's start, its index there, its
   * weight, and the bin.
   */
  #eachTap(
    features: Blob,
    regions: Blob,
    tap: (plane: number, at: number, weight: number, bin: number) => void,
  ): void {
    const [items = 0, channels = 0, height = 0, width = 0] = features.shape;
    const { pooled_h: rows, pooled_w: columns, spatial_scale, sampling_ratio, aligned } = this.param;
    const shift = aligned ? 0.5 : 0, least = aligned ? 0 : 1;
    const boxes = regions.data;
    for (let r = 0; r < regions.shape[0]!; r++) {
      const { item, left, top, right, bottom } = readRegion(boxes, r, items, spatial_scale);
      const binHeight = Math.max(bottom - top, least) / rows,
        binWidth = Math.max(right - left, least) / columns;
      const down = sampling_ratio || Math.ceil(binHeight), across = sampling_ratio || Math.ceil(binWidth);
      const count = Math.max(down * across, 1);
      const plane = item * channels * height * width;
      for (let i = 0; i < rows * down; i++) {
        const y = axisTap(top - shift + binHeight * (i + 0.5) / down, height);
        if (y === undefined) continue;
        for (let j = 0; j < columns * across; j++) {
          const x = axisTap(left - shift + binWidth * (j + 0.5) / across, width);
          if (x === undefined) continue;
          const bin = Math.floor(i / down) * columns + Math.floor(j / across);
          for (let c = 0; c < channels; c++) {
            const start = plane + c * height * width, to = (r * channels + c) * rows * columns + bin;
            const above = (1 - y.part) / count, below = y.part / count;
            tap(start, y.first * width + x.first, above * (1 - x.part), to);
            tap(start, y.first * width + x.second, above * x.part, to);
            tap(start, y.second * width + x.first, below * (1 - x.part), to);
            tap(start, y.second * width + x.second, below * x.part, to);
          }
        }
      }
    }
  }

  /** What {@link forward} computes, in ONNX. */
  static onnx(
    graph: GraphBuilder,
    { bottoms: [features, regions], param }: OnnxLayer<z.output<typeof ROIAlignParams>>,
  ): readonly OnnxValue[] {
    const { pooled_h, pooled_w, spatial_scale, sampling_ratio, aligned } = param;
    if (aligned) graph.needs(16);
    const rows = graph.node("Reshape", [regions, graph.ints([-1, 5])]);
    const [item, first, last] = split(graph, rows, [1, 2, 2], 1) as [OnnxValue, OnnxValue, OnnxValue];
    // Here a region has no size rather than a negative one.
    const boxes = joined(graph, [first, aligned ? graph.node("Max", [first, last]) : last], 1);
    const items = cast(graph, graph.node("Reshape", [item, graph.ints([-1])]), 7);
    return [graph.node("RoiAlign", [features, boxes, items], {
      output_height: pooled_h,
      output_width: pooled_w,
      sampling_ratio,
      spatial_scale,
      mode: "avg",
      ...aligned && { coordinate_transformation_mode: "half_pixel" },
    })];
  }
}

/** The two pixels around a coordinate, and the weight of the second; undefined outside the image. */
function axisTap(at: number, size: number): { first: number; second: number; part: number } | undefined {
  if (at < -1 || at > size) return undefined;
  const place = Math.max(at, 0), first = Math.floor(place);
  if (first >= size - 1) return { first: size - 1, second: size - 1, part: 0 };
  return { first, second: first + 1, part: place - first };
}
