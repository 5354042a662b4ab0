import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import { Layer } from "./layer.ts";

/** `param_str` of a {@link DiceLossLayer}. */
export const DiceLossParams = z.strictObject({
  smooth: z.number().min(0).default(1).describe(
    "added to numerator and denominator, for items without foreground",
  ),
  squared: z.boolean().default(true).describe(
    "squares in the denominator, as in V-Net, instead of plain sums",
  ),
  per_item: z.boolean().default(true).describe(
    "the mean of one loss per item, instead of one for the whole batch",
  ),
});

/**
 * 1 − the Dice coefficient of prediction and mask: E = 1 − (2 Σ p g + s) / (Σ p² + Σ g² + s), the mean over
 * the items. Bottoms: probabilities p (N, …) and as many mask values g, from 0 to 1; top: the loss, a scalar.
 * Gradient, and likewise for g: ∂E/∂p = (2p (2 Σpg + s) − 2g B) / B², where B is the denominator.
 *
 * Milletari, Navab, Ahmadi: V-Net, 3DV 2016.
 */
export class DiceLossLayer extends Layer<z.output<typeof DiceLossParams>> {
  static type = "DiceLoss";
  static aliases = ["DiceCoefLoss"];
  static params = DiceLossParams;
  static isLoss = true;
  static bottoms = 2;
  static tops = 1;
  // Numerator and denominator of each item.
  #above = new Float64Array();
  #below = new Float64Array();

  override reshape([p, g]: [Blob, Blob], [loss]: [Blob]): void {
    if (p.count !== g.count) {
      throw new RangeError(
        `Expected both bottoms to have ${p.count} values but found ${g.count} in the second`,
      );
    }
    const items = this.param.per_item ? p.shape[0] ?? 1 : 1;
    if (this.#above.length !== items) {
      this.#above = new Float64Array(items);
      this.#below = new Float64Array(items);
    }
    loss.reshape();
  }

  override forward([p, g]: [Blob, Blob], [loss]: [Blob]): void {
    const a = p.data, b = g.data, { smooth, squared } = this.param;
    const items = this.#above.length, size = a.length / items;
    let sum = 0;
    for (let n = 0; n < items; n++) {
      let shared = 0, whole = 0;
      for (let i = n * size; i < (n + 1) * size; i++) {
        shared += a[i]! * b[i]!;
        whole += squared ? a[i]! * a[i]! + b[i]! * b[i]! : a[i]! + b[i]!;
      }
      this.#above[n] = 2 * shared + smooth;
      this.#below[n] = whole + smooth;
      // Two empty masks are equal.
      if (this.#below[n] !== 0) sum += 1 - this.#above[n]! / this.#below[n]!;
    }
    loss.data[0] = items === 0 ? 0 : sum / items;
  }

  override backward([loss]: [Blob], propagateDown: boolean[], [p, g]: [Blob, Blob]): void {
    const a = p.data, b = g.data;
    if (propagateDown[0]) this.#gradient(a, b, p.diff, loss.diff[0]!);
    if (propagateDown[1]) this.#gradient(b, a, g.diff, loss.diff[0]!);
  }

  #gradient(own: Float32Array, other: Float32Array, to: Float32Array, weight: number): void {
    const items = this.#above.length, size = to.length / items;
    for (let n = 0; n < items; n++) {
      const above = this.#above[n]!, below = this.#below[n]!;
      const factor = below === 0 ? 0 : weight / (items * below * below);
      for (let i = n * size; i < (n + 1) * size; i++) {
        const slope = this.param.squared ? 2 * own[i]! : 1;
        to[i] = factor * (slope * above - 2 * other[i]! * below);
      }
    }
  }
}
