import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import type { FillerParameter } from "../proto/messages.ts";
import { Layer, type LayerContext } from "./layer.ts";
import { LossLabels } from "./shared/loss_labels.ts";

/** `center_loss_param` and `param_str` of a {@link CenterLossLayer}. */
export const CenterLossParams = z.strictObject({
  classes: z.int().positive().optional().describe("number of classes, each of which has a centre"),
  num_output: z.int().positive().optional().describe("the same, as caffe-face calls it"),
  center_filler: z.custom<FillerParameter>((value) => typeof value === "object" && value !== null).optional()
    .describe("filler of the centres; by default xavier"),
  axis: z.literal(1).default(1).describe("the first of the axes that are an item's features"),
  distance_type: z.enum(["L1", "L2"]).default("L2").describe("the loss: 1/N Σ|x − c|, or 1/(2N) Σ(x − c)²"),
  margin: z.number().min(0).default(0).describe(
    "ρ: features within this distance of their centre stay there",
  ),
  update: z.enum(["paper", "gradient"]).default("paper").describe(
    "how centres learn: by the paper's rule, or by the loss's gradient",
  ),
});

/**
 * Pulls features towards the centre of their class: E = 1/(2N) Σᵢ ‖xᵢ − c(yᵢ)‖². Bottoms: features x
 * (N, D, …) and labels y (N); top: the loss, a scalar. The centres c (classes, D) are the layer's parameter
 * and learn with the net. Gradient of x: (xᵢ − c(yᵢ))/N. With `distance_type: "L1"`, E = 1/N Σᵢ ‖xᵢ − c(yᵢ)‖₁,
 * and signs take the place of differences.
 *
 * With `margin`, E = 1/(2N) Σᵢ max(0, ‖xᵢ − c(yᵢ)‖ − ρ)², and the differences are times pᵢ = max(0, 1 − ρ/‖xᵢ − c(yᵢ)‖). A
 * second top is Σᵢ pᵢ. With either, the 1 in the paper's rule is left out.
 *
 * Centres learn by the paper's rule, Δc_j = Σᵢ [yᵢ = j] (c_j − xᵢ) / (1 + Σᵢ [yᵢ = j]), independent of the
 * loss's weight; the paper's α is the learning rate times `param { lr_mult }`. With `update: "gradient"` they
 * learn by the exact gradient of E instead. They have no weight decay unless the prototxt sets a
 * `decay_mult`.
 *
 * Wen, Zhang, Li, Qiao: A Discriminative Feature Learning Approach for Deep Face Recognition, ECCV 2016, and A
 * Comprehensive Study on Center Loss for Deep Face Recognition, IJCV 2019; CenterLoss of caffe-face and caffe-windows.
 */
export class CenterLossLayer extends Layer<z.output<typeof CenterLossParams>> {
  static type = "CenterLoss";
  static params = CenterLossParams;
  static isLoss = true;
  static param = [{ decay_mult: 0 }];
  static bottoms = 2;
  static tops = [1, 2] as const;
  static examples = [
    { bottoms: [[4, 5], { shape: [4], labels: 3 }], param: { classes: 3, update: "gradient" } },
    { bottoms: [[4, 5], { shape: [4], labels: 3 }], param: { classes: 3 }, parameterGradients: false },
    {
      bottoms: [[4, 5], { shape: [4], labels: 3 }],
      param: {
        num_output: 3,
        distance_type: "L1",
        update: "gradient",
        center_filler: { type: "gaussian", std: 2 },
      },
    },
    {
      bottoms: [[4, 5], { shape: [4], labels: 3 }],
      tops: 2,
      gradientTops: [0],
      param: { num_output: 3, margin: 0.5, update: "gradient" },
    },
  ];
  readonly #labels = new LossLabels({});
  readonly #classes: number;
  #centers!: Blob;
  // Differences from the centres, or with L1 their signs.
  #delta = new Float32Array();
  #weights = new Float32Array();

