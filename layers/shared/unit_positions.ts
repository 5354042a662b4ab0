import type { Blob } from "../../ffi/blob.ts";
import type { GraphBuilder, OnnxValue } from "../../onnx/mod.ts";
import type { LayerParameter } from "../../proto/messages.ts";
import { type Length, toUnitVectors, unitVectorsGradient, type VectorLayout } from "./unit_vectors.ts";

/** Added to the square of a length, or with L1 to the length. */
const EPS = 1e-6;

/** The fields of `normalize_param` that caffe-windows has. */
const FIELDS = new Set(["normalize_type", "bp_norm", "fix_gradient"]);

/**
 * What Normalize is in caffe-windows: y = x / √(Σ x² + 10⁻⁶) over the channels at each position, or with `normalize_type:
 * "L1"` x / (Σ |x| + 10⁻⁶). A second top (N, 1, …) is the length, which has a gradient with `bp_norm`. `fix_gradient` has no
 * effect, as in the fork.
 */
export class UnitPositions {
  readonly #length: Length;
  readonly #hasNormGradient: boolean;
  #lengths = new Float32Array();

  /** Whether a layer of type Normalize is caffe-windows'. Older files of it have `softmax_param { normalize_type }`. */
  static isMeant({ normalize_param: param, softmax_param: old, top = [] }: LayerParameter): boolean {
    return param !== undefined || old?.normalize_type !== undefined || top.length === 2;
  }

  /** The lengths (N, 1, …) of x at each position, in ONNX. */
  static onnx(graph: GraphBuilder, x: OnnxValue, layer: LayerParameter): OnnxValue {
    const type = layer.normalize_param?.normalize_type ?? layer.softmax_param?.normalize_type ?? "L2";
    const over = { axes: [1], keepdims: 1 };
    if (type === "L1") return graph.node("Add", [graph.node("ReduceL1", [x], over), graph.float(EPS)]);
    const square = graph.node("ReduceSumSquare", [x], over);
    return graph.node("Sqrt", [graph.node("Add", [square, graph.float(EPS)])]);
  }

  /** Reads `normalize_param`. Throws a RangeError for what caffe-windows does not have, `norm_param` too. */
  constructor({ normalize_param: param = {}, softmax_param: old = {}, norm_param: ofSsd }: LayerParameter) {
    if (ofSsd !== undefined) {
      throw new RangeError(
        "Expected SSD's norm_param, or one of caffe-windows' normalize_param and second top, but found both",
      );
    }
    const { normalize_type = old.normalize_type ?? "L2", bp_norm = false } = param;
    const other = Object.keys(param).find((field) => !FIELDS.has(field));
    if (other !== undefined) {
      throw new RangeError(`Expected fields of caffe-windows in normalize_param but found ${other}`);
    }
    if (normalize_type !== "L2" && normalize_type !== "L1") {
      throw new RangeError(`Expected a normalize_type of L2 or L1 but found ${normalize_type}`);
    }
    this.#length = normalize_type;
    this.#hasNormGradient = bp_norm;
  }

  reshape(x: Blob, y: Blob, norm: Blob | undefined): void {
    const { outer, inner } = layoutOf(x);
    if (this.#lengths.length !== outer * inner) this.#lengths = new Float32Array(outer * inner);
    y.reshape(x.shape);
    norm?.reshape([x.num, 1, ...x.shape.slice(2)]);
  }

  forward(x: Blob, y: Blob, norm: Blob | undefined): void {
    toUnitVectors(x.data, y.data, this.#lengths, layoutOf(x), { length: this.#length, eps: EPS });
    norm?.data.set(this.#lengths);
  }

  backward(x: Blob, y: Blob, norm: Blob | undefined): void {
    const dn = this.#hasNormGradient ? norm?.diff : undefined;
    const of = { y: y.data, dy: y.diff, lengths: this.#lengths, dn };
    unitVectorsGradient(of, x.diff, layoutOf(x), this.#length);
  }
}

function layoutOf({ shape, count }: Blob): VectorLayout {
  const [outer = 0, size = 0] = shape;
  return { outer, size, inner: count / Math.max(1, outer * size) };
}
