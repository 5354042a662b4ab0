import { type Blob, Layer } from "crema";
import { random, shapes, SIDE } from "./shapes.ts";

/**
 * A data layer in TypeScript, as pascal-multilabel's in Python: images (N, 1, 32, 32) with up to four shapes, one per
 * quarter, and labels (N, 4) that tell which are there. `param_str`: { "batch_size": N }.
 */
export class MultilabelData extends Layer<{ batch_size: number }> {
  static type = "MultilabelData";
  static bottoms = 0;
  static tops = 2;
  #random = random(this.phase === "TRAIN" ? 1 : 2);
  #shapes = shapes(400, this.phase === "TRAIN" ? 3 : 4);

  override reshape(_bottoms: [], [data, labels]: [Blob, Blob]): void {
    data.reshape(this.param.batch_size, 1, 2 * SIDE, 2 * SIDE);
    labels.reshape(this.param.batch_size, 4);
  }

  override forward(_bottoms: [], [data, labels]: [Blob, Blob]): void {
    const width = 2 * SIDE, { images } = this.#shapes;
    const [to, present] = [data.data.fill(0.07), labels.data.fill(0)];
    for (let n = 0; n < this.param.batch_size; n++) {
      for (let quarter = 0; quarter < 4; quarter++) {
        if (this.#random() < 0.5) continue;
        const index = Math.floor(this.#random() * 400), kind = index % 4;
        present[4 * n + kind] = 1;
        const left = quarter % 2 * SIDE, top = (quarter >> 1) * SIDE;
        for (let y = 0; y < SIDE; y++) {
          const from = (index * SIDE + y) * SIDE;
          to.set(images.subarray(from, from + SIDE), (n * width + top + y) * width + left);
        }
      }
    }
  }
}
