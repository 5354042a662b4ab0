import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../onnx/mod.ts";
import { cast, joined, lengths, reshaped, roundedAway, shapeOf, split } from "../onnx/graph_parts.ts";
import { numbers } from "../onnx/export/exported_layer.ts";
import { intTensor } from "../onnx/tensor.ts";
import { Layer } from "./layer.ts";
import { refuseInPlace } from "./shared/refuse_in_place.ts";
import { checkRegions, readRegion } from "./shared/regions.ts";
import { roundAway } from "./shared/round_away.ts";

/** `psroi_pooling_param` of a {@link PSROIPoolingLayer}. */
export const PSROIPoolingParams = z.strictObject({
  spatial_scale: z.number().positive().describe("factor from the regions' coordinates to the features'"),
  output_dim: z.int().positive().describe("number of the top's channels"),
  group_size: z.int().positive().describe("number of bins per side; each has channels of its own"),
});

/**
 * Position-sensitive pooling of regions: each of g × g bins is the mean of its pixels in a channel of its own.
 * Bottoms: features (N, D g², H, W), and regions (R, 5), each [item, x1, y1, x2, y2] with both corners
 * included; top: (R, D, g, g), with D `output_dim` and g `group_size`. A bin outside the image is 0.
 *
 * With x1 ← s·round(x1) and x2 ← s·(round(x2) + 1), s `spatial_scale`, y likewise, and b_h = max(y2 − y1, 0.1)/g:
 * y[r, d, i, j] is the mean of x[item, (d g + i) g + j, h, w] over ⌊y1 + i b_h⌋ ≤ h < ⌈y1 + (i + 1) b_h⌉, and w
 * likewise. Gradient: dy of a bin divided by its pixels; regions have none.
 *
 * Dai, Li, He, Sun: R-FCN, NIPS 2016, arXiv:1605.06409, and its fork of Caffe.
 */
export class PSROIPoolingLayer extends Layer<z.output<typeof PSROIPoolingParams>> {
  static type = "PSROIPooling";
  static params = PSROIPoolingParams;
  static bottoms = 2;
  static tops = 1;
  static examples = [{
    bottoms: [[2, 8, 6, 7], {
      shape: [4, 5],
      values: [0, 0, 0, 5, 6, 0, 4, 4, 11, 9, 1, 0, 8, 10, 11, 1, 2, 2, 2, 2],
    }],
    param: { spatial_scale: 0.5, output_dim: 2, group_size: 2 },
  }];

  override reshape([features, regions]: [Blob, Blob], [y]: [Blob]): void {
    refuseInPlace([features, regions], [y]);
    const { output_dim: dim, group_size: size } = this.param;
    checkRegions(features, regions);
    if (features.shape[1] !== dim * size * size) {
      throw new RangeError(
        `Expected output_dim · group_size², ${dim * size * size}, channels but found ${features.shape[1]}`,
      );
    }
    y.reshape(regions.shape[0]!, dim, size, size);
  }

