import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../onnx/mod.ts";
import { Layer } from "./layer.ts";
import { refuseInPlace } from "./shared/refuse_in_place.ts";

/** `param_str` of a {@link LayerNormLayer}. */
export const LayerNormParams: z.ZodType<{ axis: number; epsilon: number; affine: boolean }> = z.strictObject({
  axis: z.int().default(-1).describe("first of the axes to normalize over; -1 is the last axis"),
  epsilon: z.number().positive().default(1e-5).describe("added to the variance"),
  affine: z.boolean().default(true).describe("whether to learn gamma and beta"),
});

/**
 * Layer normalization: y = (x − μ) / √(σ² + epsilon) · γ + β, where μ and σ² are the mean and variance of
 * each item over the axes from `axis` on. Bottom x and top y: any shape, the same for both; not in place,
 * because the gradient needs x. Parameters: γ and β with the shape of those axes, initially 1 and 0; without
 * `affine` none.
 *
 * With x̂ = (x − μ) / √(σ² + epsilon) and g = dy γ: dx = (g − mean(g) − x̂ mean(g x̂)) / √(σ² + epsilon),
 * dγ = Σ dy x̂, dβ = Σ dy.
 *
 * Ba, Kiros, Hinton: Layer Normalization, 2016, arXiv:1607.06450.
 */
export class LayerNormLayer extends Layer<z.output<typeof LayerNormParams>> {
  static type = "LayerNorm";
  static bottoms = 1;
  static tops = 1;
  static params: typeof LayerNormParams = LayerNormParams;
  #gamma: Blob | undefined;
  #beta: Blob | undefined;
  #mean = new Float32Array();
  #rstd = new Float32Array();

  override setup([x]: [Blob]): void {
    if (!this.param.affine) return;
    const shape = x.shape.slice(this.#axis(x));
    this.#gamma = this.blobs.add(shape, { type: "constant", value: 1 });
    this.#beta = this.blobs.add(shape);
  }

  override reshape([x]: [Blob], [y]: [Blob]): void {
    refuseInPlace([x], [y]);
    const axis = this.#axis(x);
    const rows = x.shape.slice(0, axis).reduce((a, b) => a * b, 1);
    const columns = x.shape.slice(axis).reduce((a, b) => a * b, 1);
    if (this.#gamma !== undefined && this.#gamma.count !== columns) {
      throw new RangeError(
        `Expected ${this.#gamma.count} values to normalize, as when the net was made, but found ${columns}`,
      );
    }
    y.reshapeLike(x);
    if (this.#mean.length !== rows) {
      this.#mean = new Float32Array(rows);
      this.#rstd = new Float32Array(rows);
    }
  }

  override forward([x]: [Blob], [y]: [Blob]): void {
    const options = { gamma: this.#gamma?.data, beta: this.#beta?.data, epsilon: this.param.epsilon };
    this.ops.normalize(this.#mean.length, x.data, options, y.data, this.#mean, this.#rstd);
  }

  override backward([y]: [Blob], [wanted]: boolean[], [x]: [Blob]): void {
    this.ops.normalizeBackward(this.#mean.length, {
      x: x.data,
      dy: y.diff,
      gamma: this.#gamma?.data,
      mean: this.#mean,
      rstd: this.#rstd,
      dx: wanted ? x.diff : undefined,
      dgamma: this.#gamma?.diff,
      dbeta: this.#beta?.diff,
    });
  }

  /** The first normalized axis, as an index from 0. */
  #axis(x: Blob): number {
    const { axis } = this.param, axes = x.numAxes;
    if (axis < -axes || axis >= axes) {
      throw new RangeError(`Expected axis from ${-axes} to ${axes - 1} but found ${axis}`);
    }
    return axis < 0 ? axis + axes : axis;
  }

  /** What {@link forward} computes, in ONNX. */
  static onnx(
    graph: GraphBuilder,
    { bottoms: [x], blobs: [gamma, beta], param }: OnnxLayer<z.output<typeof LayerNormParams>>,
  ): readonly OnnxValue[] {
    const { length } = x.shape, first = param.axis < 0 ? param.axis + length : param.axis;
    const over = { axes: Array.from({ length: length - first }, (_, i) => first + i), keepdims: 1 };
    const centred = graph.node("Sub", [x, graph.node("ReduceMean", [x], over)]);
    const variance = graph.node("ReduceMean", [graph.node("Mul", [centred, centred])], over);
    const deviation = graph.node("Sqrt", [graph.node("Add", [variance, graph.float(param.epsilon)])]);
    const normal = graph.node("Div", [centred, deviation]);
    if (gamma === undefined || beta === undefined) return [normal];
    const scaled = graph.node("Mul", [normal, graph.constant(gamma, "gamma")]);
    return [graph.node("Add", [scaled, graph.constant(beta, "beta")])];
  }
}
