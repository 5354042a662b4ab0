import { z } from "zod";
import { blobprotoToArray } from "../data/arrays/proto_arrays.ts";
import { resolveSource } from "../data/sources/source_path.ts";
import { readBytesSync } from "../base/read_bytes.ts";
import type { Blob } from "../ffi/blob.ts";
import { decode } from "../proto/codec/binary.ts";
import { locationOf } from "../proto/text/location.ts";
import { Layer, type LayerContext } from "./layer.ts";
import type { LayerExample } from "./layer_example.ts";
import { LEAST_PROBABILITY } from "./shared/least_probability.ts";
import { IGNORED, LossLabels } from "./shared/loss_labels.ts";
import { softmax, type SoftmaxShape, softmaxShape } from "./shared/softmax.ts";

/** `infogain_loss_param` of an {@link InfogainLossLayer}; `loss_param` applies too. */
export const InfogainLossParams = z.strictObject({
  source: z.string().optional().describe("a .binaryproto file with the matrix H, unless a bottom holds it"),
  axis: z.int().default(1).describe("axis of the classes"),
});

const MATRIX = [1, 0.25, 0, 0.5, 2, 0.125, 0, 0.25, 1.5];
const EXAMPLES: readonly LayerExample[] = [1, 2].map((tops) => ({
  bottoms: [[4, 3], { shape: [4], labels: 3 }, { shape: [3, 3], values: MATRIX, batchAxis: null }],
  tops,
}));

/**
 * Information gain loss: E = −1/M Σᵢ Σ_k H[labelᵢ, k] log p(k), where p = softmax(x) and H (K, K) weighs the
 * classes. `loss_param { normalization }` sets M, by default the number of labels that are not ignored.
 * Bottoms: scores x (N, K, …), labels (N, …), one per position, and, unless a file has it, H; tops: the loss,
 * a scalar, and, if there is a second, p, shaped like x. Gradient of x for class k of an item:
 * (p(k) Σ_j H[label, j] − H[label, k]) / M. Probabilities below 10⁻²⁰ count as 10⁻²⁰ in the loss.
 *
 * Caffe's InfogainLoss; with H = I it is SoftmaxWithLoss.
 */
export class InfogainLossLayer extends Layer<z.output<typeof InfogainLossParams>> {
  static type = "InfogainLoss";
  static params = InfogainLossParams;
  static reads = ["loss_param", "softmax_param"]; // softmax_param without effect, as in Caffe
  static isLoss = true;
  static bottoms = [2, 3] as const;
  static tops = [1, 2] as const;
  static examples = EXAMPLES;
  readonly #labels: LossLabels;
  #matrix = new Float32Array();
  #shape: SoftmaxShape = { outer: 0, classes: 0, inner: 0 };
  #prob = new Float32Array();

  /** Reads the parameters. Throws a RangeError for the old form of the normalization. */
  constructor(context: LayerContext<z.output<typeof InfogainLossParams>>) {
    super(context);
    const { loss_param: loss = {} } = this.layerParam;
    if (loss.normalize !== undefined) {
      throw new RangeError("Expected 'normalization' in loss_param but found the old 'normalize'");
    }
    this.#labels = new LossLabels({}, loss);
  }

  /** Reads the matrix, unless a bottom holds it. Throws an error when there is none. */
  override setup(bottoms: Blob[]): void {
    if (bottoms.length > 2) return;
    const { source = "" } = this.param;
    if (source === "") {
      throw new RangeError(
        "Expected infogain_loss_param { source }, or the matrix as a third bottom, but found none",
      );
    }
    const path = resolveSource(source, locationOf(this.layerParam)?.file);
    const bytes = readBytesSync(path, "a source of the infogain matrix");
    this.#matrix = Float32Array.from(blobprotoToArray(decode("BlobProto", bytes, { file: path })).data);
  }

  override reshape([scores, labels, matrix]: [Blob, Blob, ...Blob[]], [loss, prob]: [Blob, ...Blob[]]): void {
    this.#shape = softmaxShape(scores.shape, this.param.axis);
    const { outer, classes, inner } = this.#shape;
    if (labels.count !== outer * inner) {
      throw new RangeError(
        `Expected ${outer * inner} labels, one for each position, but found ${labels.count}`,
      );
    }
    const size = matrix?.count ?? this.#matrix.length;
    if (size !== classes * classes) {
      throw new RangeError(`Expected a matrix of ${classes} × ${classes} values but found ${size} values`);
    }
    if (this.#prob.length !== scores.count) this.#prob = new Float32Array(scores.count);
    loss.reshape();
    prob?.reshape(scores.shape);
  }

  override forward([scores, labels, given]: [Blob, Blob, ...Blob[]], [loss, top]: [Blob, ...Blob[]]): void {
    const { outer, classes, inner } = this.#shape, prob = this.#prob;
    const matrix = given?.data ?? this.#matrix;
    softmax(scores.data, prob, this.#shape);
    this.#labels.read(labels.data, classes);
    let sum = 0;
    for (const [i, label] of this.#labels.classes.entries()) {
      if (label === IGNORED) continue;
      const first = this.#first(i);
      for (let k = 0; k < classes; k++) {
        const p = prob[first + k * inner]!;
        sum -= matrix[label * classes + k]! * Math.log(p < LEAST_PROBABILITY ? LEAST_PROBABILITY : p);
      }
    }
    loss.data[0] = sum / this.#labels.normalizer(outer);
    top?.data.set(prob);
  }

  override backward(
    [loss]: [Blob, ...Blob[]],
    propagateDown: boolean[],
    bottoms: [Blob, Blob, ...Blob[]],
  ): void {
    const [scores, ...constants] = bottoms;
    // Labels and the matrix have no gradient, but force_backward asks for it.
    for (const [i, bottom] of constants.entries()) if (propagateDown[i + 1]) bottom.diff.fill(0);
    if (!propagateDown[0]) return;
    const { outer, classes, inner } = this.#shape, prob = this.#prob;
    const matrix = bottoms[2]?.data ?? this.#matrix;
    const diff = scores.diff, factor = loss.diff[0]! / this.#labels.normalizer(outer);
    const sums = new Float32Array(classes);
    for (let i = 0; i < matrix.length; i++) sums[Math.floor(i / classes)]! += matrix[i]!;
    for (const [i, label] of this.#labels.classes.entries()) {
      const first = this.#first(i), ignored = label === IGNORED;
      for (let k = 0; k < classes; k++) {
        const at = first + k * inner;
        diff[at] = ignored ? 0 : factor * (prob[at]! * sums[label]! - matrix[label * classes + k]!);
      }
    }
  }

  /** The index of an item's first score. */
  #first(item: number): number {
    const { classes, inner } = this.#shape;
    const n = Math.floor(item / inner);
    return n * classes * inner + item - n * inner;
  }
}
