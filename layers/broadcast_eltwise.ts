import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../onnx/mod.ts";
import { Layer } from "./layer.ts";
import { Broadcast } from "./shared/broadcast.ts";
import { refuseInPlace } from "./shared/refuse_in_place.ts";

/** `param_str` of an {@link Eltwise}. */
export const BroadcastEltwiseParams = z.strictObject({
  operation: z.int().min(0).max(4).describe("0: a b, 1: c₁ a + c₂ b, 2: max(a, b), 3: a / b, 4: min(a, b)"),
  coeff: z.tuple([z.number(), z.number()]).default([1, 1]).describe("c₁ and c₂ of the sum"),
});

/** Values and derivatives of an operation. */
interface Operation {
  readonly value: (a: number, b: number) => number;
  readonly slopes: (a: number, b: number) => readonly [da: number, db: number];
}

const PRODUCT: Operation = { value: (a, b) => a * b, slopes: (a, b) => [b, a] };
const QUOTIENT: Operation = { value: (a, b) => a / b, slopes: (a, b) => [1 / b, -a / (b * b)] };
const MAXIMUM: Operation = { value: Math.max, slopes: (a, b) => a >= b ? [1, 0] : [0, 1] };
const MINIMUM: Operation = { value: Math.min, slopes: (a, b) => a <= b ? [1, 0] : [0, 1] };

/**
 * Combines two arrays, whose axes of 1 are repeated: y = a b, c₁ a + c₂ b, max(a, b), a / b or min(a, b). Bottoms: a and
 * b. Axes count from the last, as in numpy: (N, C) times (C) is (N, C). Gradients are summed over the places of an element;
 * of equal values, a has the maximum and the minimum.
 *
 * The Python layer Eltwise of Synopsys' Caffe (`eltwise.Eltwise`), which has no gradient.
 */
export class Eltwise extends Layer<z.output<typeof BroadcastEltwiseParams>> {
  static type = "BroadcastEltwise";
  static params = BroadcastEltwiseParams;
  static bottoms = 2;
  static tops = 1;
  static examples = [0, 1, 2, 3, 4].map((operation) => ({
    bottoms: [[2, 1, 3], { shape: [4, 1], batchAxis: null, range: [1.5, 3] as const }],
    param: { operation, coeff: [2, -0.5] },
  }));
  readonly #both = new Broadcast();
  readonly #operation: Operation = this.#operationOf();

  override reshape([a, b]: [Blob, Blob], [y]: [Blob]): void {
    refuseInPlace([a, b], [y]);
    this.#both.prepare(a.shape, b.shape);
    y.reshape(this.#both.shape);
  }

  override forward([a, b]: [Blob, Blob], [y]: [Blob]): void {
    const { first, second } = this.#both, left = a.data, right = b.data, to = y.data;
    for (let i = 0; i < to.length; i++) {
      to[i] = this.#operation.value(left[first[i]!]!, right[second[i]!]!);
    }
  }

  override backward([y]: [Blob], propagateDown: boolean[], [a, b]: [Blob, Blob]): void {
    const { first, second } = this.#both, dy = y.diff, left = a.data, right = b.data;
    const sums = [new Float64Array(a.count), new Float64Array(b.count)] as const;
    for (let i = 0; i < dy.length; i++) {
      const [da, db] = this.#operation.slopes(left[first[i]!]!, right[second[i]!]!);
      sums[0][first[i]!]! += da * dy[i]!;
      sums[1][second[i]!]! += db * dy[i]!;
    }
    if (propagateDown[0]) a.diff.set(sums[0]);
    if (propagateDown[1]) b.diff.set(sums[1]);
  }

  #operationOf(): Operation {
    const { operation, coeff: [c, d] } = this.param;
    const sum: Operation = { value: (a, b) => c * a + d * b, slopes: () => [c, d] };
    return [PRODUCT, sum, MAXIMUM, QUOTIENT, MINIMUM][operation]!;
  }

  /** What {@link forward} computes, in ONNX. */
  static onnx(
    graph: GraphBuilder,
    { bottoms: [a, b], param }: OnnxLayer<z.output<typeof BroadcastEltwiseParams>>,
  ): readonly OnnxValue[] {
    const [c, d] = param.coeff;
    const times = (value: OnnxValue | undefined, factor: number) =>
      factor === 1 ? value : graph.node("Mul", [value, graph.float(factor)]);
    if (param.operation === 1) return [graph.node("Add", [times(a, c), times(b, d)])];
    return [graph.node((["Mul", "Add", "Max", "Div", "Min"] as const)[param.operation]!, [a, b])];
  }
}
