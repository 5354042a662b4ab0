import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../onnx/mod.ts";
import { joined, reshaped, sliced, split } from "../onnx/graph_parts.ts";
import { numbers } from "../onnx/export/exported_layer.ts";
import { Layer, type LayerContext } from "./layer.ts";
import { refuseInPlace } from "./shared/refuse_in_place.ts";

/** `batch_reduction_param` of a {@link BatchReductionLayer}. */
export const BatchReductionParams = z.strictObject({
  reduction_param: z.strictObject({
    operation: z.enum(["SUM", "MEAN", "TOPK"]).default("SUM").describe("sum, mean, or mean of the k largest"),
    axis: z.int().default(0).describe("the axis to reduce, from the end if negative"),
    k: z.int().positive().default(1).describe("how many TOPK takes"),
    coeff: z.literal(1).default(1).describe("not supported"),
  }).prefault({}).describe("how to reduce"),
  level: z.array(z.int().positive()).default([]).describe(
    "sides of a pyramid's levels: each level l is reduced from l² neighbours; by default all are reduced to one",
  ),
  pos: z.boolean().default(false).describe("reduces the diagonal of two axes"),
});

/**
 * Reduces an axis, as the segments of a video: y[n, l, i] = op over t of x[n, t, i], with op the sum, the mean, or the mean of the
 * `k` largest. Bottom: (N…, T, I…); top: (N…, I…), all T being reduced. With `level`, other than one level of 1, the axis
 * has T = Σ l² values, the l² of each level one after the other, and the top is (N…, levels, I…). With `pos`, the bottom is
 * (N…, T, T, I…) and its diagonal is reduced. The gradient goes to what was reduced.
 *
 * Wang et al.: Temporal Segment Networks, ECCV 2016, arXiv:1608.00859; BatchReduction of TSN's Caffe.
 */
export class BatchReductionLayer extends Layer<z.output<typeof BatchReductionParams>> {
  static type = "BatchReduction";
  static params = BatchReductionParams;
  static bottoms = 1;
  static tops = 1;
  static examples = [
    { bottoms: [[4, 3]] },
    { bottoms: [[2, 5, 3]], param: { reduction_param: { operation: "MEAN", axis: 1 }, level: [1, 2] } },
    { bottoms: [[2, 5, 3]], param: { reduction_param: { operation: "TOPK", axis: 1, k: 2 } } },
    { bottoms: [[2, 3, 3, 2]], param: { reduction_param: { operation: "MEAN", axis: 1 }, pos: true } },
  ];
  #layout = { outer: 0, ticks: [0], inner: 0 };
  /** Which values TOPK took: their places in the bottom, k for each of the top's. */
  #taken = new Uint32Array();

  /** Reads the parameters. Throws a RangeError when they contradict each other. */
  constructor(context: LayerContext<z.output<typeof BatchReductionParams>>) {
    super(context);
    const { level, pos, reduction_param: { operation } } = this.param;
    if ((pos || operation === "TOPK") && level.length > 1) {
      throw new RangeError(`Expected one level with ${pos ? "pos" : "TOPK"} but found ${level.length}`);
    }
    if (pos && operation === "TOPK") throw new RangeError("Expected SUM or MEAN with pos but found TOPK");
  }

  override reshape([x]: [Blob], [y]: [Blob]): void {
    refuseInPlace([x], [y]);
    const { level, pos, reduction_param: { axis: given, operation, k } } = this.param;
    const axis = given < 0 ? given + x.numAxes : given, size = x.shape[axis];
    if (size === undefined || (pos && x.shape[axis + 1] !== size)) {
      throw new RangeError(
        `Expected ${pos ? "two axes of one size" : "an axis"} at ${given} but found (${x.shape.join(", ")})`,
      );
    }
    const isWhole = level.length === 0 || (level.length === 1 && level[0] === 1);
    const ticks = isWhole ? [size] : level.map((side) => side * side);
    const all = ticks.reduce((sum, tick) => sum + tick, 0);
    if (all !== size) {
      throw new RangeError(`Expected ${all} values for levels ${level.join(", ")} but found ${size}`);
    }
    if (operation === "TOPK" && k > size) throw new RangeError(`Expected k up to ${size} but found ${k}`);
    const before = x.shape.slice(0, axis), after = x.shape.slice(axis + (pos ? 2 : 1));
    const product = (sizes: readonly number[]) => sizes.reduce((sum, each) => sum * each, 1);
    this.#layout = { outer: product(before), ticks, inner: product(after) };
    y.reshape([...before, ...(isWhole ? [] : [level.length]), ...after]);
    if (operation === "TOPK") this.#taken = new Uint32Array(y.count * k);
  }

