import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../onnx/mod.ts";
import { reshaped } from "../onnx/graph_parts.ts";
import { numbers } from "../onnx/export/exported_layer.ts";
import type { FillerParameter } from "../proto/messages.ts";
import { Layer, type LayerContext } from "./layer.ts";
import { refuseInPlace } from "./shared/refuse_in_place.ts";

const filler = z.custom<FillerParameter>((value) => typeof value === "object" && value !== null).optional();

/** `inner_distance_param` of an {@link InnerDistanceLayer}. */
export const InnerDistanceParams = z.strictObject({
  num_output: z.int().positive().optional().describe("number of centres, without a second bottom"),
  weight_filler: filler.describe("filler of the centres; by default the constant 0"),
  distance_type: z.enum(["L1", "L2"]).default("L2").describe("Σ|x − w|, or Σ(x − w)²"),
  axis: z.int().default(1).describe("the first of the axes that are an item's features"),
  normalize: z.boolean().default(false).describe(
    "whether the layer's centres are scaled to length 1 before each forward",
  ),
  transpose: z.literal(false).default(false).describe("not supported, as in the fork"),
  update_center_only: z.literal(false).default(false).describe("not supported"),
  bias_term: z.boolean().default(true).describe("without effect: distances have no bias"),
  bias_filler: filler.describe("without effect"),
});

/**
 * Distances of items to centres: y[n, j] = Σ_k (x[n, k] − w[j, k])², or with L1 Σ_k |x[n, k] − w[j, k]|. Bottoms: items x
 * (N, D, …), and the centres w (M, D, …), which without a second bottom are the layer's parameter (M, D), with M
 * `num_output`; top: (N, M). Gradients: dx = Σ_j 2 (x − w[j]) dy[j], or with L1 Σ_j sign(x − w[j]) dy[j]; dw is the
 * opposite, summed over the items.
 *
 * InnerDistance of happynear's caffe-windows.
 */
export class InnerDistanceLayer extends Layer<z.output<typeof InnerDistanceParams>> {
  static type = "InnerDistance";
  static params = InnerDistanceParams;
  static bottoms = [1, 2] as const;
  static tops = 1;
  static examples = [
    ...["L1", "L2"].map((distance_type) => ({
      bottoms: [[4, 2, 3]],
      param: { num_output: 3, distance_type, weight_filler: { type: "gaussian", std: 1 } },
    })),
    { bottoms: [[4, 5], { shape: [3, 5], batchAxis: null }] },
  ];
  #items = 0;
  #size = 0;

  /** Reads the parameters. Throws a RangeError without num_output and a second bottom. */
  constructor(context: LayerContext<z.output<typeof InnerDistanceParams>>) {
    super(context);
    if ((this.layerParam.bottom?.length ?? 0) === 1 && this.param.num_output === undefined) {
      throw new RangeError("Expected num_output, or the centres as a second bottom, but found neither");
    }
  }

  override setup(bottoms: Blob[]): void {
    if (bottoms.length > 1) return;
    const { num_output, weight_filler } = this.param;
    this.blobs.add(
      [num_output!, this.#sizes(bottoms[0]!)[1]],
      weight_filler ?? { type: "constant", value: 0 },
    );
  }

  override reshape([x, w = this.blobs[0]!]: [Blob, ...Blob[]], [y]: [Blob]): void {
    refuseInPlace([x, w], [y]);
    [this.#items, this.#size] = this.#sizes(x);
    const centers = w.shape[0] ?? 0;
    if (w.count !== centers * this.#size) {
      throw new RangeError(
        `Expected centres of ${this.#size} values, as the items have, but found (${w.shape.join(", ")})`,
      );
    }
    y.reshape([...x.shape.slice(0, this.#axis(x)), centers]);
  }

  override forward([x, w = this.blobs[0]!]: [Blob, ...Blob[]], [y]: [Blob]): void {
    const size = this.#size,
      centers = w.shape[0]!,
      a = x.data,
      to = y.data,
      near = this.param.distance_type === "L1";
    if (this.param.normalize && w === this.blobs[0]) normalizeRows(w.data, size);
    const b = w.data;
    for (let n = 0; n < this.#items; n++) {
      for (let j = 0; j < centers; j++) {
        let sum = 0;
        for (let k = 0; k < size; k++) {
          const d = a[n * size + k]! - b[j * size + k]!;
          sum += near ? Math.abs(d) : d * d;
        }
        to[n * centers + j] = sum;
      }
    }
  }

  override backward([y]: [Blob], propagateDown: boolean[], [x, given]: [Blob, ...Blob[]]): void {
    const w = given ?? this.blobs[0]!, size = this.#size, centers = w.shape[0]!;
    const a = x.data, b = w.data, dy = y.diff, near = this.param.distance_type === "L1";
    const toX = propagateDown[0] ? x.diff.fill(0) : undefined;
    const toW = given === undefined ? w.diff : propagateDown[1] ? w.diff.fill(0) : undefined;
    for (let n = 0; n < this.#items; n++) {
      for (let j = 0; j < centers; j++) {
        const slope = dy[n * centers + j]!;
        for (let k = 0; k < size; k++) {
          const d = a[n * size + k]! - b[j * size + k]!, part = slope * (near ? Math.sign(d) : 2 * d);
          if (toX !== undefined) toX[n * size + k]! += part;
          if (toW !== undefined) toW[j * size + k]! -= part;
        }
      }
    }
  }

  #axis({ numAxes }: Blob): number {
    const { axis } = this.param;
    if (axis < -numAxes || axis > numAxes) {
      throw new RangeError(`Expected an axis from ${-numAxes} to ${numAxes - 1} but found ${axis}`);
    }
    return axis < 0 ? axis + numAxes : axis;
  }

  /** How many items, and how many values each has. */
  #sizes(x: Blob): [items: number, size: number] {
    const product = (sizes: readonly number[]) => sizes.reduce((all, size) => all * size, 1),
      axis = this.#axis(x);
    return [product(x.shape.slice(0, axis)), product(x.shape.slice(axis))];
  }

  /** What {@link forward} computes, in ONNX. */
  static onnx(
    graph: GraphBuilder,
    layer: OnnxLayer<z.output<typeof InnerDistanceParams>>,
  ): readonly OnnxValue[] {
    const { bottoms: [x, given], blobs, param } = layer;
    const axis = param.axis < 0 ? param.axis + x.shape.length : param.axis;
    const size = numbers(layer, x.shape.slice(axis)).reduce((all, length) => all * length, 1);
    let centers = given === undefined ? undefined : reshaped(graph, given, [-1, size]);
    if (centers === undefined) {
      const data = Float32Array.from(blobs[0]!.data as Float32Array);
      if (param.normalize) normalizeRows(data, size);
      centers = graph.constant({ ...blobs[0]!, data }, "centers");
    }
    const items = reshaped(graph, x, [...x.shape.slice(0, axis).map(() => 0), 1, size]);
    const apart = graph.node("Sub", [items, centers]);
    const op = param.distance_type === "L1" ? "ReduceL1" : "ReduceSumSquare";
    return [graph.node(op, [apart], { axes: [-1], keepdims: 0 })];
  }
}

function normalizeRows(values: Float32Array, size: number): void {
  for (let row = 0; row < values.length; row += size) {
    let square = 1e-6;
    for (let k = 0; k < size; k++) square += values[row + k]! ** 2;
    const length = Math.sqrt(square);
    for (let k = 0; k < size; k++) values[row + k]! /= length;
  }
}
