import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import type { LayerRandom } from "../ffi/host/layer_random.ts";
import { Layer } from "./layer.ts";
import { refuseInPlace } from "./shared/refuse_in_place.ts";

/** `param_str` of a {@link MixupLayer}. */
export const MixupParams = z.strictObject({
  classes: z.int().min(2).describe("number of classes of the labels"),
  alpha: z.number().min(0).default(0.2)
    .describe("λ is drawn from Beta(α, α): a smaller α mixes less, 0 nothing"),
});

/**
 * Mixes each item of a batch with another, values and labels alike: y = λ x + (1 − λ) x_π and
 * q = λ onehot(t) + (1 − λ) onehot(t_π), with one λ ~ Beta(α, α) and one permutation π per batch. In phase
 * TEST, y = x and q = onehot(t). Bottoms: x (N, …) and labels t (N); tops: y, shaped like x, and the targets
 * q (N, classes), which the LabelSmoothing loss takes. Gradient: dx = λ dy + (1 − λ) dy', where dy' belongs
 * to the item that x was mixed into.
 *
 * Zhang, Cissé, Dauphin, Lopez-Paz: mixup: Beyond Empirical Risk Minimization, ICLR 2018, arXiv:1710.09412.
 */
export class MixupLayer extends Layer<z.output<typeof MixupParams>> {
  static type = "Mixup";
  static bottoms = 2;
  static tops = 2;
  static examples = [{
    bottoms: [[4, 3], { shape: [4], labels: 3 }],
    param: { classes: 3, alpha: 1 },
    random: true,
  }];
  static params = MixupParams;
  #partners: Uint32Array = new Uint32Array();
  #lambda = 1;

  override reshape([x, labels]: [Blob, Blob], [y, targets]: [Blob, Blob]): void {
    refuseInPlace([x], [y]);
    const items = x.shape[0] ?? 1;
    if (labels.count !== items) {
      throw new RangeError(`Expected ${items} labels, one for each item, but found ${labels.count}`);
    }
    y.reshapeLike(x);
    targets.reshape(items, this.param.classes);
  }

  override forward([x, labels]: [Blob, Blob], [y, targets]: [Blob, Blob]): void {
    const items = labels.count, { classes, alpha } = this.param;
    this.#lambda = 1;
    if (this.phase !== "TEST" && alpha > 0) {
      this.#lambda = beta(alpha, this.random);
      this.#partners = this.random.permutation(items);
    }
    const lambda = this.#lambda;
    const q = targets.data.fill(0), of = labels.data;
    for (let n = 0; n < items; n++) {
      const label = of[n]!;
      if (!(Number.isInteger(label) && label >= 0 && label < classes)) {
        throw new RangeError(`Expected labels from 0 to ${classes - 1} but found ${label}`);
      }
      q[n * classes + label]! += lambda;
      if (lambda < 1) q[n * classes + of[this.#partners[n]!]!]! += 1 - lambda;
    }
    const from = x.data, to = y.data, size = from.length / Math.max(items, 1);
    this.ops.scale(lambda, from, to);
    if (lambda === 1) return;
    for (let n = 0; n < items; n++) {
      const partner = this.#partners[n]!;
      const other = from.subarray(partner * size, (partner + 1) * size);
      this.ops.axpy(1 - lambda, other, to.subarray(n * size, (n + 1) * size));
    }
  }

  override backward([y]: [Blob, Blob], wanted: boolean[], [x, labels]: [Blob, Blob]): void {
    if (wanted[1]) labels.diff.fill(0); // labels have no gradient, but force_backward asks for it
    if (!wanted[0]) return;
    const from = y.diff, to = x.diff, items = labels.count, size = from.length / Math.max(items, 1);
    this.ops.scale(this.#lambda, from, to);
    if (this.#lambda === 1) return;
    for (let n = 0; n < items; n++) {
      const partner = this.#partners[n]!;
      const other = to.subarray(partner * size, (partner + 1) * size);
      this.ops.axpy(1 - this.#lambda, from.subarray(n * size, (n + 1) * size), other);
    }
  }
}

/** Draws from Beta(α, α). */
function beta(alpha: number, random: LayerRandom): number {
  // From the logarithms of two Gamma variates, which themselves underflow for a small α.
  return 1 / (1 + Math.exp(logGamma(alpha, random) - logGamma(alpha, random)));
}

/**
 * Draws the logarithm of a Gamma(α) variate. Marsaglia, Tsang: A simple method for generating gamma
 * variables, ACM Transactions on Mathematical Software 26, 2000; for α < 1 as Gamma(α + 1) U^(1/α).
 */
function logGamma(alpha: number, random: LayerRandom): number {
  // Above 0, for the logarithm.
  const uniform = () => 1 - random.uniform();
  if (alpha < 1) return logGamma(alpha + 1, random) + Math.log(uniform()) / alpha;
  const d = alpha - 1 / 3, c = 1 / Math.sqrt(9 * d);
  while (true) {
    const normal = random.gaussian();
    const v = (1 + c * normal) ** 3;
    if (v > 0 && Math.log(uniform()) < 0.5 * normal * normal + d - d * v + d * Math.log(v)) {
      return Math.log(d * v);
    }
  }
}
