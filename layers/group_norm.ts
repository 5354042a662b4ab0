import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import type { GraphBuilder, OnnxLayer, OnnxTensor, OnnxValue } from "../onnx/mod.ts";
import { reshaped } from "../onnx/graph_parts.ts";
import { Layer } from "./layer.ts";
import { refuseInPlace } from "./shared/refuse_in_place.ts";

/** `param_str` of a {@link GroupNormLayer}. */
export const GroupNormParams = z.strictObject({
  groups: z.int().positive().default(32).describe("number of groups of channels; 1 puts all in one group"),
  epsilon: z.number().positive().default(1e-5).describe("added to the variance"),
  affine: z.boolean().default(true).describe("whether to learn gamma and beta, one per channel"),
});

/**
 * Group normalization: scales each group of neighbouring channels of an item to mean 0 and variance 1, with
 * x̂ = (x − μ) / √(σ² + epsilon) and y = γ_c x̂ + β_c. Bottom x and top y: (N, C, …), where C is a multiple
 * of `groups`; not in place, because the gradient needs x. Parameters: γ and β of shape (C), initially 1 and
 * 0; none with `affine: false`. With as many groups as channels it is instance normalization.
 *
 * With g = dy γ: dx = (g − mean(g) − x̂ mean(g x̂)) / √(σ² + epsilon) over each group, dγ = Σ dy x̂,
 * dβ = Σ dy.
 *
 * Wu, He: Group Normalization, ECCV 2018, arXiv:1803.08494.
 */
export class GroupNormLayer extends Layer<z.output<typeof GroupNormParams>> {
  static type = "GroupNorm";
  static bottoms = 1;
  static tops = 1;
  static examples = [[4, 4], [2, 4, 3, 3]].map((shape) => ({ bottoms: [shape], param: { groups: 2 } }));
  static params = GroupNormParams;
  #gamma: Blob | undefined;
  #beta: Blob | undefined;
  #normal = new Float32Array();
  #mean = new Float32Array();
  #rstd = new Float32Array();
  #shape = { outer: 0, axis: 0, inner: 0 };

  override setup([x]: [Blob]): void {
    if (!this.param.affine) return;
    const channels = x.shape[1] ?? 0;
    this.#gamma = this.blobs.add([channels], { type: "constant", value: 1 });
    this.#beta = this.blobs.add([channels]);
  }

  override reshape([x]: [Blob], [y]: [Blob]): void {
    refuseInPlace([x], [y]);
    const [items, channels, ...rest] = x.shape;
    const { groups } = this.param;
    if (items === undefined || channels === undefined || channels % groups !== 0) {
      throw new RangeError(
        `Expected (N, C, …) with C a multiple of ${groups}, the groups, but found (${x.shape.join(", ")})`,
      );
    }
    if (this.#gamma !== undefined && this.#gamma.count !== channels) {
      throw new RangeError(
        `Expected ${this.#gamma.count} channels, as when the net was made, but found ${channels}`,
      );
    }
    y.reshapeLike(x);
    this.#shape = { outer: items, axis: channels, inner: rest.reduce((a, b) => a * b, 1) };
    if (this.#mean.length !== items * groups) {
      this.#mean = new Float32Array(items * groups);
      this.#rstd = new Float32Array(items * groups);
    }
    if (this.#gamma !== undefined && this.#normal.length !== x.count) {
      this.#normal = new Float32Array(x.count);
    }
  }

  override forward([x]: [Blob], [y]: [Blob]): void {
    const { ops } = this;
    const to = this.#gamma === undefined ? y.data : this.#normal;
    const { epsilon } = this.param;
    ops.normalize(this.#mean.length, x.data, { epsilon }, to, this.#mean, this.#rstd);
    if (this.#gamma === undefined || this.#beta === undefined) return;
    ops.mulVector(this.#shape, this.#normal, this.#gamma.data, y.data);
    ops.addVector(this.#shape, y.data, this.#beta.data, y.data);
  }

  override backward([y]: [Blob], [wanted]: boolean[], [x]: [Blob]): void {
    const { ops } = this;
    if (this.#gamma !== undefined && this.#beta !== undefined) {
      ops.dotVector(this.#shape, y.diff, this.#normal, this.#gamma.diff, 1);
      ops.sumVector(this.#shape, y.diff, this.#beta.diff, 1);
    }
    if (!wanted) return;
    const dx = x.diff;
    if (this.#gamma === undefined) ops.copy(y.diff, dx);
    else ops.mulVector(this.#shape, y.diff, this.#gamma.data, dx);
    const of = { x: x.data, dy: dx, mean: this.#mean, rstd: this.#rstd, dx };
    ops.normalizeBackward(this.#mean.length, of);
  }

  /** What {@link forward} computes, in ONNX. */
  static onnx(graph: GraphBuilder, layer: OnnxLayer<z.output<typeof GroupNormParams>>): readonly OnnxValue[] {
    const { bottoms: [x], blobs: [gamma, beta], param: { groups, epsilon } } = layer;
    const unit = (value: number) => graph.floats(new Float32Array(groups).fill(value));
    const rows = reshaped(graph, x, [0, groups, -1]);
    const normal = graph.node("InstanceNormalization", [rows, unit(1), unit(0)], { epsilon });
    const whole = graph.node("Reshape", [normal, graph.node("Shape", [x])]);
    if (gamma === undefined || beta === undefined) return [whole];
    const each = (of: OnnxTensor, name: string) =>
      graph.constant({ ...of, shape: [of.data.length, ...x.shape.slice(2).map(() => 1)] }, name);
    return [graph.node("Add", [graph.node("Mul", [whole, each(gamma, "gamma")]), each(beta, "beta")])];
  }
}
