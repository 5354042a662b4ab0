import { z } from "zod";
import type { Blob } from "../../ffi/blob.ts";
import type { FillerParameter } from "../../proto/messages.ts";
import { Layer } from "../layer.ts";
import { type AngularMargin, angularMargin, dot, MARGINS } from "./angular_margin.ts";
import { LossLabels } from "./loss_labels.ts";
import { refuseInPlace } from "./refuse_in_place.ts";

/** Parameters of a {@link MarginLayer}. */
export const MarginParams = z.strictObject({
  num_output: z.int().positive().describe("number of classes"),
  type: z.enum(["SINGLE", "DOUBLE", "TRIPLE", "QUADRUPLE"]).default("SINGLE").describe(
    "m, which multiplies the angle: 1, 2, 3, or 4",
  ),
  weight_filler: z.custom<FillerParameter>((value) => typeof value === "object" && value !== null).optional()
    .describe("filler of the weights; by default the constant 0"),
  axis: z.int().default(1).describe("the first of the axes that are an item's features"),
  base: z.number().default(1).describe("λ = max(lambda_min, base (1 + gamma t)^−power) at iteration t"),
  gamma: z.number().min(0).default(0).describe("how fast λ falls"),
  power: z.number().default(1).describe("the power of λ's fall"),
  iteration: z.int().default(0).describe("t before the first iteration"),
  lambda_min: z.number().default(0).describe("the smallest λ"),
});

/** What an item and its class have in common, in one pass. */
export interface MarginItem {
  /** The item, and the position of its first value. */
  readonly n: number;
  readonly x: number;
  /** Its class, and the position of the class's first weight. */
  readonly c: number;
  readonly w: number;
  /** Their lengths. */
  readonly lengthX: number;
  readonly lengthW: number;
  /** The cosine of their angle, and ψ there. */
  readonly cosine: number;
  readonly psi: AngularMargin;
}

/** The gradients of a score: that of x is xFromW w + xFromX x, and that of w is wFromX x + wFromW w. */
export interface MarginShares {
  readonly xFromW: number;
  readonly xFromX: number;
  readonly wFromX: number;
  readonly wFromW: number;
}

/** A shorter length counts as this, so that nothing is divided by 0. */
const LEAST = 1e-9;

/**
 * An inner product whose score for an item's own class has a margin: the base of A-Softmax's and L-Softmax's layers. Bottoms:
 * features (N, D, …) and labels (N); top: scores (N, classes); a second top is λ. The layer's parameter is w (classes, D).
 */
export abstract class MarginLayer extends Layer<z.output<typeof MarginParams>> {
  /** How many values an item has. */
  protected size = 0;
  /** Each item with its class, since the last forward. */
  protected items: MarginItem[] = [];
  /** λ of the last forward. */
  protected lambda = 0;
  readonly #labels = new LossLabels({});
  #iteration = this.param.iteration;

  override setup([x]: [Blob, Blob]): void {
    this.size = this.#sizes(x)[1];
    const { num_output, weight_filler } = this.param;
    this.blobs.add([num_output, this.size], weight_filler ?? { type: "constant", value: 0 });
  }

  override reshape([x, labels]: [Blob, Blob], [y, lambda]: [Blob, ...Blob[]]): void {
    refuseInPlace([x, labels], [y]);
    const [items, size, outer] = this.#sizes(x);
    if (size !== this.size) throw new RangeError(`Expected items of ${this.size} values but found ${size}`);
    if (labels.count !== items) {
      throw new RangeError(`Expected ${items} labels, one for each item, but found ${labels.count}`);
    }
    y.reshape([...outer, this.param.num_output]);
    lambda?.reshape(1);
  }

  override forward([x, labels]: [Blob, Blob], [y, lambda]: [Blob, ...Blob[]]): void {
    const { base, gamma, power, lambda_min, num_output: classes, type } = this.param;
    this.lambda = Math.max(lambda_min, base * (1 + gamma * ++this.#iteration) ** -power);
    if (lambda !== undefined) lambda.data[0] = this.lambda;
    const from = x.data, weights = this.blobs[0]!.data, to = y.data, size = this.size;
    this.prepare(weights);
    this.#labels.read(labels.data, classes);
    for (let i = 0; i < to.length; i++) {
      const n = Math.floor(i / classes), c = i % classes;
      to[i] = dot(from, n * size, weights, c * size, size);
    }
    this.items = Array.from(this.#labels.classes, (c, n) => {
      const at = n * size, w = c * size;
      const lengthX = Math.max(LEAST, Math.sqrt(dot(from, at, from, at, size)));
      const lengthW = Math.max(LEAST, Math.sqrt(dot(weights, w, weights, w, size)));
      const score = to[n * classes + c]!, cosine = score / (lengthX * lengthW);
      const psi = angularMargin(MARGINS[type], cosine);
      if (type !== "SINGLE") {
        to[n * classes + c] = (this.lambda * score + lengthX * lengthW * psi.value) / (1 + this.lambda);
      }
      return { n, x: at, c, w, lengthX, lengthW, cosine, psi };
    });
  }

  override backward(
    [y]: [Blob, ...Blob[]],
    propagateDown: boolean[],
    [x, labels]: [Blob, Blob],
  ): void {
    if (propagateDown[1]) labels.diff.fill(0);
    const { num_output: classes } = this.param, size = this.size;
    const dy = y.diff, from = x.data, weights = this.blobs[0]!.data;
    const toX = propagateDown[0] ? x.diff.fill(0) : undefined, toW = this.blobs[0]!.diff;
    for (const item of this.items) {
      for (let c = 0; c < classes; c++) {
        const slope = dy[item.n * classes + c]!, w = c * size;
        const plain = c === item.c ? this.shares(item) : undefined;
        for (let i = 0; i < size; i++) {
          const a = from[item.x + i]!, b = weights[w + i]!;
          if (toX !== undefined) {
            toX[item.x + i]! += slope * (plain === undefined ? b : plain.xFromW * b + plain.xFromX * a);
          }
          toW[w + i]! += slope * (plain === undefined ? a : plain.wFromX * a + plain.wFromW * b);
        }
      }
    }
  }

  /** Called before each forward, with the weights, to change them. */
  protected prepare(_weights: Float32Array): void {}

  /** The gradients of an item's score for its own class. */
  protected abstract shares(item: MarginItem): MarginShares;

  /** How many items, how many values each has, and the axes before those. */
  #sizes(x: Blob): [items: number, size: number, outer: readonly number[]] {
    const product = (sizes: readonly number[]) => sizes.reduce((all, size) => all * size, 1);
    const { axis: given } = this.param, axis = given < 0 ? given + x.numAxes : given;
    if (axis < 0 || axis >= x.numAxes) {
      throw new RangeError(`Expected an axis from ${-x.numAxes} to ${x.numAxes - 1} but found ${given}`);
    }
    const outer = x.shape.slice(0, axis);
    return [product(outer), product(x.shape.slice(axis)), outer];
  }
}
