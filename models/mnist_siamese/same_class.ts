import { type Blob, Layer } from "crema";

/**
 * Tells which pairs are of one class: s_i = 1 if labels 2i and 2i + 1 are equal, else 0. Bottom: labels (2N);
 * top: (N). There is no gradient.
 */
export class SameClassLayer extends Layer {
  static bottoms = 1;
  static tops = 1;

  override reshape([labels]: [Blob], [same]: [Blob]): void {
    if (labels.count % 2 !== 0) {
      throw new RangeError(`Expected an even number of labels, two per pair, but found ${labels.count}`);
    }
    same.reshape(labels.count / 2);
  }

  override forward([labels]: [Blob], [same]: [Blob]): void {
    const from = labels.data, to = same.data;
    for (let i = 0; i < to.length; i++) to[i] = from[2 * i] === from[2 * i + 1] ? 1 : 0;
  }
}
