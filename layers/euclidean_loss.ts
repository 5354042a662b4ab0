import type { Blob } from "../ffi/blob.ts";
import { Layer } from "./layer.ts";

/**
 * Half the mean squared distance: E = 1/(2N) Σ‖aₙ − bₙ‖². Bottoms a, b: (N, …) of as many values; top: (1), the loss.
 * Both bottoms can take a gradient. Give it `loss_weight: 1`, for a script layer has none of itself.
 *
 * The classic example of a Python layer (Caffe, examples/pycaffe/layers/pyloss.py), and Caffe's EuclideanLoss.
 */
export class EuclideanLossLayer extends Layer {
  static bottoms = 2;
  static tops = 1;
  #delta = new Float32Array();

  override reshape([a, b]: [Blob, Blob], [loss]: [Blob]): void {
    const count = a.count;
    if (count !== b.count) {
      throw new RangeError(
        `Expected both bottoms to have ${count} values but found ${b.count} in the second`,
      );
    }
    if (this.#delta.length !== count) this.#delta = new Float32Array(count);
    loss.reshape(1);
  }

  override forward([a, b]: [Blob, Blob], [loss]: [Blob]): void {
    const delta = this.#delta, x = a.data, y = b.data;
    const even = delta.length & ~1;
    let sum = 0, odd = 0; // two sums, so that one addition need not wait for the other
    for (let i = 0; i < even; i += 2) {
      const d = x[i]! - y[i]!, e = x[i + 1]! - y[i + 1]!;
      delta[i] = d;
      delta[i + 1] = e;
      sum += d * d;
      odd += e * e;
    }
    if (even < delta.length) {
      const d = x[even]! - y[even]!;
      delta[even] = d;
      sum += d * d;
    }
    loss.data[0] = (sum + odd) / (2 * a.num);
  }

  override backward([loss]: [Blob], propagateDown: boolean[], bottoms: [Blob, Blob]): void {
    const delta = this.#delta, weight = loss.diff[0]!;
    bottoms.forEach((bottom, which) => {
      if (!propagateDown[which]) return;
      const diff = bottom.diff;
      const scale = (which === 0 ? weight : -weight) / bottom.num;
      for (let i = 0; i < delta.length; i++) diff[i] = scale * delta[i]!;
    });
  }
}
