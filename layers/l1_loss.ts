import type { Blob } from "../ffi/blob.ts";
import { Layer } from "./layer.ts";

/**
 * The absolute distance: E = 1/N Σ|a − b|. Bottoms a, b: (N, …) with equally many values; top: the loss, a scalar. Both
 * bottoms have a gradient: ±sign(a − b)/N.
 *
 * L1Loss of NVIDIA's and other forks of Caffe.
 */
export class L1LossLayer extends Layer {
  static type = "L1Loss";
  static reads = ["loss_param"]; // without effect, as in the forks
  static isLoss = true;
  static bottoms = 2;
  static tops = 1;

  override reshape([a, b]: [Blob, Blob], [loss]: [Blob]): void {
    if (a.count !== b.count) {
      throw new RangeError(
        `Expected both bottoms to have ${a.count} values but found ${b.count} in the second`,
      );
    }
    loss.reshape();
  }

  override forward([a, b]: [Blob, Blob], [loss]: [Blob]): void {
    const left = a.data, right = b.data;
    let sum = 0;
    for (let i = 0; i < left.length; i++) sum += Math.abs(left[i]! - right[i]!);
    loss.data[0] = sum / a.num;
  }

  override backward([loss]: [Blob], propagateDown: boolean[], bottoms: [Blob, Blob]): void {
    const [a, b] = bottoms, left = a.data, right = b.data;
    for (const [k, sign] of [[0, 1], [1, -1]] as const) {
      if (!propagateDown[k]) continue;
      const to = bottoms[k].diff, weight = sign * loss.diff[0]! / a.num;
      for (let i = 0; i < to.length; i++) to[i] = weight * Math.sign(left[i]! - right[i]!);
    }
  }
}
