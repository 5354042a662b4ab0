import { type Blob, Layer } from "crema";
import { z } from "zod";
import { Scene } from "../shared/scene.ts";

const params = z.strictObject({
  batch_size: z.int().positive().describe("images per batch"),
  side: z.int().min(16).default(64).describe("width and height of an image, in pixels"),
  examples: z.int().positive().optional().describe("after how many images to begin anew; never by default"),
});

/**
 * Synthetic images of shapes, and the class of each pixel: 0 is the background, 1 a circle, 2 a square, 3 a
 * triangle. No bottoms; tops: the images (N, 3, side, side) and the labels (N, 1, side, side). Nets of
 * different phases get different images, which follow from the seed.
 */
export class ShapeMasksLayer extends Layer<z.output<typeof params>> {
  static bottoms = 0;
  static tops = 2;
  static params = params;
  static examples = [{ bottoms: [], tops: 2, param: { batch_size: 2, side: 16 }, random: true }];
  #next = 0;

  override reshape(_: [], [images, labels]: [Blob, Blob]): void {
    const { batch_size, side } = this.param;
    images.reshape(batch_size, 3, side, side);
    labels.reshape(batch_size, 1, side, side);
  }

  override forward(_: [], [images, labels]: [Blob, Blob]): void {
    const { batch_size, side, examples = Infinity } = this.param;
    const pixels = side * side, seed = 2 * (this.seed ?? 0) + (this.phase === "TEST" ? 1 : 0);
    const options = { side, most: 3, sizes: [side / 4, side / 2] } as const;
    for (let n = 0; n < batch_size; n++) {
      const image = images.data.subarray(3 * n * pixels, 3 * (n + 1) * pixels);
      new Scene(seed, this.#next, options).draw(image, labels.data.subarray(n * pixels, (n + 1) * pixels));
      this.#next = (this.#next + 1) % examples;
    }
  }

  /** The number of the next scene. */
  override save(): number {
    return this.#next;
  }

  override restore(next: number): void {
    this.#next = next;
  }
}
