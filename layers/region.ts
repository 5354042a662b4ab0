import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../onnx/mod.ts";
import { joined, reshaped, split } from "../onnx/graph_parts.ts";
import { numbers } from "../onnx/export/exported_layer.ts";
import { Layer } from "./layer.ts";
import { sigmoid } from "./shared/found_boxes.ts";
import { refuseInPlace } from "./shared/refuse_in_place.ts";

/** `region_param` of a {@link RegionLayer}. */
export const RegionParams = z.strictObject({
  classes: z.int().positive().default(20).describe("K: the number of classes"),
  coords: z.literal(4).default(4).describe("number of a box's coordinates"),
  boxes_of_each_grid: z.int().positive().default(5).describe("B: the boxes of each cell"),
  softmax: z.boolean().default(false).describe("whether the classes have a softmax"),
  anchors: z.string().optional().describe("without effect, as in the fork"),
});

/**
 * YOLOv2's region layer, for prediction: the values of each cell together, with the confidence σ(to) and, with `softmax`, the
 * softmax of the classes. Bottom: a map (N, B (5 + K), H, W); top: the same shape, but its values are in the order of
 * (N, H, W, B, 5 + K): tx, ty, tw, th, σ(to) = 1 / (1 + e^−to) and the classes of each box. There is no gradient.
 *
 * Redmon, Farhadi: YOLO9000, CVPR 2017, arXiv:1612.08242; Region of caffe_yolo_v2, which on the processor has the
 * softmax at random, as its code doesn't read `softmax`.
 */
export class RegionLayer extends Layer<z.output<typeof RegionParams>> {
  static type = "Region";
  static params = RegionParams;
  static bottoms = 1;
  static tops = 1;
  static examples = [true, false].map((softmax) => ({
    bottoms: [{ shape: [2, 14, 2, 3], gradient: false }],
    param: { classes: 2, boxes_of_each_grid: 2, softmax },
    gradientTops: [],
  }));

  override reshape([x]: [Blob], [y]: [Blob]): void {
    refuseInPlace([x], [y]);
    const { classes, boxes_of_each_grid: boxes } = this.param, channels = boxes * (5 + classes);
    if (x.numAxes !== 4 || x.shape[1] !== channels) {
      throw new RangeError(
        `Expected a bottom of shape (N, ${channels}, H, W) for ${boxes} boxes of ${classes} classes ` +
          `but found (${x.shape.join(", ")})`,
      );
    }
    y.reshapeLike(x);
  }

  override forward([x]: [Blob], [y]: [Blob]): void {
    const { classes, softmax } = this.param, from = x.data, to = y.data;
    const [items = 0, channels = 0, height = 0, width = 0] = x.shape, area = height * width;
    for (let n = 0, at = 0; n < items; n++) {
      for (let cell = 0; cell < area; cell++) {
        for (let c = 0; c < channels; c++) to[at++] = from[(n * channels + c) * area + cell]!;
      }
    }
    for (let at = 0; at < to.length; at += 5 + classes) {
      to[at + 4] = sigmoid(to[at + 4]!);
      if (!softmax) continue;
      const scores = to.subarray(at + 5, at + 5 + classes), most = Math.max(...scores);
      const powers = Array.from(scores, (score) => Math.exp(score - most));
      const sum = powers.reduce((all, each) => all + each, 0);
      scores.set(powers.map((power) => power / sum));
    }
  }

  override backward(_tops: Blob[], propagateDown: boolean[], bottoms: Blob[]): void {
    for (const [i, bottom] of bottoms.entries()) if (propagateDown[i]) bottom.diff.fill(0);
  }

  /** What {@link forward} computes, in ONNX. */
  static onnx(graph: GraphBuilder, layer: OnnxLayer<z.output<typeof RegionParams>>): readonly OnnxValue[] {
    const { bottoms: [x], param: { classes, boxes_of_each_grid: boxes, softmax } } = layer;
    const [channels, height, width] = numbers(layer, x.shape.slice(1)) as [number, number, number];
    const last = graph.node("Transpose", [x], { perm: [0, 2, 3, 1] });
    const rows = reshaped(graph, last, [0, height * width * boxes, 5 + classes]);
    const [box, object, scores] = split(graph, rows, [4, 1, classes], 2) as [OnnxValue, OnnxValue, OnnxValue];
    const certain = graph.node("Sigmoid", [object]);
    const parts = [box, certain, softmax ? graph.node("Softmax", [scores], { axis: 2 }) : scores];
    return [reshaped(graph, joined(graph, parts, 2), [0, channels, height, width])];
  }
}
