import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../onnx/mod.ts";
import { refuse } from "../onnx/export/exported_layer.ts";
import { Layer, type LayerContext } from "./layer.ts";

/** `param_str` of a {@link SpatialDropoutLayer}. */
export const SpatialDropoutParams = z.strictObject({
  dropout_ratio: z.number().gt(0).lt(1).default(0.5).describe(
    "the probability of losing a channel; dropout_param has it too",
  ),
  p: z.coerce.number().gt(0).lt(1).optional().describe(
    "the same in ENet's Python layer, which scales in TEST too",
  ),
  phase: z.enum(["TRAIN", "TEST"]).optional().describe(
    "what ENet's layer is for; by default the net's phase",
  ),
});

/**
 * Dropout of whole channels: in TRAIN y[n, c] = x[n, c] / (1 − p) with probability 1 − p, else 0; in TEST y = x. Bottom x and
 * top y: (N, C, …), the same for both; may be in place. The gradient is scaled alike.
 *
 * `spatial_dropout.SpatialDropoutLayer` of Python, which has its ratio in `p`, is ENet's, and its y is x / (1 − p) in TEST, as
 * published weights expect it; in TRAIN each item has its own channels here in the gradient too.
 *
 * Tompson et al.: Efficient Object Localization Using Convolutional Networks, CVPR 2015, arXiv:1411.4280; SpatialDropout of
 * Intel's Caffe.
 */
export class SpatialDropoutLayer extends Layer<z.output<typeof SpatialDropoutParams>> {
  static type = "SpatialDropout";
  static params = SpatialDropoutParams;
  static reads = ["dropout_param"];
  static bottoms = 1;
  static tops = 1;
  static examples = [
    { bottoms: [[3, 4, 2, 2]], param: { dropout_ratio: 0.3 }, random: true },
    { bottoms: [[3, 4]], param: { p: "0.2" }, random: true },
  ];
  readonly #ratio: number;
  readonly #isTraining: boolean;
  /** What each channel is times: 0 or 1/(1 − p). */
  #factors = new Float32Array();

  /** Reads the parameters. Throws a RangeError for a ratio that is none. */
  constructor(context: LayerContext<z.output<typeof SpatialDropoutParams>>) {
    super(context);
    const { p, dropout_ratio, phase = this.phase } = this.param;
    this.#ratio = p ?? this.layerParam.dropout_param?.dropout_ratio ?? dropout_ratio;
    this.#isTraining = phase === "TRAIN";
    if (!(this.#ratio > 0 && this.#ratio < 1)) {
      throw new RangeError(`Expected a dropout_ratio between 0 and 1 but found ${this.#ratio}`);
    }
  }

  override reshape([x]: [Blob], [y]: [Blob]): void {
    if (x.numAxes < 2) {
      throw new RangeError(`Expected a bottom (N, C, …) but found (${x.shape.join(", ")})`);
    }
    if (x !== y) y.reshapeLike(x);
    const [items = 0, channels = 0] = x.shape;
    if (this.#factors.length !== items * channels) this.#factors = new Float32Array(items * channels);
  }

  override forward([x]: [Blob], [y]: [Blob]): void {
    const factors = this.#factors, scale = 1 / (1 - this.#ratio);
    if (this.#isTraining) {
      this.random.fillBernoulli(factors, 1 - this.#ratio);
      for (const i of factors.keys()) factors[i]! *= scale;
    } else factors.fill(this.param.p === undefined ? 1 : scale);
    this.#apply(x.data, y.data);
  }

  override backward([y]: [Blob], [wanted]: boolean[], [x]: [Blob]): void {
    if (wanted) this.#apply(y.diff, x.diff);
  }

  #apply(from: Float32Array, to: Float32Array): void {
    const size = from.length / this.#factors.length;
    for (const [c, factor] of this.#factors.entries()) {
      for (let i = c * size; i < (c + 1) * size; i++) to[i] = factor * from[i]!;
    }
  }

  /** What {@link forward} computes, in ONNX. */
  static onnx(
    graph: GraphBuilder,
    { name, bottoms: [x], param: { p, phase } }: OnnxLayer<z.output<typeof SpatialDropoutParams>>,
  ): readonly OnnxValue[] {
    if (phase === "TRAIN") {
      refuse({ name }, "a SpatialDropout that is not for training", "one with phase: TRAIN");
    }
    return [p === undefined ? x : graph.node("Mul", [x, graph.float(1 / (1 - p))])];
  }
}
