import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import { Layer } from "./layer.ts";

/** `loc_loss_param` of a {@link LocLossLayer}. */
export const LocLossParams = z.strictObject({
  threshold: z.number().positive().describe("t: values from −t to t cost nothing"),
});

/**
 * Half the mean square of how far values are outside of −t … t: E = 1/(2n) Σ max(0, |x| − t)² over all n values, so that a
 * spatial transformer stays inside of the image. Bottom: x, any shape; top: the loss, a scalar. Gradient: the distance with the
 * sign of x, divided by n.
 *
 * LocLoss of the Caffe of Spatial Transformer Networks.
 */
export class LocLossLayer extends Layer<z.output<typeof LocLossParams>> {
  static type = "LocLoss";
  static params = LocLossParams;
  static isLoss = true;
  static bottoms = 1;
  static tops = 1;
  static examples = [{ bottoms: [[3, 4]], param: { threshold: 0.3 } }];

  override reshape(_bottoms: Blob[], [loss]: [Blob]): void {
    loss.reshape();
  }

  override forward([x]: [Blob], [loss]: [Blob]): void {
    let sum = 0;
    for (const value of x.data) sum += outside(value, this.param.threshold) ** 2;
    loss.data[0] = sum / (2 * x.count);
  }

  override backward([loss]: [Blob], [wanted]: boolean[], [x]: [Blob]): void {
    if (!wanted) return;
    const from = x.data, to = x.diff, factor = loss.diff[0]! / x.count;
    for (let i = 0; i < to.length; i++) to[i] = factor * outside(from[i]!, this.param.threshold);
  }
}

/** How far a value is beyond ±`limit`, with its sign. */
function outside(value: number, limit: number): number {
  return Math.sign(value) * Math.max(0, Math.abs(value) - limit);
}
