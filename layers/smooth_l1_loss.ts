import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import { Layer } from "./layer.ts";
import { lossNormalizer } from "./shared/loss_normalizer.ts";

/** `param_str` of a {@link SmoothL1LossLayer}. */
export const SmoothL1LossParams = z.strictObject({
  sigma: z.number().positive().default(1).describe("the loss is quadratic for distances below 1/sigma²"),
});

/**
 * Huber loss, for bounding boxes: E = 1/N Σ w_out · f(w_in · (x − t)), with f(d) = ½(σd)² for |d| < 1/σ²,
 * else |d| − ½/σ². Bottoms: predictions x (N, …), targets t, and, if given, weights w_in and w_out, each with
 * equally many values; tops: the loss, a scalar, and, if there is a second, the sum over the channels of each
 * position (N, 1, …). With `loss_param { normalization }` that takes the place of N, as in R-FCN's fork; VALID and
 * FULL are the number of positions. Gradients: ∂E/∂x = w_out w_in f′(w_in · (x − t)) / N, with
 * f′(d) = σ² d for |d| < 1/σ², else sign d, and ∂E/∂t = −∂E/∂x. The weights have no gradient.
 *
 * Girshick: Fast R-CNN, ICCV 2015, arXiv:1504.08083; σ and the weights as in the Caffe fork of Faster R-CNN.
 */
export class SmoothL1LossLayer extends Layer<z.output<typeof SmoothL1LossParams>> {
  static type = "SmoothL1Loss";
  static params = SmoothL1LossParams;
  static reads = ["loss_param"];
  static isLoss = true;
  static bottoms = [2, 4] as const;
  static tops = [1, 2] as const;
  static examples = [0, 1, 2].map((weights) => ({
    // Weights are constants.
    bottoms: [[3, 4], [3, 4], ...Array.from({ length: weights }, () => ({ shape: [3, 4], gradient: false }))],
    param: { sigma: 2 },
  }));
  #slope = new Float32Array();

  override reshape(bottoms: [Blob, ...Blob[]], [loss, each]: [Blob, ...Blob[]]): void {
    const { count, shape } = bottoms[0];
    for (const bottom of bottoms) {
      if (bottom.count !== count) {
        throw new RangeError(`Expected all bottoms to have ${count} values but found ${bottom.count}`);
      }
    }
    if (this.#slope.length !== count) this.#slope = new Float32Array(count);
    loss.reshape();
    if (each === undefined) return;
    const [items, , ...rest] = shape;
    each.reshape(items!, 1, ...rest);
  }

  override forward([x, t, inside, outside]: [Blob, Blob, ...Blob[]], [loss, each]: [Blob, ...Blob[]]): void {
    const a = x.data, b = t.data, within = inside?.data, around = outside?.data;
    const square = this.param.sigma ** 2, slope = this.#slope;
    const losses = each?.data.fill(0), inner = this.#inner(x), block = a.length / x.shape[0]!;
    let sum = 0;
    for (let i = 0; i < a.length; i++) {
      const scale = within?.[i] ?? 1, weight = around?.[i] ?? 1;
      const d = scale * (a[i]! - b[i]!), distance = Math.abs(d);
      const quadratic = distance < 1 / square;
      const error = weight * (quadratic ? square * d * d / 2 : distance - 0.5 / square);
      sum += error;
      if (losses !== undefined) losses[Math.floor(i / block) * inner + i % inner]! += error;
      slope[i] = weight * scale * (quadratic ? square * d : Math.sign(d));
    }
    loss.data[0] = sum / this.#normalizer(x);
  }

  override backward([loss]: [Blob, ...Blob[]], propagateDown: boolean[], bottoms: Blob[]): void {
    const factor = loss.diff[0]! / this.#normalizer(bottoms[0]!), slope = this.#slope;
    for (const [i, bottom] of bottoms.entries()) {
      if (!propagateDown[i]) continue;
      const diff = bottom.diff;
      // Weights are constants.
      const sign = i === 0 ? factor : i === 1 ? -factor : 0;
      for (let k = 0; k < diff.length; k++) diff[k] = sign * slope[k]!;
    }
  }

  /** What the sum is divided by: the batch size, unless loss_param says otherwise. */
  #normalizer(x: Blob): number {
    const { loss_param: param } = this.layerParam, outer = x.shape[0]!;
    if (param === undefined) return outer;
    const positions = outer * this.#inner(x);
    return lossNormalizer(param, { outer, positions, valid: positions });
  }

  /** How many positions a channel of an item has. */
  #inner({ shape }: Blob): number {
    return shape.slice(2).reduce((product, size) => product * size, 1);
  }
}
