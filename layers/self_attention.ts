import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import type { GraphBuilder, OnnxLayer, OnnxTensor, OnnxValue } from "../onnx/mod.ts";
import { reshaped, split } from "../onnx/graph_parts.ts";
import { numbers } from "../onnx/export/exported_layer.ts";
import type { FillerParameter } from "../proto/messages.ts";
import type { AxisShape, Floats, GemmBatchShape } from "../ffi/ops/mod.ts";
import { Layer } from "./layer.ts";
import { refuseInPlace } from "./shared/refuse_in_place.ts";

/** `param_str` of a {@link SelfAttentionLayer}. */
export const SelfAttentionParams: z.ZodType<{ heads: number; causal: boolean; bias: boolean }> = z
  .strictObject({
    heads: z.int().positive().default(1).describe("number of heads, which share the features equally"),
    causal: z.boolean().default(false).describe("whether a position attends only to itself and earlier ones"),
    bias: z.boolean().default(true).describe("whether the four projections have a bias"),
  });

/** Sizes of a bottom (N, T, D). */
interface Sizes {
  items: number;
  places: number;
  features: number;
}

/**
 * Multi-head self-attention: y = A Wₒ + bₒ, where head h of A is softmax(Qₕ Kₕᵀ / √d) Vₕ, with
 * Q = x W_q + b_q, K = x W_k + b_k, V = x W_v + b_v, and d = D / heads features per head. Bottom x and top y:
 * (N, T, D), T positions with D features each. With `causal`, position t attends only to positions 0…t.
 *
 * Parameters: the weights W_q, W_k, W_v side by side, (D, 3 D), and Wₒ (D, D), filled by "xavier"; then,
 * unless `bias: false`, their biases (3 D) and (D), initially 0.
 *
 * Vaswani, Shazeer, Parmar, Uszkoreit, Jones, Gomez, Kaiser, Polosukhin: Attention Is All You Need, NIPS
 * 2017, arXiv:1706.03762.
 */
export class SelfAttentionLayer extends Layer<z.output<typeof SelfAttentionParams>> {
  static type = "SelfAttention";
  static bottoms = 1;
  static tops = 1;
  static examples = [1, 2].map((heads) => ({ bottoms: [[2, 3, 4]], param: { heads } }));
  static params: typeof SelfAttentionParams = SelfAttentionParams;
  #sizes: Sizes = { items: 0, places: 0, features: 0 };
  // Q, K and V of each position (N, T, 3, D); P (N, heads, T, T); A (N, T, D).
  #qkv: Floats = new Float32Array();
  #probabilities: Floats = new Float32Array();
  #attended: Floats = new Float32Array();
  // Their gradients; and the causal mask (T, T), -infinity above the diagonal.
  #qkvDiff: Floats = new Float32Array();
  #scores: Floats = new Float32Array();
  #attendedDiff: Floats = new Float32Array();
  #mask: Floats = new Float32Array();

  override setup([x]: [Blob]): void {
    const { features } = this.#sizesOf(x);
    const weights: FillerParameter = { type: "xavier" };
    this.blobs.add([features, 3 * features], weights);
    this.blobs.add([features, features], weights);
    if (!this.param.bias) return;
    this.blobs.add([3 * features]);
    this.blobs.add([features]);
  }

  override reshape([x]: [Blob], [y]: [Blob]): void {
    refuseInPlace([x], [y]);
    const { items, places, features } = this.#sizesOf(x);
    const { heads, causal } = this.param;
    const made = this.blobs[1]!.shape[0]!;
    if (features !== made) {
      throw new RangeError(`Expected ${made} features, as when the net was made, but found ${features}`);
    }
    y.reshapeLike(x);
    const before = this.#sizes;
    if (before.items === items && before.places === places) return;
    this.#sizes = { items, places, features };
    this.#qkv = new Float32Array(items * places * 3 * features);
    this.#qkvDiff = new Float32Array(this.#qkv.length);
    this.#attended = new Float32Array(items * places * features);
    this.#attendedDiff = new Float32Array(this.#attended.length);
    this.#probabilities = new Float32Array(items * heads * places * places);
    this.#scores = new Float32Array(this.#probabilities.length);
    if (!causal) return;
    this.#mask = new Float32Array(places * places);
    for (let t = 0; t < places; t++) this.#mask.fill(-Infinity, t * places + t + 1, (t + 1) * places);
  }

