import type { Blob } from "../ffi/blob.ts";
import { Layer } from "./layer.ts";

/**
 * Half the mean squared distance: E = 1/(2N) Σ‖aₙ − bₙ‖². Bottoms a, b: (N, …) with equally many values; top:
 * the loss, a scalar. Both bottoms have a gradient: ±(a − b)/N.
 *
 * Caffe's EuclideanLoss, and its example of a Python layer (examples/pycaffe/layers/pyloss.py).
 */
export class EuclideanLossLayer extends Layer {
  static type = "EuclideanLoss";
  static isLoss = true;
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
    loss.reshape();
  }

  override forward([a, b]: [Blob, Blob], [loss]: [Blob]): void {
    loss.data[0] = this.ops.squaredDistance(a.data, b.data, this.#delta) / (2 * a.num);
  }

  override backward([loss]: [Blob], [towardsA, towardsB]: boolean[], [a, b]: [Blob, Blob]): void {
    const weight = loss.diff[0]! / a.num;
    if (towardsA) this.ops.scale(weight, this.#delta, a.diff);
    if (towardsB) this.ops.scale(-weight, this.#delta, b.diff);
  }
}
