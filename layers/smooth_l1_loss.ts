import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import { Layer } from "./layer.ts";

/** `param_str` of a {@link SmoothL1LossLayer}. */
export const SmoothL1LossParams = z.strictObject({
  sigma: z.number().positive().default(1).describe("the loss is quadratic for distances below 1/sigma²"),
});

/**
 * Huber loss, for bounding boxes: E = 1/N Σ w_out · f(w_in · (x − t)), with f(d) = ½(σd)² for |d| < 1/σ²,
 * else |d| − ½/σ². Bottoms: predictions x (N, …), targets t, and, if given, weights w_in and w_out, each with
 * equally many values; top: the loss, a scalar. Gradients: ∂E/∂x = w_out w_in f′(w_in · (x − t)) / N, with
 * f′(d) = σ² d for |d| < 1/σ², else sign d, and ∂E/∂t = −∂E/∂x. The weights have no gradient.
 *
 * Girshick: Fast R-CNN, ICCV 2015, arXiv:1504.08083; σ and the weights as in the Caffe fork of Faster R-CNN.
 */
export class SmoothL1LossLayer extends Layer<z.output<typeof SmoothL1LossParams>> {
  static type = "SmoothL1Loss";
  static params = SmoothL1LossParams;
  static isLoss = true;
  static bottoms = [2, 4] as const;
  static tops = 1;
  static examples = [0, 1, 2].map((weights) => ({
    // Weights are constants.
    bottoms: [[3, 4], [3, 4], ...Array.from({ length: weights }, () => ({ shape: [3, 4], gradient: false }))],
    param: { sigma: 2 },
  }));
  #slope = new Float32Array();

  override reshape(bottoms: [Blob, ...Blob[]], [loss]: [Blob]): void {
    const { count } = bottoms[0];
    for (const bottom of bottoms) {
      if (bottom.count !== count) {
        throw new RangeError(`Expected all bottoms to have ${count} values but found ${bottom.count}`);
      }
    }
    if (this.#slope.length !== count) this.#slope = new Float32Array(count);
    loss.reshape();
  }

  override forward([x, t, inside, outside]: [Blob, Blob, ...Blob[]], [loss]: [Blob]): void {
    const a = x.data, b = t.data, within = inside?.data, around = outside?.data;
    const square = this.param.sigma ** 2, slope = this.#slope;
    let sum = 0;
    for (let i = 0; i < a.length; i++) {
      const scale = within?.[i] ?? 1, weight = around?.[i] ?? 1;
      const d = scale * (a[i]! - b[i]!), distance = Math.abs(d);
      const quadratic = distance < 1 / square;
      sum += weight * (quadratic ? square * d * d / 2 : distance - 0.5 / square);
      slope[i] = weight * scale * (quadratic ? square * d : Math.sign(d));
    }
    loss.data[0] = sum / x.num;
  }

  override backward([loss]: [Blob], propagateDown: boolean[], bottoms: Blob[]): void {
    const factor = loss.diff[0]! / bottoms[0]!.num, slope = this.#slope;
    for (const [i, bottom] of bottoms.entries()) {
      if (!propagateDown[i]) continue;
      const diff = bottom.diff;
      // Weights are constants.
      const sign = i === 0 ? factor : i === 1 ? -factor : 0;
      for (let k = 0; k < diff.length; k++) diff[k] = sign * slope[k]!;
    }
  }
}
