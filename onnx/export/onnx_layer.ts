import type { LayerParameter } from "../../proto/messages.ts";
import type { OnnxDim } from "../graph_builder.ts";
import type { OnnxTensor } from "../tensor.ts";
import type { ShapedValue } from "./exported_layer.ts";

/**
 * A layer in TypeScript that is to become nodes of an ONNX graph: what the `static onnx` of its class gets.
 *
 * ```ts
 * import type { GraphBuilder, OnnxLayer, OnnxValue } from "../mod.ts";
 *
 * // Of a layer that multiplies by a number.
 * function onnx(graph: GraphBuilder, { bottoms: [x], param }: OnnxLayer<{ factor?: number }>): OnnxValue[] {
 *   return [graph.node("Mul", [x, graph.float(param.factor ?? 2)])];
 * }
 * ```
 */
export interface OnnxLayer<Params = unknown, TypeParam = unknown> {
  /** The layer's name in the prototxt. */
  readonly name: string;
  /** Its type in the prototxt. */
  readonly type: string;
  /** `param` of the layer's object: `param_str`, checked and completed. */
  readonly param: Params;
  /** `typeParam` of the layer's object: the parameters of its type. */
  readonly typeParam: TypeParam;
  /** The layer's object, set up and shaped: for what its constructor or `setup` found out. */
  readonly object: object;
  /** The whole `layer { … }` from the prototxt. */
  readonly layerParam: LayerParameter;
  /** What the layer reads, with shapes, in which a name such as "N" is a length that is known only when the model runs. */
  readonly bottoms: readonly [ShapedValue, ...ShapedValue[]];
  /** The shapes of its tops. */
  readonly tops: readonly [readonly OnnxDim[], ...(readonly OnnxDim[])[]];
  /** Its learnable parameters, in the order of `this.blobs`. */
  readonly blobs: readonly OnnxTensor[];
}
