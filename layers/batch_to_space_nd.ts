import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../onnx/mod.ts";
import { reshaped, sliced } from "../onnx/graph_parts.ts";
import { numbers } from "../onnx/export/exported_layer.ts";
import { Layer } from "./layer.ts";
import { blockOffsets, checkBlocks } from "./shared/block_offsets.ts";
import { Rearrangement } from "./shared/rearrangement.ts";
import { refuseInPlace } from "./shared/refuse_in_place.ts";

/** `batch_to_space_nd_param` of a {@link BatchToSpaceNDLayer}. */
export const BatchToSpaceNDParams = z.strictObject({
  block_shape: z.array(z.int().positive()).min(1).describe(
    "the block's size along each axis after the first",
  ),
  crops: z.array(z.int().min(0)).describe(
    "how much to cut off before and after each of these axes: two an axis",
  ),
});

/**
 * Moves items of the batch back into blocks of positions, the inverse of SpaceToBatchND: y[n, h b₁ + i − p₁,
 * w b₂ + j − p₂, …] = x[(i b₂ + j) N + n, h, w, …]. Bottom x: (N b₁ b₂, d₁, d₂, …); top y: (N, d₁ b₁ − p₁ − q₁,
 * d₂ b₂ − p₂ − q₂, …), with `block_shape` b and `crops` p₁, q₁, p₂, q₂. The gradient goes back the same way.
 *
 * BatchToSpaceND of Synopsys' Caffe and TensorFlow.
 */
export class BatchToSpaceNDLayer extends Layer<z.output<typeof BatchToSpaceNDParams>> {
  static type = "BatchToSpaceND";
  static params = BatchToSpaceNDParams;
  static bottoms = 1;
  static tops = 1;
  static examples = [
    { bottoms: [[12, 2, 3, 2]], param: { block_shape: [2, 3], crops: [0, 1, 2, 1] } },
    { bottoms: [[4, 2]], param: { block_shape: [2], crops: [0, 0] } },
  ];
  readonly #places = new Rearrangement();

  override reshape([x]: [Blob], [y]: [Blob]): void {
    refuseInPlace([x], [y]);
    const blocks = { block: this.param.block_shape, borders: this.param.crops };
    checkBlocks(x.shape, blocks, "crops");
    const shape = [...x.shape];
    for (const [i, size] of blocks.block.entries()) {
      shape[0]! /= size;
      shape[i + 1] = shape[i + 1]! * size - blocks.borders[2 * i]! - blocks.borders[2 * i + 1]!;
    }
    if (!Number.isInteger(shape[0])) {
      const product = blocks.block.reduce((all, size) => all * size, 1);
      throw new RangeError(`Expected a multiple of ${product} items but found ${x.shape[0]}`);
    }
    if (shape.some((size) => size < 0)) {
      throw new RangeError(`Expected crops no larger than the blocks' space but found (${shape.join(", ")})`);
    }
    y.reshape(shape);
    this.#places.prepare(x.shape, () => blockOffsets(shape, blocks));
  }

  override forward([x]: [Blob], [y]: [Blob]): void {
    this.#places.gather(x.data, y.data);
  }

  override backward([y]: [Blob], [wanted]: boolean[], [x]: [Blob]): void {
    if (wanted) this.#places.scatter(y.diff, x.diff);
  }

  /** What {@link forward} computes, in ONNX. */
  static onnx(
    graph: GraphBuilder,
    layer: OnnxLayer<z.output<typeof BatchToSpaceNDParams>>,
  ): readonly OnnxValue[] {
    const { block_shape: block, crops } = layer.param, [x] = layer.bottoms, axes = block.length;
    const [, ...space] = numbers(layer, [0, ...x.shape.slice(1)]), rest = space.slice(axes);
    const apart = reshaped(graph, x, [...block, -1, ...space]);
    const perm = [
      axes,
      ...block.flatMap((_, i) => [axes + 1 + i, i]),
      ...rest.map((_, i) => 2 * axes + 1 + i),
    ];
    const order = graph.node("Transpose", [apart], { perm });
    const whole = reshaped(graph, order, [0, ...block.map((side, i) => side * space[i]!), ...rest]);
    if (crops.every((crop) => crop === 0)) return [whole];
    return [sliced(
      graph,
      whole,
      block.map((side, i) => ({
        axis: i + 1,
        start: crops[2 * i]!,
        end: side * space[i]! - crops[2 * i + 1]!,
      })),
    )];
  }
}
