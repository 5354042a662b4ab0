import type { Blob } from "../ffi/blob.ts";
import { Layer } from "./layer.ts";
import { difference, scale, scaleBothWays } from "./vector_loops.ts";

/**
 * Half the mean squared distance: E = 1/(2N) Σ‖aₙ − bₙ‖². Bottoms a, b: (N, …) of as many values; top: the loss, a scalar.
 * Both bottoms can take a gradient: ±(a − b)/N. Give it `loss_weight: 1`, for a script layer has none of itself.
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
    loss.reshape();
  }

  override forward([a, b]: [Blob, Blob], [loss]: [Blob]): void {
    loss.data[0] = difference(a.data, b.data, this.#delta) / (2 * a.num);
  }

  override backward([loss]: [Blob], [towardsA, towardsB]: boolean[], [a, b]: [Blob, Blob]): void {
    const weight = loss.diff[0]! / a.num;
    if (towardsA && towardsB && a !== b) return scaleBothWays(this.#delta, weight, a.diff, b.diff);
    if (towardsA) scale(this.#delta, weight, a.diff);
    if (towardsB) scale(this.#delta, -weight, b.diff);
  }
}
