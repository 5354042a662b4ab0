import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../onnx/mod.ts";
import type { FillerParameter } from "../proto/messages.ts";
import { Layer } from "./layer.ts";
import { UnitPositions } from "./shared/unit_positions.ts";

/** `norm_param` of a {@link NormalizeLayer}. */
export const NormalizeParams = z.strictObject({
  across_spatial: z.boolean().default(true).describe(
    "whether an item has one length, or each position its own",
  ),
  channel_shared: z.boolean().default(true).describe("whether the channels share one scale"),
  eps: z.number().min(0).default(1e-10).describe("ε: added to the square of the length"),
  scale_filler: z.custom<FillerParameter>((value) => typeof value === "object" && value !== null).optional()
    .describe("filler of the scale; by default the constant 1"),
});

/**
 * Scales vectors to a learned length: y = γ x / √(Σ x² + ε). Bottom x and top y: (N, C, …), the same for both; may be
 * in place. The sum is over all values of an item, or, without `across_spatial`, over the channels at each position.
 * Learnable parameter γ: a scalar, or (C) without `channel_shared`. Gradients, with n the length:
 * dx = (γ dy − x Σ γ x dy / n²) / n and dγ = Σ dy x / n.
 *
 * With `normalize_param`, or a second top, or the older `softmax_param { normalize_type }`, it is Normalize of
 * happynear's caffe-windows, which learns nothing: y is x / √(Σ x² + 10⁻⁶) over the channels at each position, or
 * x / (Σ |x| + 10⁻⁶) with `normalize_type: "L1"`; the second top (N, 1, …) is that length, which has a gradient with
 * `bp_norm`. `fix_gradient` has no effect, as there.
 *
 * Liu, Rabinovich, Berg: ParseNet, 2015, arXiv:1506.04579; Normalize of SSD's fork of Caffe, which takes γ out of
 * the sum, where the channels do not share it.
 */
export class NormalizeLayer extends Layer<z.output<typeof NormalizeParams>> {
  static type = "Normalize";
  static typeParam = "norm_param";
  static params = NormalizeParams;
  static reads = ["normalize_param", "softmax_param"];
  static bottoms = 1;
  static tops = [1, 2] as const;
  static examples = [true, false].flatMap((across_spatial) =>
    [true, false].map((channel_shared) => ({
      bottoms: [[2, 3, 2, 2]],
      param: {
        across_spatial,
        channel_shared,
        eps: 0.01,
        scale_filler: { type: "uniform", min: 0.5, max: 2 },
      },
    }))
  );
  #lengths = new Float64Array();
  // What the bottom was, if the layer works in place.
  #before = new Float32Array();

  // Unless it is SSD's.
  readonly #unit = UnitPositions.isMeant(this.layerParam) ? new UnitPositions(this.layerParam) : undefined;

