import { CremaError } from "../../base/error.ts";
import type { LayerParameter } from "../../proto/messages.ts";
import type { GraphBuilder, OnnxDim, OnnxValue } from "../graph_builder.ts";
import type { OnnxTensor } from "../tensor.ts";

/** A layer that is to become nodes of an ONNX graph. */
export interface ExportedLayer {
  /** The layer's name. */
  readonly name: string;
  /** Its type. */
  readonly type: string;
  /** The layer in the prototxt. */
  readonly param: LayerParameter;
  /** The values that it reads, with their shapes. */
  readonly bottoms: readonly ShapedValue[];
  /** The shapes of its tops. */
  readonly tops: readonly (readonly OnnxDim[])[];
  /** Its parameters, as the layer's blobs are: weights, then bias. */
  readonly blobs: readonly OnnxTensor[];
}

/** A value whose shape is known. */
export interface ShapedValue extends OnnxValue {
  readonly shape: readonly OnnxDim[];
}

/** Adds a layer's nodes to a graph. Returns its tops. Throws a CremaError for what ONNX can't do. */
export type LayerExporter = (graph: GraphBuilder, layer: ExportedLayer) => readonly OnnxValue[];

/** The number of axes of a layer's first bottom, and which of them an axis, perhaps negative, is. */
export function axisOf(layer: ExportedLayer, axis: number, bottom = 0): number {
  const { length } = layer.bottoms[bottom]!.shape;
  return axis < 0 ? axis + length : axis;
}

/** The lengths that must be numbers, such as channels; throws a CremaError where one depends on the batch. */
export function numbers(layer: { readonly name: string }, dims: readonly OnnxDim[]): number[] {
  return dims.map((dim) => {
    if (typeof dim === "number") return dim;
    throw new CremaError(
      `Expected a shape that does not depend on the batch but found (${dims.join(", ")})`,
      { layer: layer.name, hint: "Export with --batch, which fixes the batch." },
    );
  });
}

/** Throws a CremaError that says what ONNX lacks for a layer. */
export function refuse(layer: { readonly name: string }, expected: string, found: string): never {
  throw new CremaError(`Expected ${expected}, which ONNX can say, but found ${found}`, { layer: layer.name });
}
