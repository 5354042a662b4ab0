import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../onnx/mod.ts";
import { reshaped } from "../onnx/graph_parts.ts";
import { numbers } from "../onnx/export/exported_layer.ts";
import { Layer } from "./layer.ts";
import { batchShape, blockOffsets, checkBlocks } from "./shared/block_offsets.ts";
import { Rearrangement } from "./shared/rearrangement.ts";
import { refuseInPlace } from "./shared/refuse_in_place.ts";

/** `space_to_batch_nd_param` of a {@link SpaceToBatchNDLayer}. */
export const SpaceToBatchNDParams = z.strictObject({
  block_shape: z.array(z.int().positive()).min(1).describe(
    "the block's size along each axis after the first",
  ),
  paddings: z.array(z.int().min(0)).describe(
    "zeros before and after each of these axes: two numbers an axis",
  ),
});

/**
 * Moves blocks of positions into the batch: y[(i b₂ + j) N + n, h, w, …] = x[n, h b₁ + i − p₁, w b₂ + j − p₂, …], and 0
 * outside x. Bottom x: (N, d₁, d₂, …); top y: (N b₁ b₂, (d₁ + p₁ + q₁)/b₁, (d₂ + p₂ + q₂)/b₂, …), with `block_shape` b
 * and `paddings` p₁, q₁, p₂, q₂. The gradient goes back the same way.
 *
 * SpaceToBatchND of Synopsys' Caffe and TensorFlow.
 */
export class SpaceToBatchNDLayer extends Layer<z.output<typeof SpaceToBatchNDParams>> {
  static type = "SpaceToBatchND";
  static params = SpaceToBatchNDParams;
  static bottoms = 1;
  static tops = 1;
  static examples = [
    { bottoms: [[2, 3, 4, 2]], param: { block_shape: [2, 3], paddings: [0, 1, 1, 1] } },
    { bottoms: [[2, 4]], param: { block_shape: [2], paddings: [0, 0] } },
  ];
  readonly #places = new Rearrangement();

  override reshape([x]: [Blob], [y]: [Blob]): void {
    refuseInPlace([x], [y]);
    const blocks = { block: this.param.block_shape, borders: this.param.paddings };
    checkBlocks(x.shape, blocks, "paddings");
    y.reshape(batchShape(x.shape, blocks));
    this.#places.prepare(x.shape, () => blockOffsets(x.shape, blocks));
  }

  override forward([x]: [Blob], [y]: [Blob]): void {
    this.#places.scatter(x.data, y.data);
  }

  override backward([y]: [Blob], [wanted]: boolean[], [x]: [Blob]): void {
    if (wanted) this.#places.gather(y.diff, x.diff);
  }

  /** What {@link forward} computes, in ONNX. */
  static onnx(
    graph: GraphBuilder,
    layer: OnnxLayer<z.output<typeof SpaceToBatchNDParams>>,
  ): readonly OnnxValue[] {
    const { block_shape: block, paddings } = layer.param, [x] = layer.bottoms, axes = block.length;
    const [, ...space] = numbers(layer, [0, ...x.shape.slice(1)]), rest = space.slice(axes);
    const side = (
      parity: 0 | 1,
    ) => [0, ...block.map((_, i) => paddings[2 * i + parity]!), ...rest.map(() => 0)];
    const whole = graph.node("Pad", [x, graph.ints([...side(0), ...side(1)])]);
    const few = block.map((size, i) => (space[i]! + paddings[2 * i]! + paddings[2 * i + 1]!) / size);
    const apart = reshaped(graph, whole, [0, ...block.flatMap((size, i) => [few[i]!, size]), ...rest]);
    const perm = [
      ...block.map((_, i) => 2 * i + 2),
      0,
      ...block.map((_, i) => 2 * i + 1),
      ...rest.map((_, i) => 2 * axes + 1 + i),
    ];
    return [reshaped(graph, graph.node("Transpose", [apart], { perm }), [-1, ...few, ...rest])];
  }
}