  override setup([x]: [Blob]): void {
    const channels = x.shape[1];
    if (channels === undefined) {
      throw new RangeError(`Expected a bottom of shape (N, C, …) but found (${x.shape.join(", ")})`);
    }
    if (this.#unit !== undefined) return;
    const filler = this.param.scale_filler ?? { type: "constant", value: 1 };
    this.blobs.add(this.param.channel_shared ? [] : [channels], filler);
  }

  override reshape([x]: [Blob], [y, norm]: [Blob, ...Blob[]]): void {
    if (this.#unit !== undefined) return this.#unit.reshape(x, y, norm);
    const [items = 0, channels = 0] = x.shape, scales = this.blobs[0]!.count;
    if (scales !== 1 && scales !== channels) {
      throw new RangeError(`Expected ${scales} channels, one for each scale, but found ${channels}`);
    }
    const lengths = this.param.across_spatial ? items : x.count / channels;
    if (this.#lengths.length !== lengths) this.#lengths = new Float64Array(lengths);
    y.reshape(x.shape);
  }

  override forward([x]: [Blob], [y, norm]: [Blob, ...Blob[]]): void {
    if (this.#unit !== undefined) return this.#unit.forward(x, y, norm);
    if (x === y) this.#before = x.data.slice();
    const from = x.data, to = y.data, lengths = this.#lengths, scale = this.blobs[0]!.data;
    const { inner, channels, step, one } = this.#layout(x);
    lengths.fill(this.param.eps);
    for (let i = 0, row = 0; i < from.length; row++) {
      const first = (row - row % channels) / channels * step;
      for (let j = 0; j < inner; j++, i++) lengths[first + j * one]! += from[i]! * from[i]!;
    }
    for (let k = 0; k < lengths.length; k++) lengths[k] = Math.sqrt(lengths[k]!);
    for (let i = 0, row = 0; i < from.length; row++) {
      const c = row % channels, first = (row - c) / channels * step, gamma = scale[c % scale.length]!;
      for (let j = 0; j < inner; j++, i++) to[i] = gamma * from[i]! / lengths[first + j * one]!;
    }
  }

  override backward([y, norm]: [Blob, ...Blob[]], [wanted]: boolean[], [x]: [Blob]): void {
    if (this.#unit !== undefined) {
      if (wanted) this.#unit.backward(x, y, norm);
      return;
    }
    const from = x === y ? this.#before : x.data,
      diff = y.diff,
      lengths = this.#lengths,
      scale = this.blobs[0]!.data;
    const scaleDiff = this.blobs[0]!.diff;
    const { inner, channels, step, one } = this.#layout(x);
    const along = new Float64Array(lengths.length);
    for (let i = 0, row = 0; i < from.length; row++) {
      const c = row % channels, first = (row - c) / channels * step, gamma = scale[c % scale.length]!;
      let sum = 0;
      for (let j = 0; j < inner; j++, i++) {
        const at = first + j * one, product = from[i]! * diff[i]!;
        along[at]! += gamma * product;
        sum += product / lengths[at]!;
      }
      scaleDiff[c % scale.length]! += sum;
    }
    if (!wanted) return;
    const to = x.diff;
    for (let i = 0, row = 0; i < from.length; row++) {
      const c = row % channels, first = (row - c) / channels * step, gamma = scale[c % scale.length]!;
      for (let j = 0; j < inner; j++, i++) {
        const at = first + j * one, length = lengths[at]!;
        to[i] = (gamma * diff[i]! - from[i]! * along[at]! / (length * length)) / length;
      }
    }
  }

  /** How many values a channel of an item has, how many lengths an item has, and their distance. */
  #layout({ shape, count }: Blob): { inner: number; channels: number; step: number; one: 0 | 1 } {
    const [items = 0, channels = 0] = shape, inner = count / (items * channels);
    const across = this.param.across_spatial;
    return { inner, channels, step: across ? 1 : inner, one: across ? 0 : 1 };
  }

  /** What {@link forward} computes, in ONNX. */
  static onnx(
    graph: GraphBuilder,
    { bottoms: [x], blobs: [scale], param, layerParam, tops }: OnnxLayer<z.output<typeof NormalizeParams>>,
  ): readonly OnnxValue[] {
    if (UnitPositions.isMeant(layerParam)) {
      const norm = UnitPositions.onnx(graph, x, layerParam);
      return [graph.node("Div", [x, norm]), norm].slice(0, tops.length);
    }
    const { length } = x.shape;
    const axes = param.across_spatial ? Array.from({ length: length - 1 }, (_, i) => i + 1) : [1];
    const square = graph.node("ReduceSumSquare", [x], { axes, keepdims: 1 });
    const norm = graph.node("Sqrt", [graph.node("Add", [square, graph.float(param.eps)])]);
    const { data, type } = scale!;
    const gamma = param.channel_shared ? [] : [data.length, ...x.shape.slice(2).map(() => 1)];
    return [
      graph.node("Mul", [
        graph.node("Div", [x, norm]),
        graph.constant({ data, type, shape: gamma }, "scale"),
      ]),
    ];
  }
}
