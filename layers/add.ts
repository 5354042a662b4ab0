import type { Blob } from "../ffi/blob.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../onnx/mod.ts";
import { Layer } from "./layer.ts";
import { Broadcast } from "./shared/broadcast.ts";
import { refuseInPlace } from "./shared/refuse_in_place.ts";

/**
 * The sum of two arrays, whose axes of 1 are repeated: y = a + b. Bottoms: a and b. Axes count from the last, as in
 * numpy: (N, C, H, W) plus (C, 1, 1) is (N, C, H, W). Gradients: da is the sum of dy over the places of an element of a;
 * db likewise.
 *
 * Add of Synopsys' Caffe, which has no gradient.
 */
export class AddLayer extends Layer {
  static type = "Add";
  static bottoms = 2;
  static tops = 1;
  static examples = [
    { bottoms: [[2, 3, 2], [2, 3, 2]] },
    { bottoms: [[2, 1, 3], { shape: [4, 1], batchAxis: null }] },
    { bottoms: [{ shape: [3], batchAxis: null }, [2, 3]] },
  ];
  readonly #both = new Broadcast();

  override reshape([a, b]: [Blob, Blob], [y]: [Blob]): void {
    refuseInPlace([a, b], [y]);
    this.#both.prepare(a.shape, b.shape);
    y.reshape(this.#both.shape);
  }

  override forward([a, b]: [Blob, Blob], [y]: [Blob]): void {
    const { first, second } = this.#both, left = a.data, right = b.data, to = y.data;
    for (let i = 0; i < to.length; i++) to[i] = left[first[i]!]! + right[second[i]!]!;
  }

  override backward([y]: [Blob], propagateDown: boolean[], bottoms: [Blob, Blob]): void {
    const dy = y.diff;
    for (const [k, index] of [this.#both.first, this.#both.second].entries()) {
      if (!propagateDown[k]) continue;
      const to = bottoms[k]!.diff.fill(0);
      for (let i = 0; i < dy.length; i++) to[index[i]!]! += dy[i]!;
    }
  }

  /** What {@link forward} computes, in ONNX. */
  static onnx(graph: GraphBuilder, { bottoms: [a, b] }: OnnxLayer): readonly OnnxValue[] {
    return [graph.node("Add", [a, b])];
  }
}