  override forward([x]: [Blob], [y]: [Blob]): void {
    const from = x.data, to = y.data.fill(0);
    if (this.param.reduction_param.operation === "TOPK") return this.#takeBest(from, to);
    this.#each((at, place, factor) => to[place]! += factor * from[at]!);
  }

  override backward([y]: [Blob], [wanted]: boolean[], [x]: [Blob]): void {
    if (!wanted) return;
    const from = y.diff, to = x.diff.fill(0), { operation, k } = this.param.reduction_param;
    if (operation === "TOPK") this.#taken.forEach((at, i) => to[at] = from[Math.floor(i / k)]! / k);
    else this.#each((at, place, factor) => to[at] = factor * from[place]!);
  }

  /** Calls with the place of each value that is reduced, that of what it is reduced to, and its factor. */
  #each(call: (at: number, place: number, factor: number) => void): void {
    const { outer, ticks, inner } = this.#layout, { pos, reduction_param: { operation } } = this.param;
    for (let n = 0, at = 0, place = 0; n < outer; n++) {
      for (const tick of ticks) {
        const factor = operation === "MEAN" ? 1 / tick : 1, step = (pos ? tick + 1 : 1) * inner;
        for (let t = 0; t < tick; t++) {
          for (let i = 0; i < inner; i++) call(at + t * step + i, place + i, factor);
        }
        at += tick * (pos ? tick : 1) * inner;
        place += inner;
      }
    }
  }

  #takeBest(from: Float32Array, to: Float32Array): void {
    const { outer, ticks: [tick = 0], inner } = this.#layout, { k } = this.param.reduction_param;
    for (let n = 0, place = 0; n < outer; n++) {
      for (let i = 0; i < inner; i++, place++) {
        const places = Array.from({ length: tick }, (_, t) => (n * tick + t) * inner + i);
        const best = places.sort((a, b) => from[b]! - from[a]! || a - b).slice(0, k);
        this.#taken.set(best, place * k);
        to[place] = best.reduce((sum, at) => sum + from[at]!, 0) / k;
      }
    }
  }

  /** What {@link forward} computes, in ONNX. */
  static onnx(
    graph: GraphBuilder,
    layer: OnnxLayer<z.output<typeof BatchReductionParams>>,
  ): readonly OnnxValue[] {
    const { level, pos, reduction_param: { axis: given, operation, k } } = layer.param;
    const [x] = layer.bottoms, { length } = x.shape, axis = given < 0 ? given + length : given;
    const size = x.shape[axis]!, isWhole = level.length === 0 || (level.length === 1 && level[0] === 1);
    let from: OnnxValue = x;
    if (pos) {
      const [side] = numbers(layer, [size]) as [number], after = numbers(layer, x.shape.slice(axis + 2));
      from = reshaped(graph, x, [...x.shape.slice(0, axis).map(() => 0), side * side, ...after]);
      from = sliced(graph, from, [{ axis, step: side + 1 }]);
    }
    const reduce = (value: OnnxValue, keepdims: 0 | 1) =>
      operation === "SUM"
        ? graph.node("ReduceSum", [value, graph.ints([axis])], { keepdims })
        : graph.node("ReduceMean", [value], { axes: [axis], keepdims });
    if (operation === "TOPK") {
      [from] = graph.nodes("TopK", [from, graph.ints([k])], { axis }, 2) as [OnnxValue];
    }
    if (isWhole) return [reduce(from, 0)];
    const ticks = operation === "TOPK" ? [k] : level.map((side) => side * side);
    return [joined(graph, split(graph, from, ticks, axis).map((part) => reduce(part, 1)), axis)];
  }
}
