import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../onnx/mod.ts";
import { Layer } from "./layer.ts";
import { refuseInPlace } from "./shared/refuse_in_place.ts";
import { checkRegions, readRegion } from "./shared/regions.ts";
import { roundAway } from "./shared/round_away.ts";

/** `param_str` of a {@link ROIPoolingLayer}. */
export const ROIPoolingParams = z.strictObject({
  pooled_h: z.int().positive().describe("number of bins, vertically"),
  pooled_w: z.int().positive().describe("number of bins, horizontally"),
  spatial_scale: z.number().positive().default(1).describe(
    "factor from the regions' coordinates to the features'",
  ),
});

/**
 * Max pooling of regions: each region is divided into bins of whole pixels, and each bin gives its largest
 * value. Bottoms: features (N, C, H, W), and regions (R, 5), each [item, x1, y1, x2, y2] with both corners
 * included; top: (R, C, pooled_h, pooled_w). A bin outside the image is 0.
 *
 * With corners times `spatial_scale` and rounded, y[r, c, i, j] = max x[item, c, h, w] over
 * ⌊i b_h⌋ ≤ h − y1 < ⌈(i + 1) b_h⌉ and ⌊j b_w⌋ ≤ w − x1 < ⌈(j + 1) b_w⌉, where
 * b_h = max(y2 − y1 + 1, 1) / pooled_h, and b_w likewise. Gradient: dx of a pixel is the sum of dy over the
 * bins whose largest value (the first of equal ones) it is; regions have no gradient.
 *
 * Girshick: Fast R-CNN, ICCV 2015, arXiv:1504.08083.
 */
export class ROIPoolingLayer extends Layer<z.output<typeof ROIPoolingParams>> {
  static type = "ROIPooling";
  static bottoms = 2;
  static tops = 1;
  static examples = [{
    bottoms: [[2, 3, 8, 8], {
      shape: [4, 5],
      values: [0, 0, 0, 3, 3, 0, 4, 4, 7, 7, 1, 0, 4, 5, 7, 1, 2, 2, 6, 6],
    }],
    param: { pooled_h: 2, pooled_w: 3 },
  }];
  static params = ROIPoolingParams;
  #from = new Int32Array();

  override reshape([features, regions]: [Blob, Blob], [y]: [Blob]): void {
    refuseInPlace([features, regions], [y]);
    checkRegions(features, regions);
    y.reshape(regions.shape[0]!, features.shape[1]!, this.param.pooled_h, this.param.pooled_w);
    if (this.#from.length !== y.count) this.#from = new Int32Array(y.count);
  }

  override forward([features, regions]: [Blob, Blob], [y]: [Blob]): void {
    const [items = 0, channels = 0, height = 0, width = 0] = features.shape;
    const { pooled_h: rows, pooled_w: columns, spatial_scale: scale } = this.param;
    const from = features.data, boxes = regions.data, to = y.data, chosen = this.#from, f = Math.fround;
    for (let r = 0, at = 0; r < regions.shape[0]!; r++) {
      const region = readRegion(boxes, r, items, f(scale));
      const left = roundAway(f(region.left)), top = roundAway(f(region.top));
      // Rounded to 32 bits at each step, as the fork does, so that the same pixels belong to a bin.
      const binHeight = f(Math.max(roundAway(f(region.bottom)) - top + 1, 1) / rows);
      const binWidth = f(Math.max(roundAway(f(region.right)) - left + 1, 1) / columns);
      for (let c = 0; c < channels; c++) {
        const plane = (region.item * channels + c) * height * width;
        for (let i = 0; i < rows; i++) {
          const y0 = within(top + Math.floor(f(i * binHeight)), height);
          const y1 = within(top + Math.ceil(f((i + 1) * binHeight)), height);
          for (let j = 0; j < columns; j++, at++) {
            const x0 = within(left + Math.floor(f(j * binWidth)), width);
            const x1 = within(left + Math.ceil(f((j + 1) * binWidth)), width);
            let best = -1, most = -Infinity;
            for (let h = y0; h < y1; h++) {
              for (let index = plane + h * width + x0, end = plane + h * width + x1; index < end; index++) {
                const value = from[index]!;
                if (best >= 0 && value <= most) continue;
                most = value;
                best = index;
              }
            }
            chosen[at] = best;
            to[at] = best < 0 ? 0 : most;
          }
        }
      }
    }
  }

  override backward([y]: [Blob], wanted: boolean[], [features, regions]: [Blob, Blob]): void {
    if (wanted[1]) regions.diff.fill(0); // regions have no gradient, but force_backward asks for it
    if (!wanted[0]) return;
    const from = y.diff, to = features.diff;
    to.fill(0);
    for (let i = 0; i < from.length; i++) {
      const at = this.#from[i]!;
      if (at >= 0) to[at]! += from[i]!;
    }
  }

  /** What {@link forward} computes, in ONNX. */
  static onnx(
    graph: GraphBuilder,
    { bottoms: [features, regions], param: { pooled_h, pooled_w, spatial_scale } }: OnnxLayer<
      z.output<typeof ROIPoolingParams>
    >,
  ): readonly OnnxValue[] {
    const rows = graph.node("Reshape", [regions, graph.ints([-1, 5])]);
    return [
      graph.node("MaxRoiPool", [features, rows], { pooled_shape: [pooled_h, pooled_w], spatial_scale }),
    ];
  }
}

function within(value: number, size: number): number {
  return Math.min(Math.max(value, 0), size);
}
