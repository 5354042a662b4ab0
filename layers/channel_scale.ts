import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../onnx/mod.ts";
import { reshaped } from "../onnx/graph_parts.ts";
import { numbers } from "../onnx/export/exported_layer.ts";
import { Layer } from "./layer.ts";
import { refuseInPlace } from "./shared/refuse_in_place.ts";

/** `channel_scale_param` of a {@link ChannelScaleLayer}. */
export const ChannelScaleParams = z.strictObject({
  do_forward: z.boolean().default(true).describe("whether to scale at all, instead of copying"),
  do_backward_feature: z.boolean().default(true).describe(
    "whether the features' gradient is scaled, instead of copied",
  ),
  do_backward_scale: z.boolean().default(true).describe("whether the scales have a gradient"),
  global_scale: z.boolean().default(false).describe("scales all by the running mean of the second bottom"),
  max_global_scale: z.number().default(1000).describe("the largest running mean"),
  min_global_scale: z.number().default(0).describe("the smallest running mean"),
  init_global_scale: z.number().optional().describe("without effect, as in the fork"),
});

/**
 * Scales all channels at a position by one number: y[n, c, h, w] = s[n, h, w] x[n, c, h, w]. Bottoms: features x (N, C, …)
 * and scales s, one for each position of each item; top: the same shape as x. Gradients: dx = s dy, and ds is the sum of
 * x dy over the channels; the parameters turn parts of them off.
 *
 * With `global_scale` y = g x: g is the mean of |s| at first, and then 0.99 g + 0.01 times the mean of each batch while
 * training, and a parameter that does not learn; a second top is g. The gradients are those of s, as in the fork.
 *
 * ChannelScale of happynear's caffe-windows, with the GPU code's running mean.
 */
export class ChannelScaleLayer extends Layer<z.output<typeof ChannelScaleParams>> {
  static type = "ChannelScale";
  static params = ChannelScaleParams;
  static bottoms = 2;
  static tops = [1, 2] as const;
  static examples = [{ bottoms: [[2, 3, 2, 2], [2, 1, 2, 2]] }, { bottoms: [[3, 4], [3, 1]] }];

  override setup(): void {
    if (this.param.global_scale) this.blobs.add([1], { type: "constant", value: -1 });
  }

  override reshape([x, scales]: [Blob, Blob], [y, global]: [Blob, ...Blob[]]): void {
    refuseInPlace([x], [y]);
    const [items, channels = 1] = x.shape;
    if (scales.shape[0] !== items || scales.count * channels !== x.count) {
      throw new RangeError(
        `Expected ${x.count / channels} scales, one for each position, but found (${
          scales.shape.join(", ")
        })`,
      );
    }
    if (global !== undefined && !this.param.global_scale) {
      throw new RangeError("Expected global_scale with a second top but found none");
    }
    y.reshapeLike(x);
    global?.reshape(1);
  }

  override forward([x, scales]: [Blob, Blob], [y, global]: [Blob, ...Blob[]]): void {
    const { do_forward, global_scale } = this.param;
    if (!do_forward) {
      this.ops.copy(x.data, y.data);
    } else if (!global_scale) {
      this.#scale(x, scales, x.data, y.data);
    } else {
      const scale = this.#running(scales.data), from = x.data, to = y.data;
      if (global !== undefined) global.data[0] = scale;
      for (let i = 0; i < to.length; i++) to[i] = scale * from[i]!;
    }
  }

  override backward([y]: [Blob, ...Blob[]], propagateDown: boolean[], [x, scales]: [Blob, Blob]): void {
    const { do_backward_feature, do_backward_scale } = this.param;
    if (propagateDown[0]) {
      if (do_backward_feature) this.#scale(x, scales, y.diff, x.diff);
      else this.ops.copy(y.diff, x.diff);
    }
    if (!propagateDown[1]) return;
    const to = scales.diff.fill(0);
    if (!do_backward_scale) return;
    const dy = y.diff, values = x.data;
    eachRow(x, (row, position, area) => {
      for (let i = 0; i < area; i++) to[position + i]! += values[row + i]! * dy[row + i]!;
    });
  }

  #scale(x: Blob, scales: Blob, from: Float32Array, to: Float32Array): void {
    const factors = scales.data;
    eachRow(x, (row, position, area) => {
      for (let i = 0; i < area; i++) to[row + i] = factors[position + i]! * from[row + i]!;
    });
  }

  /** The running mean of the scales' magnitudes, after this batch. */
  #running(scales: Float32Array): number {
    const { data } = this.blobs[0]!, { max_global_scale, min_global_scale } = this.param;
    if (this.phase !== "TRAIN") return data[0]!;
    const mean = scales.reduce((sum, scale) => sum + Math.abs(scale), 0) / scales.length;
    const next = data[0]! < 0 ? mean : 0.99 * data[0]! + 0.01 * mean;
    data[0] = Math.max(Math.min(next, max_global_scale), min_global_scale);
    return data[0];
  }

  /** What {@link forward} computes, in ONNX. */
  static onnx(
    graph: GraphBuilder,
    layer: OnnxLayer<z.output<typeof ChannelScaleParams>>,
  ): readonly OnnxValue[] {
    const { bottoms: [x, scales], blobs: [mean], param, tops } = layer;
    if (!param.do_forward) return [x];
    if (!param.global_scale) {
      const each = reshaped(graph, scales!, [0, 1, ...numbers(layer, x.shape.slice(2))]);
      return [graph.node("Mul", [x, each])];
    }
    const global = graph.constant(mean!, "mean");
    return [graph.node("Mul", [x, global]), ...tops.slice(1).map(() => global)];
  }
}

/** Calls `run` for each channel of each item: where its values begin, where those of its item's positions, and how many. */
function eachRow(x: Blob, run: (row: number, position: number, area: number) => void): void {
  const [items = 0, channels = 0] = x.shape, area = x.count / (items * channels || 1);
  for (let n = 0; n < items; n++) {
    for (let c = 0; c < channels; c++) run((n * channels + c) * area, n * area, area);
  }
}
