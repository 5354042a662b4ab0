import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../onnx/mod.ts";
import { Layer } from "./layer.ts";

/** `param_str` of a {@link CutoutLayer}. */
export const CutoutParams = z.strictObject({
  length: z.int().positive().describe("side of the square, in pixels"),
  probability: z.number().min(0).max(1).default(1).describe("that an image loses a square"),
  value: z.number().default(0).describe("what the square is filled with"),
});

/**
 * Cuts a square out of each image, in all channels: y = m x + (1 − m) value, where m is 0 in the square and 1
 * elsewhere. In phase TEST it changes nothing. The square's centre may be any pixel, so part of it may be
 * outside the image. Bottom x and top y: (N, C, H, W); may be in place. Gradient: dx = m dy.
 *
 * DeVries, Taylor: Improved Regularization of Convolutional Neural Networks with Cutout, 2017,
 * arXiv:1708.04552.
 */
export class CutoutLayer extends Layer<z.output<typeof CutoutParams>> {
  static type = "Cutout";
  static bottoms = 1;
  static tops = 1;
  static examples = [{ bottoms: [[3, 2, 5, 5]], param: { length: 3 }, random: true }];
  static params = CutoutParams;
  /** Each image's square: top, bottom, left, right. */
  #squares = new Int32Array();

  override reshape([x]: [Blob], [y]: [Blob]): void {
    if (x.numAxes !== 4) {
      throw new RangeError(`Expected a bottom of shape (N, C, H, W) but found (${x.shape.join(", ")})`);
    }
    if (x !== y) y.reshapeLike(x);
    if (this.#squares.length !== 4 * x.num) this.#squares = new Int32Array(4 * x.num);
  }

  override forward([x]: [Blob], [y]: [Blob]): void {
    if (x !== y) this.ops.copy(x.data, y.data);
    if (this.phase === "TEST") return;
    const { length, probability, value } = this.param;
    const { num, height, width } = x;
    for (let n = 0; n < num; n++) {
      const cut = this.random.bernoulli(probability);
      const top = this.random.integer(height) - (length >> 1);
      const left = this.random.integer(width) - (length >> 1);
      this.#squares.set(cut ? [top, top + length, left, left + length] : [0, 0, 0, 0], 4 * n);
    }
    this.#fill(x, y.data, value);
  }

  override backward([y]: [Blob], [wanted]: boolean[], [x]: [Blob]): void {
    if (!wanted) return;
    if (x !== y) this.ops.copy(y.diff, x.diff);
    if (this.phase !== "TEST") this.#fill(x, x.diff, 0);
  }

  #fill({ num, channels, height, width }: Blob, values: Float32Array, value: number): void {
    for (let n = 0; n < num; n++) {
      const [top, bottom, left, right] = this.#squares.subarray(4 * n, 4 * n + 4) as unknown as number[];
      const first = Math.max(left!, 0), end = Math.min(right!, width);
      for (let c = 0; c < channels; c++) {
        for (let h = Math.max(top!, 0); h < Math.min(bottom!, height); h++) {
          const row = ((n * channels + c) * height + h) * width;
          values.fill(value, row + first, row + end);
        }
      }
    }
  }

  /** What {@link forward} computes, in ONNX. */
  static onnx(_graph: GraphBuilder, { bottoms: [x] }: OnnxLayer): readonly OnnxValue[] {
    return [x];
  }
}
