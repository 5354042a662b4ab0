import type { Blob } from "../ffi/blob.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../onnx/mod.ts";
import { cast } from "../onnx/graph_parts.ts";
import { Layer } from "./layer.ts";
import { refuseInPlace } from "./shared/refuse_in_place.ts";

/**
 * Picks items of a batch, in any order and any number of times: y[m] = x[index[m]]. Bottoms: x (N, …) and
 * indices (M), from 0 to N − 1; top y: (M, …). Gradient: dx[n] = Σ dy[m] over the m with index[m] = n; indices
 * have none. Caffe's BatchReindex.
 */
export class BatchReindexLayer extends Layer {
  static type = "BatchReindex";
  static bottoms = 2;
  static tops = 1;
  static examples = [{ bottoms: [[4, 3], { shape: [5], values: [2, 0, 2, 3, 1] }] }];

  override reshape([x, index]: [Blob, Blob], [y]: [Blob]): void {
    refuseInPlace([x], [y]);
    if (index.numAxes !== 1 || x.numAxes === 0) {
      throw new RangeError(
        `Expected items (N, …) and indices (M) but found (${x.shape.join(", ")}) and (${
          index.shape.join(", ")
        })`,
      );
    }
    y.reshape(index.count, ...x.shape.slice(1));
  }

  override forward([x, index]: [Blob, Blob], [y]: [Blob]): void {
    const from = x.data, to = y.data, size = sizeOf(x);
    for (const [m, n] of this.#indices(x, index)) to.set(from.subarray(n * size, (n + 1) * size), m * size);
  }

  override backward([y]: [Blob], propagateDown: boolean[], [x, index]: [Blob, Blob]): void {
    if (propagateDown[1]) index.diff.fill(0); // indices have no gradient, but force_backward asks for it
    if (!propagateDown[0]) return;
    const from = y.diff, to = x.diff, size = sizeOf(x);
    to.fill(0);
    for (const [m, n] of this.#indices(x, index)) {
      this.ops.axpy(1, from.subarray(m * size, (m + 1) * size), to.subarray(n * size, (n + 1) * size));
    }
  }

  /** Each item of the top with its item of the bottom. Throws a RangeError for an index of no item. */
  *#indices(x: Blob, index: Blob): Generator<[to: number, from: number]> {
    const items = x.shape[0]!;
    for (const [m, value] of index.data.entries()) {
      const n = Math.trunc(value);
      if (!(value >= 0 && n < items)) {
        throw new RangeError(`Expected indices from 0 to ${items - 1} but found ${value} at ${m}`);
      }
      yield [m, n];
    }
  }

  /** What {@link forward} computes, in ONNX. */
  static onnx(graph: GraphBuilder, { bottoms: [x, index] }: OnnxLayer): readonly OnnxValue[] {
    return [graph.node("Gather", [x, cast(graph, index!, 7)], { axis: 0 })];
  }
}

/** How many values an item has. */
function sizeOf({ shape }: Blob): number {
  return shape.slice(1).reduce((product, length) => product * length, 1);
}
