import { type Blob, Layer } from "crema";
import { z } from "zod";
import { Scene } from "../shared/scene.ts";

const params = z.strictObject({
  batch_size: z.int().positive().describe("images per batch"),
  side: z.int().min(16).default(64).describe("width and height of an image, in pixels"),
  examples: z.int().positive().optional().describe("after how many images to begin anew; never by default"),
});

/**
 * Synthetic images of one to four shapes, and their boxes: class 1 is a circle, 2 a square, 3 a triangle. No
 * bottoms; tops: the images (N, 3, side, side) and the objects (1, 1, G, 8), each [item, class, instance, x1, y1,
 * x2, y2, difficult] with corners in parts of the image, as SSD's layers take them. Nets of different phases get
 * different images, which follow from the seed.
 */
export class ShapeBoxesLayer extends Layer<z.output<typeof params>> {
  static bottoms = 0;
  static tops = 2;
  static params = params;
  static examples = [{ bottoms: [], tops: 2, param: { batch_size: 2, side: 16 }, random: true }];
  #next = 0;

  override reshape(_: [], [images, objects]: [Blob, Blob]): void {
    const { batch_size, side } = this.param;
    images.reshape(batch_size, 3, side, side);
    objects.reshape(1, 1, batch_size, 8); // how many there are is known in forward only
  }

  override forward(_: [], [images, objects]: [Blob, Blob]): void {
    const { batch_size, side, examples = Infinity } = this.param;
    const seed = 2 * (this.seed ?? 0) + (this.phase === "TEST" ? 1 : 0);
    const rows: number[] = [];
    for (let item = 0; item < batch_size; item++) {
      const scene = sceneOf(seed, this.#next, side);
      scene.draw(images.data.subarray(3 * item * side ** 2, 3 * (item + 1) * side ** 2));
      for (const [instance, { label, x, y, size }] of scene.shapes.entries()) {
        const box = [x, y, x + size, y + size].map((pixels) => pixels / side);
        rows.push(item, label, instance, ...box, 0);
      }
      this.#next = (this.#next + 1) % examples;
    }
    objects.reshape(1, 1, rows.length / 8, 8);
    objects.data.set(rows);
  }

  /** The number of the next scene. */
  override save(): number {
    return this.#next;
  }

  override restore(next: number): void {
    this.#next = next;
  }
}

/** The `index`-th scene of a stream: shapes of many sizes, for more than one feature map. */
export function sceneOf(seed: number, index: number, side: number): Scene {
  return new Scene(seed, index, { side, most: 4, sizes: [side / 5, 3 * side / 5] });
}
