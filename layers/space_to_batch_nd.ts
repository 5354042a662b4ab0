import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
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
}
