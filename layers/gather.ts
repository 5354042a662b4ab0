import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../onnx/mod.ts";
import { Layer, type LayerContext } from "./layer.ts";
import { refuseInPlace } from "./shared/refuse_in_place.ts";

/** `gather_param` of a {@link GatherLayer}. */
export const GatherParams = z.strictObject({
  indices: z.array(z.int().min(0)).default([]).describe(
    "which items to take; without any, the layer is TSN's",
  ),
  shape: z.array(z.int().min(0)).default([]).describe(
    "the shape of indices, which takes the axis' place; 0: no axis",
  ),
  axis: z.int().default(0).describe("the axis to take from, from the end if negative"),
});

/**
 * Takes items of an axis, in any order: y[…, i, …] = x[…, `indices`[i], …], with the axes of `shape` in the axis' place.
 * The gradient of an item that is taken several times is the sum. Bottom and top: one each, of any shape.
 *
 * Without `indices` it is TSN's layer of the same name, which joins the batches of several processes: y = x, for any number of
 * bottoms and as many tops, since there is one process here.
 *
 * Gather of Synopsys' Caffe and of TSN's.
 */
export class GatherLayer extends Layer<z.output<typeof GatherParams>> {
  static type = "Gather";
  static params = GatherParams;
  static bottoms = [1, Infinity] as const;
  static tops = [1, Infinity] as const;
  static examples = [
    { bottoms: [[2, 4, 3]], param: { indices: [3, 0, 0, 1, 2, 2], shape: [2, 3], axis: 1 } },
    { bottoms: [[2, 4]], param: { indices: [1], shape: [0], axis: -1 } },
    { bottoms: [[2, 3], [2, 2]], tops: 2 },
  ];

  /** Reads the parameters. Throws a RangeError when they contradict each other. */
  constructor(context: LayerContext<z.output<typeof GatherParams>>) {
    super(context);
    const { indices, shape } = this.param, { bottom = [], top = [] } = context.layerParam;
    if (bottom.length !== top.length || (indices.length > 0 && bottom.length !== 1)) {
      const wanted = indices.length > 0
        ? "one bottom and one top"
        : `as many tops as bottoms, ${bottom.length},`;
      throw new RangeError(`Expected ${wanted} but found ${bottom.length} and ${top.length}`);
    }
    const count = shape.length === 1 && shape[0] === 0 ? 1 : shape.reduce((all, size) => all * size, 1);
    if (indices.length === 0 ? shape.length > 0 : count !== indices.length) {
      throw new RangeError(
        `Expected ${count} indices for shape (${shape.join(", ")}) but found ${indices.length}`,
      );
    }
  }

  override reshape(bottoms: Blob[], tops: Blob[]): void {
    const { indices, shape } = this.param;
    if (indices.length === 0) {
      for (const [i, x] of bottoms.entries()) if (tops[i] !== x) tops[i]!.reshapeLike(x);
      return;
    }
    refuseInPlace(bottoms, tops);
    const [x] = bottoms as [Blob], axis = this.#axis(x), size = x.shape[axis]!;
    const wrong = indices.find((index) => index >= size);
    if (wrong !== undefined) {
      throw new RangeError(`Expected indices from 0 to ${size - 1} but found ${wrong}`);
    }
    const taken = shape.length === 1 && shape[0] === 0 ? [] : shape;
    tops[0]!.reshape([...x.shape.slice(0, axis), ...taken, ...x.shape.slice(axis + 1)]);
  }

  override forward(bottoms: Blob[], tops: Blob[]): void {
    for (const [i, x] of bottoms.entries()) {
      const y = tops[i]!;
      if (this.param.indices.length > 0) {
        this.#each(x, (from, to, size) => y.data.set(x.data.subarray(from, from + size), to));
      } else if (y !== x) this.ops.copy(x.data, y.data);
    }
  }

  override backward(tops: Blob[], propagateDown: boolean[], bottoms: Blob[]): void {
    for (const [i, x] of bottoms.entries()) {
      const y = tops[i]!;
      if (!propagateDown[i] || y === x) continue;
      if (this.param.indices.length === 0) {
        this.ops.copy(y.diff, x.diff);
        continue;
      }
      const own = y.diff, sum = x.diff.fill(0);
      this.#each(x, (from, to, size) => {
        for (let k = 0; k < size; k++) sum[from + k]! += own[to + k]!;
      });
    }
  }

  #axis(x: Blob): number {
    const { axis } = this.param, at = axis < 0 ? axis + x.numAxes : axis;
    if (at < 0 || at >= x.numAxes) throw new RangeError(`Expected an axis of ${x.numAxes} but found ${axis}`);
    return at;
  }

  /** Calls with where each run of values is in the bottom and in the top, and how long it is. */
  #each(x: Blob, call: (from: number, to: number, size: number) => void): void {
    const axis = this.#axis(x), { indices } = this.param, length = x.shape[axis]!;
    const size = x.shape.slice(axis + 1).reduce((all, each) => all * each, 1);
    const outer = length * size === 0 ? 0 : x.count / (length * size);
    for (let o = 0, to = 0; o < outer; o++) {
      for (const index of indices) {
        call((o * length + index) * size, to, size);
        to += size;
      }
    }
  }

  /** What {@link forward} computes, in ONNX. */
  static onnx(
    graph: GraphBuilder,
    { bottoms, param }: OnnxLayer<z.output<typeof GatherParams>>,
  ): readonly OnnxValue[] {
    const { indices, shape, axis } = param, [x] = bottoms;
    if (indices.length === 0) return bottoms;
    const taken = graph.ints(indices, shape.length === 1 && shape[0] === 0 ? [] : shape);
    return [graph.node("Gather", [x, taken], { axis: axis < 0 ? axis + x.shape.length : axis })];
  }
}