  override forward([features, regions]: [Blob, Blob], [y]: [Blob]): void {
    const from = features.data, to = y.data, width = features.shape[3]!;
    this.#eachBin(features, regions, (bin, plane, h0, h1, w0, w1) => {
      let sum = 0;
      for (let h = h0; h < h1; h++) {
        for (let at = plane + h * width + w0, end = plane + h * width + w1; at < end; at++) sum += from[at]!;
      }
      const area = (h1 - h0) * (w1 - w0);
      to[bin] = area > 0 ? sum / area : 0;
    });
  }

  override backward([y]: [Blob], wanted: boolean[], [features, regions]: [Blob, Blob]): void {
    if (wanted[1]) regions.diff.fill(0); // regions have no gradient, but force_backward asks for it
    if (!wanted[0]) return;
    const from = y.diff, to = features.diff, width = features.shape[3]!;
    to.fill(0);
    this.#eachBin(features, regions, (bin, plane, h0, h1, w0, w1) => {
      const part = from[bin]! / ((h1 - h0) * (w1 - w0));
      for (let h = h0; h < h1; h++) {
        for (let at = plane + h * width + w0, end = plane + h * width + w1; at < end; at++) to[at]! += part;
      }
    });
  }

  /** Calls `run` for every bin, with its index, where its plane begins, and its pixels, which may be none. */
  #eachBin(
    features: Blob,
    regions: Blob,
    run: (bin: number, plane: number, h0: number, h1: number, w0: number, w1: number) => void,
  ): void {
    const [items = 0, channels = 0, height = 0, width = 0] = features.shape;
    const { output_dim: dim, group_size: size } = this.param;
    const f = Math.fround, scale = f(this.param.spatial_scale);
    const boxes = regions.data;
    // Rounded to 32 bits at each step, as the fork does, so that the same pixels belong to a bin.
    const start = (first: number, length: number, i: number, most: number) =>
      Math.min(Math.max(Math.floor(f(f(i * length) + first)), 0), most);
    const end = (first: number, length: number, i: number, most: number) =>
      Math.min(Math.max(Math.ceil(f(f((i + 1) * length) + first)), 0), most);
    for (let r = 0, bin = 0; r < regions.shape[0]!; r++) {
      const { item, left, top, right, bottom } = readRegion(boxes, r, items, 1);
      const x = f(roundAway(left) * scale), y = f(roundAway(top) * scale);
      const across = f(Math.max(f(f((roundAway(right) + 1) * scale) - x), 0.1)) / size;
      const down = f(Math.max(f(f((roundAway(bottom) + 1) * scale) - y), 0.1)) / size;
      for (let d = 0; d < dim; d++) {
        for (let i = 0; i < size; i++) {
          const h0 = start(y, f(down), i, height), h1 = end(y, f(down), i, height);
          for (let j = 0; j < size; j++, bin++) {
            const plane = (item * channels + (d * size + i) * size + j) * height * width;
            run(bin, plane, h0, h1, start(x, f(across), j, width), end(x, f(across), j, width));
          }
        }
      }
    }
  }

  /** What {@link forward} computes, in ONNX. */
  static onnx(
    graph: GraphBuilder,
    layer: OnnxLayer<z.output<typeof PSROIPoolingParams>>,
  ): readonly OnnxValue[] {
    const { bottoms: [features, regions], param: { spatial_scale, output_dim: dim, group_size: size } } =
      layer;
    const [height, width] = numbers(layer, features.shape.slice(2)) as [number, number];
    const rows = reshaped(graph, regions!, [-1, 5]);
    const [item, left, top, right, bottom] = split(graph, rows, [1, 1, 1, 1, 1], 1);
    // The sums over all pixels above and to the left, in 64 bits, so that differences of them are exact enough.
    const sums = [2, 3].reduce(
      (value, axis) => graph.node("CumSum", [value, graph.constant({ ...intTensor([axis]), shape: [] })]),
      graph.node("Pad", [
        cast(graph, features, 11),
        graph.ints([0, 0, 1, 1, 0, 0, 0, 0]),
        cast(graph, graph.float(0), 11),
      ]),
    );
    const scale = graph.float(spatial_scale), one = graph.float(1);
    const times = (index: number) => graph.floats(Array.from({ length: size }, (_, i) => i + index));
    /** Where the bins along an axis begin and end: (R, g) each. */
    const ends = (first: OnnxValue | undefined, last: OnnxValue | undefined, most: number) => {
      const start = graph.node("Mul", [roundedAway(graph, first!), scale]);
      const end = graph.node("Mul", [graph.node("Add", [roundedAway(graph, last!), one]), scale]);
      const whole = graph.node("Max", [graph.node("Sub", [end, start]), graph.float(0.1)]);
      const step = graph.node("Div", [whole, graph.float(size)]);
      return (["Floor", "Ceil"] as const).map((op, index) => {
        const place = graph.node("Add", [graph.node("Mul", [step, times(index)]), start]);
        return graph.node("Clip", [graph.node(op, [place]), graph.float(0), graph.float(most)]);
      }) as [OnnxValue, OnnxValue];
    };
    const [y0, y1] = ends(top, bottom, height), [x0, x1] = ends(left, right, width);
    const down = (value: OnnxValue) => reshaped(graph, value, [-1, 1, size, 1]);
    const across = (value: OnnxValue) => reshaped(graph, value, [-1, 1, 1, size]);
    const channels = Array.from({ length: dim * size * size }, (_, i) => i);
    const all = shapeOf(graph, [lengths(graph, rows, [0]), dim, size, size]);
    const [items, planes] = [
      cast(graph, reshaped(graph, item!, [-1, 1, 1, 1]), 7),
      graph.ints(channels, [1, dim, size, size]),
    ];
    const corner = (y: OnnxValue, x: OnnxValue) => {
      const parts = [items, planes, cast(graph, down(y), 7), cast(graph, across(x), 7)];
      const whole = parts.map((part) =>
        graph.node("Unsqueeze", [graph.node("Expand", [part, all]), graph.ints([4])])
      );
      return graph.node("GatherND", [sums, joined(graph, whole, 4)]);
    };
    const sum = graph.node("Add", [
      graph.node("Sub", [corner(y1, x1), corner(y0, x1)]),
      graph.node("Sub", [corner(y0, x0), corner(y1, x0)]),
    ]);
    // A bin without pixels is 0.
    const long = (from: OnnxValue, to: OnnxValue) =>
      graph.node("Max", [graph.node("Sub", [to, from]), graph.float(0)]);
    const area = graph.node("Mul", [down(long(y0, y1)), across(long(x0, x1))]);
    const mean = graph.node("Div", [sum, cast(graph, graph.node("Max", [area, one]), 11)]);
    const inside = cast(graph, graph.node("Greater", [area, graph.float(0)]), 1);
    return [graph.node("Mul", [cast(graph, mean, 1), inside])];
  }
}
