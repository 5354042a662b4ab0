import type { Blob } from "../ffi/blob.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../onnx/mod.ts";
import { cast } from "../onnx/graph_parts.ts";
import { Layer } from "./layer.ts";

/**
 * The shape of the bottom as numbers: y[i] = the size of axis i. Bottom: any shape with values; top: one number for
 * each of its axes. There is no gradient.
 *
 * TensorShape of Synopsys' Caffe, the Python layer `shape.TensorShape`, for networks converted from TensorFlow.
 */
export class TensorShape extends Layer {
  static type = "TensorShape";
  static bottoms = 1;
  static tops = 1;

  override reshape([x]: [Blob], [y]: [Blob]): void {
    if (x.count === 0) throw new RangeError("Expected a bottom with values but found an empty one");
    y.reshape(x.numAxes);
  }

  override forward([x]: [Blob], [y]: [Blob]): void {
    y.data.set(x.shape);
  }

  override backward(_tops: [Blob], [wanted]: boolean[], [x]: [Blob]): void {
    if (wanted) x.diff.fill(0);
  }

  /** What {@link forward} computes, in ONNX. */
  static onnx(graph: GraphBuilder, { bottoms: [x] }: OnnxLayer): readonly OnnxValue[] {
    return [cast(graph, graph.node("Shape", [x]), 1)];
  }
}
