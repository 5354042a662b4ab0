import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import { Layer } from "./layer.ts";
import { LossLabels } from "./shared/loss_labels.ts";
import { refuseInPlace } from "./shared/refuse_in_place.ts";

/** `cosin_add_m_param` of a {@link CosinAddmLayer}. */
export const CosinAddmParams = z.strictObject({
  m: z.number().min(0).lt(Math.PI).default(0.5).describe("the margin, in radians"),
  transform_test: z.boolean().default(false).describe("without effect, as in the fork"),
});

/**
 * Adds a margin to the angle between an item and its class: y[n, c] = cos(θ + m), if c is the label of n and
 * x[n, c] = cos θ, else x[n, c]. If θ + m ≥ π, y is cos θ − m sin m instead. Bottoms: cosines x (N, C, …) and labels (N); top:
 * the same shape as x. Gradient for the label's class: (cos m + sin m cos θ / sin θ) dy, or dy where θ + m ≥ π or
 * θ = 0. Unlike `LabelSpecificAdd`, it works in testing too.
 *
 * Deng, Guo, Xue, Zafeiriou: ArcFace, CVPR 2019; CosinAddm of xialuxi's arcface-caffe.
 */
export class CosinAddmLayer extends Layer<z.output<typeof CosinAddmParams>> {
  static type = "CosinAddm";
  static typeParam = "cosin_add_m_param";
  static params = CosinAddmParams;
  static bottoms = 2;
  static tops = 1;
  static examples = [
    { bottoms: [{ shape: [4, 5], range: [-0.8, 0.8] as const }, { shape: [4], labels: 5 }] },
    {
      bottoms: [{ shape: [4, 5], range: [-0.9, -0.7] as const }, { shape: [4], labels: 5 }],
      param: { m: 1.5 },
    },
  ];
  readonly #labels = new LossLabels({});
  // ∂y/∂x of each item's class.
  #slope = new Float32Array();

  override reshape([x, labels]: [Blob, Blob], [y]: [Blob]): void {
    refuseInPlace([x], [y]);
    if (labels.count !== x.num) {
      throw new RangeError(`Expected ${x.num} labels, one for each item, but found ${labels.count}`);
    }
    if (this.#slope.length !== x.num) this.#slope = new Float32Array(x.num);
    y.reshapeLike(x);
  }

  override forward([x, labels]: [Blob, Blob], [y]: [Blob]): void {
    this.ops.copy(x.data, y.data);
    const { m } = this.param, from = x.data, to = y.data, size = x.count / x.num;
    this.#labels.read(labels.data, size);
    for (const [n, c] of this.#labels.classes.entries()) {
      const cosine = Math.min(1, Math.max(-1, from[n * size + c]!)), sine = Math.sqrt(1 - cosine * cosine);
      const beyond = cosine <= Math.cos(Math.PI - m);
      to[n * size + c] = beyond ? cosine - m * Math.sin(m) : cosine * Math.cos(m) - sine * Math.sin(m);
      this.#slope[n] = beyond || sine === 0 ? 1 : Math.cos(m) + Math.sin(m) * cosine / sine;
    }
  }

  override backward([y]: [Blob], propagateDown: boolean[], [x, labels]: [Blob, Blob]): void {
    if (propagateDown[1]) labels.diff.fill(0);
    if (!propagateDown[0]) return;
    this.ops.copy(y.diff, x.diff);
    const to = x.diff, size = x.count / x.num;
    for (const [n, c] of this.#labels.classes.entries()) to[n * size + c]! *= this.#slope[n]!;
  }
}
