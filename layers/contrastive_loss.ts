import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import { Layer } from "./layer.ts";

/** `param_str` of a {@link ContrastiveLossLayer}. */
export const ContrastiveLossParams = z.strictObject({
  margin: z.number().min(0).default(1).describe("the least distance for items of different classes"),
  legacy_version: z.boolean().default(false).describe(
    "margin − d² instead of (margin − d)², as in old versions of Caffe",
  ),
});

/**
 * Pulls pairs together or pushes them apart: E = 1/(2N) Σ y d² + (1 − y) max(0, margin − d)², where
 * d = ‖a − b‖; with `legacy_version` max(0, margin − d²) for pairs of different classes. Bottoms: a and b
 * (N, D), and y (N), which is 1 for pairs of the same class and 0 for others; top: the loss, a scalar.
 * Gradients of a and b: ±(a − b)/N for a pair of the same class, ∓(margin − d)/(d + 10⁻⁴) · (a − b)/N for
 * another pair within the margin, or ∓(a − b)/N with `legacy_version`. The 10⁻⁴ is Caffe's, against d = 0.
 *
 * Hadsell, Chopra, LeCun: Dimensionality Reduction by Learning an Invariant Mapping, CVPR 2006; Caffe's
 * ContrastiveLoss.
 */
export class ContrastiveLossLayer extends Layer<z.output<typeof ContrastiveLossParams>> {
  static type = "ContrastiveLoss";
  static params = ContrastiveLossParams;
  static reads = ["loss_param"]; // without effect, as in Caffe
  static isLoss = true;
  static bottoms = 3;
  static tops = 1;
  // The factor of a − b in each pair's gradient, before 1/N.
  #slope = new Float32Array();

  override reshape([a, b, y]: [Blob, Blob, Blob], [loss]: [Blob]): void {
    if (a.count !== b.count) {
      throw new RangeError(`Expected a and b to have ${a.count} values but found ${b.count} in b`);
    }
    if (y.count !== a.shape[0]!) {
      throw new RangeError(`Expected ${a.shape[0]!} labels, one for each pair, but found ${y.count}`);
    }
    if (this.#slope.length !== a.shape[0]!) this.#slope = new Float32Array(a.shape[0]!);
    loss.reshape();
  }

  override forward([a, b, y]: [Blob, Blob, Blob], [loss]: [Blob]): void {
    const x = a.data, z = b.data, alike = y.data;
    const { margin, legacy_version: legacy } = this.param;
    const items = this.#slope.length, size = x.length / items;
    let sum = 0;
    for (let n = 0; n < items; n++) {
      let square = 0;
      for (let i = n * size; i < (n + 1) * size; i++) square += (x[i]! - z[i]!) ** 2;
      if (Math.trunc(alike[n]!) !== 0) {
        sum += square;
        this.#slope[n] = 1;
      } else if (legacy) {
        sum += Math.max(0, margin - square);
        this.#slope[n] = square < margin ? -1 : 0;
      } else {
        const distance = Math.sqrt(square);
        const rest = Math.max(0, margin - distance);
        sum += rest * rest;
        this.#slope[n] = -rest / (distance + 1e-4);
      }
    }
    loss.data[0] = items === 0 ? 0 : sum / (2 * items);
  }

  override backward([loss]: [Blob], propagateDown: boolean[], [a, b, y]: [Blob, Blob, Blob]): void {
    if (propagateDown[2]) y.diff.fill(0); // labels have no gradient, but force_backward asks for it
    const x = a.data, z = b.data;
    const items = this.#slope.length, size = x.length / items;
    for (const [k, bottom] of [a, b].entries()) {
      if (!propagateDown[k]) continue;
      const diff = bottom.diff, factor = (k === 0 ? 1 : -1) * loss.diff[0]! / items;
      for (let n = 0; n < items; n++) {
        const scale = factor * this.#slope[n]!;
        for (let i = n * size; i < (n + 1) * size; i++) diff[i] = scale * (x[i]! - z[i]!);
      }
    }
  }
}
