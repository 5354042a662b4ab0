import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import { Layer } from "./layer.ts";

/** `st_loss_param` of an {@link STLossLayer}. */
export const STLossParams = z.strictObject({
  output_H: z.int().positive().describe("H: the height of what the transformer samples"),
  output_W: z.int().positive().describe("W: the width of what the transformer samples"),
});

/**
 * How far a spatial transformer samples outside of the image: E = 1/(2 N H W) Σ d², over the items and over the positions (s, t)
 * of the output, with u = 2 s/H − 1 and v = 2 t/W − 1 and d the distances of both coordinates of (θ₁ u + θ₂ v + θ₃,
 * θ₄ u + θ₅ v + θ₆) from −1 … 1. Bottom: θ (N, 6), as SpatialTransformer takes it; top: the loss, a scalar. The gradient
 * is that of E.
 *
 * STLoss of the Caffe of Spatial Transformer Networks.
 */
export class STLossLayer extends Layer<z.output<typeof STLossParams>> {
  static type = "STLoss";
  static params = STLossParams;
  static isLoss = true;
  static bottoms = 1;
  static tops = 1;
  static examples = [{
    bottoms: [{ shape: [2, 6], range: [-2, 2] as const }],
    param: { output_H: 3, output_W: 4 },
  }];

  override reshape([theta]: [Blob], [loss]: [Blob]): void {
    if (theta.count !== 6 * (theta.shape[0] ?? 0)) {
      throw new RangeError(`Expected a bottom (N, 6) but found (${theta.shape.join(", ")})`);
    }
    loss.reshape();
  }

  override forward([theta]: [Blob], [loss]: [Blob]): void {
    let sum = 0;
    this.#each(theta.data, (_place, distance) => sum += distance * distance);
    loss.data[0] = sum / (2 * this.#positions(theta));
  }

  override backward([loss]: [Blob], [wanted]: boolean[], [theta]: [Blob]): void {
    if (!wanted) return;
    const sums = new Float64Array(theta.count), factor = loss.diff[0]! / this.#positions(theta);
    this.#each(theta.data, (place, distance, u, v) => {
      sums[place]! += distance * u;
      sums[place + 1]! += distance * v;
      sums[place + 2]! += distance;
    });
    theta.diff.set(sums.map((sum) => factor * sum));
  }

  #positions(theta: Blob): number {
    return theta.shape[0]! * this.param.output_H * this.param.output_W;
  }

  /** Calls with each coordinate that is outside: the place of its row of θ, its distance, and the output's position. */
  #each(theta: Float32Array, call: (place: number, distance: number, u: number, v: number) => void): void {
    const { output_H: height, output_W: width } = this.param;
    for (let place = 0; place < theta.length; place += 3) {
      const [a, b, c] = theta.subarray(place, place + 3) as unknown as [number, number, number];
      for (let s = 0; s < height; s++) {
        for (let t = 0; t < width; t++) {
          const u = 2 * s / height - 1, v = 2 * t / width - 1, x = a * u + b * v + c;
          if (x < -1) call(place, x + 1, u, v);
          else if (x > 1) call(place, x - 1, u, v);
        }
      }
    }
  }
}
