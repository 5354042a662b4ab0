import type { Blob } from "../ffi/blob.ts";
import { Layer } from "./layer.ts";
import { lossNormalizer } from "./shared/loss_normalizer.ts";

/**
 * Huber loss that also gives each position's loss, for hard examples: E = 1/M Σ f(w · (x − t)), with
 * f(d) = ½d² for |d| < 1, else |d| − ½. Bottoms: predictions x (N, C, …), targets t, and, if given, weights w,
 * each with equally many values; tops: the loss, a scalar, and, if there is a second, the sum over the channels
 * of each position (N, 1, …), or (N) for predictions (N, C). `loss_param { normalization }` sets M: by default the number of positions.
 * Gradients: ∂E/∂x = f′(w · (x − t)) / M and ∂E/∂t = −∂E/∂x, without the factor w, as in the fork: weights are 0
 * or 1 there. The weights have no gradient, nor has the second top.
 *
 * Shrivastava, Gupta, Girshick: Training Region-based Object Detectors with Online Hard Example Mining, CVPR
 * 2016, arXiv:1604.03540; R-FCN's fork of Caffe.
 */
export class SmoothL1LossOHEMLayer extends Layer {
  static type = "SmoothL1LossOHEM";
  static reads = ["loss_param"];
  static isLoss = true;
  static bottoms = [2, 3] as const;
  static tops = [1, 2] as const;
  static examples = [1, 2].flatMap((tops) => [
    { bottoms: [[3, 4, 2, 1], [3, 4, 2, 1]], tops },
    { bottoms: [[4, 3], [4, 3], { shape: [4, 3], values: [1, 0, 1, 1] }], tops },
  ]);
  #slope = new Float32Array();

  override reshape(bottoms: [Blob, ...Blob[]], [loss, each]: [Blob, ...Blob[]]): void {
    const { count, shape } = bottoms[0];
    for (const bottom of bottoms) {
      if (bottom.count === count) continue;
      throw new RangeError(`Expected all bottoms to have ${count} values but found ${bottom.count}`);
    }
    if (shape.length < 2) {
      throw new RangeError(`Expected predictions (N, C, …) but found (${shape.join(", ")})`);
    }
    if (this.#slope.length !== count) this.#slope = new Float32Array(count);
    loss.reshape();
    const [items, , ...rest] = shape;
    // As SoftmaxWithLossOHEM's for labels (N), with which it is added up.
    each?.reshape(rest.length === 0 ? [items!] : [items!, 1, ...rest]);
  }

  override forward([x, t, w]: [Blob, Blob, ...Blob[]], [loss, each]: [Blob, ...Blob[]]): void {
    const a = x.data, b = t.data, weight = w?.data, slope = this.#slope;
    const to = each?.data.fill(0);
    const [items = 0, channels = 0] = x.shape, inner = a.length / (items * channels);
    let sum = 0;
    for (let n = 0, i = 0; n < items; n++) {
      for (let c = 0; c < channels; c++) {
        for (let j = 0; j < inner; j++, i++) {
          const d = (weight?.[i] ?? 1) * (a[i]! - b[i]!), distance = Math.abs(d);
          const error = distance < 1 ? 0.5 * d * d : distance - 0.5;
          slope[i] = distance < 1 ? d : Math.sign(d);
          sum += error;
          if (to !== undefined) to[n * inner + j]! += error;
        }
      }
    }
    loss.data[0] = sum / this.#normalizer(x);
  }

  override backward([loss]: [Blob, ...Blob[]], propagateDown: boolean[], bottoms: [Blob, ...Blob[]]): void {
    const factor = loss.diff[0]! / this.#normalizer(bottoms[0]);
    for (const [i, bottom] of bottoms.entries()) {
      if (!propagateDown[i]) continue;
      const diff = bottom.diff;
      diff.set(this.#slope);
      this.ops.scale(i === 0 ? factor : i === 1 ? -factor : 0, diff); // weights are constants
    }
  }

  #normalizer({ shape, count }: Blob): number {
    const [outer = 0, channels = 1] = shape;
    const positions = count / channels;
    return lossNormalizer(this.layerParam.loss_param, { outer, positions, valid: positions });
  }
}
