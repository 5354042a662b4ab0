import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import { Layer } from "./layer.ts";

/** `triplet_loss_param` and `param_str` of a {@link TripletLossLayer}. */
export const TripletLossParams = z.strictObject({
  margin: z.number().min(0).default(1).describe(
    "how much farther away the negative should be, in squared distance",
  ),
});

/**
 * Pulls anchors towards positives and away from negatives: E = 1/N Σ max(0, ‖a − p‖² − ‖a − n‖² + margin).
 * Bottoms: anchors a, positives p and negatives n, each (N, D); top: the loss, a scalar. Gradients of a
 * triplet with a loss above 0: 2(n − p)/N, 2(p − a)/N, 2(a − n)/N.
 *
 * Schroff, Kalenichenko, Philbin: FaceNet, CVPR 2015. The TripletLoss of caffe-windows is half of it: there
 * `loss_weight: 1` is 0.5 here.
 */
export class TripletLossLayer extends Layer<z.output<typeof TripletLossParams>> {
  static type = "TripletLoss";
  static params = TripletLossParams;
  static isLoss = true;
  static bottoms = 3;
  static tops = 1;
  #counts = new Uint8Array();

  override reshape(bottoms: [Blob, Blob, Blob], [loss]: [Blob]): void {
    const [anchor] = bottoms;
    for (const bottom of bottoms) {
      if (bottom.count !== anchor.count) {
        throw new RangeError(`Expected three bottoms of ${anchor.count} values but found ${bottom.count}`);
      }
    }
    const items = anchor.shape[0] ?? 1;
    if (this.#counts.length !== items) this.#counts = new Uint8Array(items);
    loss.reshape();
  }

  override forward([anchor, positive, negative]: [Blob, Blob, Blob], [loss]: [Blob]): void {
    const a = anchor.data, p = positive.data, n = negative.data;
    const items = this.#counts.length, size = a.length / items;
    let sum = 0;
    for (let item = 0; item < items; item++) {
      let distance = this.param.margin;
      for (let i = item * size; i < (item + 1) * size; i++) {
        distance += (a[i]! - p[i]!) ** 2 - (a[i]! - n[i]!) ** 2;
      }
      this.#counts[item] = distance > 0 ? 1 : 0;
      if (distance > 0) sum += distance;
    }
    loss.data[0] = items === 0 ? 0 : sum / items;
  }

  override backward([loss]: [Blob], propagateDown: boolean[], bottoms: [Blob, Blob, Blob]): void {
    const [a, p, n] = bottoms.map((bottom) => bottom.data) as [Float32Array, Float32Array, Float32Array];
    const pairs = [[n, p], [p, a], [a, n]] as const;
    const items = this.#counts.length, size = a.length / items;
    const factor = 2 * loss.diff[0]! / items;
    for (const [k, [plus, minus]] of pairs.entries()) {
      if (!propagateDown[k]) continue;
      const diff = bottoms[k]!.diff;
      for (let item = 0; item < items; item++) {
        const scale = this.#counts[item]! * factor;
        for (let i = item * size; i < (item + 1) * size; i++) diff[i] = scale * (plus[i]! - minus[i]!);
      }
    }
  }
}
