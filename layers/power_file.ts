import { z } from "zod";
import { readNumbers } from "../data/sources/read_numbers.ts";
import { resolveSource } from "../data/sources/source_path.ts";
import type { Blob } from "../ffi/blob.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../onnx/mod.ts";
import { numbers } from "../onnx/export/exported_layer.ts";
import { locationOf } from "../proto/text/location.ts";
import { Layer } from "./layer.ts";

/** `power_file_param` of a {@link PowerFileLayer}. */
export const PowerFileParams = z.strictObject({
  shift_file: z.string().optional().describe(
    "a text file of numbers, one for each value of an item; without it, 0",
  ),
});

/**
 * Adds constants from a file to each item: y[n, i] = x[n, i] + b[i]. Numbers that the file lacks are 0, and those beyond an
 * item's values are not used. Bottom and top: (N, …), the same for both; may be in place. The gradient is passed on.
 *
 * PowerFile of the Caffe of Spatial Transformer Networks.
 */
export class PowerFileLayer extends Layer<z.output<typeof PowerFileParams>> {
  static type = "PowerFile";
  static params = PowerFileParams;
  static bottoms = 1;
  static tops = 1;
  static examples = [{
    bottoms: [[3, 4]],
    files: { "crema_example_shift.txt": "1 -0.5\n2.25\n" },
    param: { shift_file: "crema_example_shift.txt" },
  }];
  #shift: readonly number[] = [];

  override setup(): void {
    const { shift_file: file } = this.param;
    if (file === undefined) return;
    this.#shift = readNumbers(resolveSource(file, locationOf(this.layerParam)?.file), "a shift_file");
  }

  override reshape([x]: [Blob], [y]: [Blob]): void {
    if (x.numAxes === 0) throw new RangeError("Expected a bottom (N, …) but found a scalar");
    if (y !== x) y.reshapeLike(x);
  }

  override forward([x]: [Blob], [y]: [Blob]): void {
    const from = x.data, to = y.data, size = x.count / x.shape[0]!;
    for (let i = 0; i < to.length; i++) to[i] = from[i]! + (this.#shift[i % size] ?? 0);
  }

  override backward([y]: [Blob], [wanted]: boolean[], [x]: [Blob]): void {
    if (wanted && y !== x) this.ops.copy(y.diff, x.diff);
  }

  /** What {@link forward} computes, in ONNX. */
  static onnx(graph: GraphBuilder, layer: OnnxLayer<z.output<typeof PowerFileParams>>): readonly OnnxValue[] {
    const [x] = layer.bottoms, shape = numbers(layer, x.shape.slice(1));
    const shift = (layer.object as PowerFileLayer).#shift;
    const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => shift[i] ?? 0);
    return [graph.node("Add", [x, graph.constant({ shape, data, type: "float32" }, "shift")])];
  }
}
