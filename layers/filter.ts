import type { Blob } from "../ffi/blob.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../onnx/mod.ts";
import { Layer } from "./layer.ts";
import { refuseInPlace } from "./shared/refuse_in_place.ts";

/**
 * Keeps the items of a batch that a selector does not mark with 0. Bottoms: one or more x (N, …), and the
 * selector (N) or (N, 1, …); tops: one y (M, …) for each x, with the M items whose selector is not 0, in
 * order. M is known in forward only: until then tops have the shape of the bottoms. y[m] = x[n] for the m-th n whose selector is not 0. Gradient: dx is dy for
 * the items that were kept and 0 for the others; the selector has none. Caffe's Filter.
 */
export class FilterLayer extends Layer {
  static type = "Filter";
  static bottoms = [2, Infinity] as const;
  static tops = [1, Infinity] as const;
  static countedAxis = 0;
  static examples = [{
    bottoms: [[4, 3], [4, 2, 2], { shape: [4], values: [1, 0, 2, 1] }],
    tops: 2,
  }];
  #kept: number[] | undefined;

  override setup(bottoms: Blob[], tops: Blob[]): void {
    if (tops.length === bottoms.length - 1) return;
    throw new RangeError(
      `Expected one top for each of the ${
        bottoms.length - 1
      } bottoms before the selector but found ${tops.length}`,
    );
  }

  override reshape(bottoms: Blob[], tops: Blob[]): void {
    refuseInPlace(bottoms, tops);
    const selector = bottoms.at(-1)!;
    if (selector.numAxes === 0 || selector.count !== selector.shape[0]) {
      throw new RangeError(`Expected a selector of shape (N) but found (${selector.shape.join(", ")})`);
    }
    for (const [i, top] of tops.entries()) {
      const [items, ...shape] = bottoms[i]!.shape;
      if (items !== selector.count) {
        throw new RangeError(
          `Expected ${selector.count} items in bottom ${i}, one for each value of the selector, but found ${items}`,
        );
      }
      top.reshape(this.#kept?.length ?? items, ...shape);
    }
  }

  override forward(bottoms: Blob[], tops: Blob[]): void {
    const selector = bottoms.at(-1)!.data;
    const kept: number[] = [];
    for (let n = 0; n < selector.length; n++) if (selector[n] !== 0) kept.push(n);
    this.#kept = kept;
    for (const [i, top] of tops.entries()) {
      const shape = bottoms[i]!.shape.slice(1);
      top.reshape(kept.length, ...shape);
      const from = bottoms[i]!.data, to = top.data, size = from.length / selector.length;
      for (const [m, n] of kept.entries()) to.set(from.subarray(n * size, (n + 1) * size), m * size);
    }
  }

  override backward(tops: Blob[], propagateDown: boolean[], bottoms: Blob[]): void {
    const kept = this.#kept ?? [], items = bottoms.at(-1)!.count;
    // The selector has no gradient, but force_backward asks for it.
    if (propagateDown[tops.length]) bottoms.at(-1)!.diff.fill(0);
    for (const [i, top] of tops.entries()) {
      if (!propagateDown[i]) continue;
      const from = top.diff, to = bottoms[i]!.diff, size = to.length / items;
      to.fill(0);
      for (const [m, n] of kept.entries()) to.set(from.subarray(m * size, (m + 1) * size), n * size);
    }
  }

  /** What {@link forward} computes, in ONNX. */
  static onnx(graph: GraphBuilder, { bottoms, tops }: OnnxLayer): readonly OnnxValue[] {
    const selector = graph.node("Reshape", [bottoms.at(-1), graph.ints([-1])]);
    const kept = graph.node("Not", [graph.node("Equal", [selector, graph.float(0)])]);
    return tops.map((_, i) => graph.node("Compress", [bottoms[i], kept], { axis: 0 }));
  }
}
