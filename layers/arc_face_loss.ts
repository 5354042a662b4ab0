import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import { Layer } from "./layer.ts";
import { LossLabels } from "./shared/loss_labels.ts";
import { softmax } from "./shared/softmax.ts";

/** `param_str` of an {@link ArcFaceLossLayer}. */
export const ArcFaceLossParams = z.strictObject({
  classes: z.int().positive().describe("number of classes, each of which has a direction"),
  scale: z.number().positive().default(64).describe("s: factor for the cosines before the softmax"),
  margin: z.number().min(0).lt(Math.PI).default(0.5).describe(
    "m: added to the angle to the item's class, in radians",
  ),
});

/** A shorter vector counts as zero: its direction is zero, and it has no gradient. */
const LEAST = 1e-12;

/**
 * Softmax loss over angles, with a margin for the item's class: E = −1/N Σᵢ log softmax(s · z)(yᵢ), where
 * z_j = cos θ_j for j ≠ yᵢ and z_j = cos(θ_j + m) for j = yᵢ, and θ_j is the angle between item i and
 * direction w_j. If θ + m > π, z is cos θ − m sin m instead, so that z always falls as θ grows. Bottoms:
 * features x (N, D, …) and labels y (N). Tops: the loss, a scalar, and, if there is a second,
 * s · cos θ (N, classes), for an Accuracy layer. The layer's parameter holds the directions w (classes, D);
 * their lengths do not matter.
 *
 * Deng, Guo, Xue, Zafeiriou: ArcFace, CVPR 2019.
 */
export class ArcFaceLossLayer extends Layer<z.output<typeof ArcFaceLossParams>> {
  static type = "ArcFaceLoss";
  static params = ArcFaceLossParams;
  static isLoss = true;
  static bottoms = 2;
  static tops = [1, 2] as const;
  static examples = [1, 2].map((tops) => ({
    bottoms: [[4, 5], { shape: [4], labels: 3 }],
    tops,
    param: { classes: 3, scale: 4 },
  }));
  readonly #labels = new LossLabels({});
  #weights!: Blob;
  #x = new Unit();
  #w = new Unit();
  #cosines = new Float32Array();
  #prob = new Float32Array();
  // ∂cos(θ + m)/∂cos θ of each item.
  #bend = new Float32Array();

  override setup([x]: [Blob, Blob]): void {
    const size = x.shape.slice(1).reduce((product, length) => product * length, 1);
    this.#weights = this.blobs.add([this.param.classes, size], { type: "xavier" });
  }

  override reshape([x, labels]: [Blob, Blob], [loss, logits]: [Blob, ...Blob[]]): void {
    const size = this.#weights.shape[1]!, items = x.num, { classes } = this.param;
    if (x.count !== items * size) {
      throw new RangeError(`Expected items of ${size} values but found ${x.count / items}`);
    }
    if (labels.count !== items) {
      throw new RangeError(`Expected ${items} labels, one for each item, but found ${labels.count}`);
    }
    if (this.#bend.length !== items) {
      this.#bend = new Float32Array(items);
      this.#cosines = new Float32Array(items * classes);
      this.#prob = new Float32Array(items * classes);
    }
    loss.reshape();
    logits?.reshape(items, classes);
  }

  override forward([x, labels]: [Blob, Blob], [loss, logits]: [Blob, ...Blob[]]): void {
    const { classes, scale, margin } = this.param;
    const items = this.#bend.length, size = this.#weights.shape[1]!;
    this.#labels.read(labels.data, classes);
    this.#x.read(x.data, items);
    this.#w.read(this.#weights.data, classes);
    const a = this.#x.values, b = this.#w.values, cosines = this.#cosines, prob = this.#prob;
    for (let n = 0; n < items; n++) {
      for (let c = 0; c < classes; c++) {
        let dot = 0;
        for (let i = 0; i < size; i++) dot += a[n * size + i]! * b[c * size + i]!;
        cosines[n * classes + c] = Math.min(1, Math.max(-1, dot));
      }
    }
    logits?.data.set(cosines.map((cosine) => scale * cosine));
    const z = cosines.map((cosine) => scale * cosine);
    for (const [n, c] of this.#labels.classes.entries()) {
      const at = n * classes + c, cosine = cosines[at]!;
      const sine = Math.sqrt(Math.max(0, 1 - cosine * cosine));
      const whole = Math.acos(cosine) + margin <= Math.PI;
      z[at] = scale *
        (whole ? cosine * Math.cos(margin) - sine * Math.sin(margin) : cosine - margin * Math.sin(margin));
      this.#bend[n] = whole ? Math.cos(margin) + cosine * Math.sin(margin) / Math.max(sine, 1e-6) : 1;
    }
    softmax(z, prob, { outer: items, classes, inner: 1 });
    let sum = 0;
    for (const [n, c] of this.#labels.classes.entries()) {
      // Computed from the scores, so that the loss stays finite when the probability underflows.
      let most = -Infinity;
      for (let k = 0; k < classes; k++) most = Math.max(most, z[n * classes + k]!);
      let exps = 0;
      for (let k = 0; k < classes; k++) exps += Math.exp(z[n * classes + k]! - most);
      sum += most + Math.log(exps) - z[n * classes + c]!;
    }
    loss.data[0] = items === 0 ? 0 : sum / items;
  }

  override backward([loss]: [Blob, ...Blob[]], propagateDown: boolean[], [x, labels]: [Blob, Blob]): void {
    if (propagateDown[1]) labels.diff.fill(0); // labels have no gradient, but force_backward asks for it
    const { classes, scale } = this.param;
    const items = this.#bend.length, size = this.#weights.shape[1]!;
    const a = this.#x.values, b = this.#w.values, cosines = this.#cosines;
    const toX = propagateDown[0] ? x.diff.fill(0) : undefined, toW = this.#weights.diff;
    const factor = loss.diff[0]! * scale / items;
    for (const [n, label] of this.#labels.classes.entries()) {
      for (let c = 0; c < classes; c++) {
        const at = n * classes + c, cosine = cosines[at]!;
        const slope = factor * (this.#prob[at]! - (c === label ? 1 : 0)) * (c === label ? this.#bend[n]! : 1);
        // ∂cos/∂x = (ŵ − cos · x̂)/‖x‖, and likewise for w.
        const alongX = slope / this.#x.lengths[n]!, alongW = slope / this.#w.lengths[c]!;
        for (let i = 0; i < size; i++) {
          const u = a[n * size + i]!, v = b[c * size + i]!;
          if (toX !== undefined) toX[n * size + i]! += alongX * (v - cosine * u);
          toW[c * size + i]! += alongW * (u - cosine * v);
        }
      }
    }
  }
}

/** Rows scaled to length 1. */
class Unit {
  values = new Float32Array();
  /** What each row was divided by; Infinity for a row of zeros. */
  lengths = new Float64Array();

  read(from: Float32Array, rows: number): void {
    if (this.values.length !== from.length) this.values = new Float32Array(from.length);
    if (this.lengths.length !== rows) this.lengths = new Float64Array(rows);
    const size = from.length / rows;
    for (let row = 0; row < rows; row++) {
      let square = 0;
      for (let i = row * size; i < (row + 1) * size; i++) square += from[i]! * from[i]!;
      const length = Math.sqrt(square);
      this.lengths[row] = length < LEAST ? Infinity : length;
      for (let i = row * size; i < (row + 1) * size; i++) this.values[i] = from[i]! / this.lengths[row]!;
    }
  }
}