  /** Reads the parameters. Throws a RangeError unless they have one number of classes. */
  constructor(context: LayerContext<z.output<typeof CenterLossParams>>) {
    super(context);
    const { classes, num_output, margin, distance_type } = this.param;
    if (margin > 0 && distance_type === "L1") {
      throw new RangeError("Expected distance_type L2 with a margin but found L1");
    }
    if ((classes === undefined) === (num_output === undefined)) {
      throw new RangeError(
        `Expected num_output or classes but found ${classes === undefined ? "neither" : "both"}`,
      );
    }
    this.#classes = (classes ?? num_output)!;
  }

  override setup([x]: [Blob, Blob]): void {
    this.#centers = this.blobs.add(
      [this.#classes, sizeOf(x)],
      this.param.center_filler ?? { type: "xavier" },
    );
    this.#weights = new Float32Array(this.#classes);
  }

  override reshape([x, labels]: [Blob, Blob], [loss, count]: [Blob, ...Blob[]]): void {
    const size = this.#centers.shape[1]!;
    if (sizeOf(x) !== size) throw new RangeError(`Expected items of ${size} values but found ${sizeOf(x)}`);
    if (labels.count !== x.num) {
      throw new RangeError(`Expected ${x.num} labels, one for each item, but found ${labels.count}`);
    }
    if (this.#delta.length !== x.count) this.#delta = new Float32Array(x.count);
    loss.reshape();
    count?.reshape();
  }

  override forward([x, labels]: [Blob, Blob], [loss, count]: [Blob, ...Blob[]]): void {
    this.#labels.read(labels.data, this.#classes);
    const from = x.data, centers = this.#centers.data, delta = this.#delta;
    const size = this.#centers.shape[1]!, absolute = this.param.distance_type === "L1";
    let sum = 0, outside = 0;
    for (const [n, c] of this.#labels.classes.entries()) {
      let own = 0;
      for (let i = 0; i < size; i++) {
        const d = from[n * size + i]! - centers[c * size + i]!;
        delta[n * size + i] = absolute ? Math.sign(d) : d;
        own += absolute ? Math.abs(d) : d * d / 2;
      }
      const part = this.#outside(Math.sqrt(2 * own));
      if (part < 1) { for (let i = n * size; i < (n + 1) * size; i++) delta[i]! *= part; }
      sum += part * part * own;
      outside += part;
    }
    loss.data[0] = sum / x.num;
    if (count !== undefined) count.data[0] = outside;
  }

  /** The part of a distance that is beyond the margin. */
  #outside(distance: number): number {
    const { margin } = this.param;
    if (margin === 0) return 1;
    return distance > margin ? 1 - margin / distance : 0;
  }

  override backward(
    [loss, count]: [Blob, ...Blob[]],
    propagateDown: boolean[],
    [x, labels]: [Blob, Blob],
  ): void {
    if (propagateDown[1]) labels.diff.fill(0); // labels have no gradient, but force_backward asks for it
    const delta = this.#delta, factor = loss.diff[0]! / x.num;
    const toCenters = this.#centers.diff, size = this.#centers.shape[1]!;
    const weights = this.#weights.fill(factor);
    if (this.param.update === "paper") {
      weights.fill(count === undefined && this.param.margin === 0 ? 1 : 0);
      for (const c of this.#labels.classes) weights[c]! += 1;
      for (const c of weights.keys()) weights[c] = weights[c] === 0 ? 0 : 1 / weights[c]!;
    }
    for (const [n, c] of this.#labels.classes.entries()) {
      for (let i = 0; i < size; i++) toCenters[c * size + i]! -= weights[c]! * delta[n * size + i]!;
    }
    if (!propagateDown[0]) return;
    const diff = x.diff;
    for (let i = 0; i < diff.length; i++) diff[i] = factor * delta[i]!;
  }
}

/** Number of values per item. */
function sizeOf(x: Blob): number {
  return x.shape.slice(1).reduce((product, size) => product * size, 1);
}