  override forward([x]: [Blob], [y]: [Blob]): void {
    const { ops } = this;
    const { items, places, features } = this.#sizes;
    const rows = items * places;
    const [qkvWeight, outWeight, qkvBias, outBias] = this.blobs as readonly Blob[] as [
      Blob,
      Blob,
      Blob?,
      Blob?,
    ];
    const qkv = this.#qkv, p = this.#probabilities, attended = this.#attended, out = y.data;
    ops.gemm({ m: rows, n: 3 * features, k: features }, x.data, qkvWeight.data, qkv);
    if (qkvBias !== undefined) ops.addVector({ outer: rows, axis: 3 * features }, qkv, qkvBias.data, qkv);

    const [q, k, v] = this.#parts(qkv);
    ops.gemmBatch({ ...this.#shape("scores"), transB: true, alpha: this.#alpha }, q, k, p);
    if (this.param.causal) {
      ops.addVector({ outer: items * this.param.heads, axis: places * places }, p, this.#mask, p);
    }
    ops.softmax(this.#rows, p, p);
    ops.gemmBatch(this.#shape("mix"), p, v, attended);

    ops.gemm({ m: rows, n: features, k: features }, attended, outWeight.data, out);
    if (outBias !== undefined) ops.addVector({ outer: rows, axis: features }, out, outBias.data, out);
  }

  override backward([y]: [Blob], [wanted]: boolean[], [x]: [Blob]): void {
    const { ops } = this;
    const { items, places, features } = this.#sizes;
    const rows = items * places;
    const [qkvWeight, outWeight, qkvBias, outBias] = this.blobs as readonly Blob[] as [
      Blob,
      Blob,
      Blob?,
      Blob?,
    ];
    const dy = y.diff, dAttended = this.#attendedDiff, dqkv = this.#qkvDiff, ds = this.#scores;
    const p = this.#probabilities;
    // The projection after the heads.
    ops.gemm(
      { m: features, n: features, k: rows, transA: true, beta: 1 },
      this.#attended,
      dy,
      outWeight.diff,
    );
    if (outBias !== undefined) ops.sumVector({ outer: rows, axis: features }, dy, outBias.diff, 1);
    ops.gemm({ m: rows, n: features, k: features, transB: true }, dy, outWeight.data, dAttended);

    // The heads: dP = dA Vᵀ, dV = Pᵀ dA, dS by the softmax, dQ = α dS K, dK = α dSᵀ Q.
    const [q, k, v] = this.#parts(this.#qkv), [dq, dk, dv] = this.#parts(dqkv);
    const [mix, scores, alpha] = [this.#shape("mix"), this.#shape("scores"), this.#alpha];
    const { strideA: square, strideB: wide, strideC: narrow } = mix;
    ops.gemmBatch(
      { ...scores, lda: features, strideA: narrow, strideB: wide, transB: true },
      dAttended,
      v,
      ds,
    );
    ops.gemmBatch(
      { ...mix, transA: true, strideB: narrow, ldb: features, ldc: mix.ldb!, strideC: wide },
      p,
      dAttended,
      dv,
    );
    ops.softmaxBackward(this.#rows, p, ds, ds);
    const back: GemmBatchShape = { ...mix, alpha, ldc: mix.ldb!, strideA: square, strideC: wide };
    ops.gemmBatch(back, ds, k, dq);
    ops.gemmBatch({ ...back, transA: true }, ds, q, dk);

    // The projections before them.
    ops.gemm({ m: features, n: 3 * features, k: rows, transA: true, beta: 1 }, x.data, dqkv, qkvWeight.diff);
    if (qkvBias !== undefined) ops.sumVector({ outer: rows, axis: 3 * features }, dqkv, qkvBias.diff, 1);
    if (wanted) {
      ops.gemm({ m: rows, n: features, k: 3 * features, transB: true }, dqkv, qkvWeight.data, x.diff);
    }
  }

  /** 1 / √d. */
  get #alpha(): number {
    return 1 / Math.sqrt(this.#sizes.features / this.param.heads);
  }

  /** The scores as rows of T, one per position and head. */
  get #rows(): AxisShape {
    const { items, places } = this.#sizes;
    return { outer: items * this.param.heads * places, axis: places };
  }

  /** Q, K and V: views of (N, T, 3, D) that start at each. */
  #parts(qkv: Floats): [Floats, Floats, Floats] {
    const { features } = this.#sizes;
    return [qkv, qkv.subarray(features), qkv.subarray(2 * features)];
  }

  /** The shape of a head's product: scores (T, T) = Q Kᵀ, or the mix (T, d) = P V. */
  #shape(which: "scores" | "mix"): GemmBatchShape {
    const { items, places, features } = this.#sizes, { heads } = this.param;
    const size = features / heads;
    const batch = [items, heads] as const;
    const square = [heads * places * places, places * places] as const;
    const wide = [places * 3 * features, size] as const;
    const narrow = [places * features, size] as const;
    if (which === "scores") {
      const ld = 3 * features;
      return {
        m: places,
        n: places,
        k: size,
        batch,
        lda: ld,
        ldb: ld,
        strideA: wide,
        strideB: wide,
        strideC: square,
      };
    }
    const [ldb, ldc] = [3 * features, features];
    return {
      m: places,
      n: size,
      k: places,
      batch,
      ldb,
      ldc,
      strideA: square,
      strideB: wide,
      strideC: narrow,
    };
  }

  #sizesOf(x: Blob): Sizes {
    const [items, places, features] = x.shape;
    if (x.numAxes !== 3) {
      throw new RangeError(`Expected a bottom of shape (N, T, D) but found (${x.shape.join(", ")})`);
    }
    if (features! % this.param.heads !== 0) {
      throw new RangeError(
        `Expected heads to divide ${features} features but found ${this.param.heads} heads`,
      );
    }
    return { items: items!, places: places!, features: features! };
  }

  /** What {@link forward} computes, in ONNX. */
  static onnx(
    graph: GraphBuilder,
    layer: OnnxLayer<z.output<typeof SelfAttentionParams>>,
  ): readonly OnnxValue[] {
    const { bottoms: [x], blobs: [qkvWeight, outWeight, qkvBias, outBias], param: { heads, causal } } = layer;
    const [features] = numbers(layer, x.shape.slice(2)) as [number], size = features / heads;
    const constant = (of: OnnxTensor | undefined, name: string) => graph.constant(of!, name);
    const project = (value: OnnxValue, weights: OnnxTensor | undefined, bias: OnnxTensor | undefined) => {
      const product = graph.node("MatMul", [value, constant(weights, "weights")]);
      return bias === undefined ? product : graph.node("Add", [product, constant(bias, "bias")]);
    };
    const parts = split(graph, project(x, qkvWeight, qkvBias), [features, features, features], 2);
    // Q and V: (N, heads, T, d); K: (N, heads, d, T).
    const [q, k, v] = parts.map((part, i) =>
      graph.node("Transpose", [reshaped(graph, part, [0, 0, heads, size])], {
        perm: i === 1 ? [0, 2, 3, 1] : [0, 2, 1, 3],
      })
    );
    const alpha = graph.float(1 / Math.sqrt(size));
    let scores = graph.node("Mul", [graph.node("MatMul", [q, k]), alpha]);
    if (causal) {
      const [places] = numbers(layer, [x.shape[1]!]) as [number];
      const mask = Float32Array.from(
        { length: places * places },
        (_, i) => i % places > Math.floor(i / places) ? -Infinity : 0,
      );
      scores = graph.node("Add", [
        scores,
        graph.constant({ shape: [places, places], data: mask, type: "float32" }, "mask"),
      ]);
    }
    const mixed = graph.node("MatMul", [graph.node("Softmax", [scores], { axis: 3 }), v]);
    const attended = graph.node("Transpose", [mixed], { perm: [0, 2, 1, 3] });
    return [project(reshaped(graph, attended, [0, 0, features]), outWeight, outBias)];
  }
}
