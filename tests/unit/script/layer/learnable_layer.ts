import type { Blob } from "../../../../ffi/blob.ts";
import { Layer } from "../../../../layers/layer.ts";

/**
 * y = w ⊙ x + b with a w and b for each value of an item, like Scale with a bias over all axes but the first.
 */
export class AffineLayer extends Layer {
  static type = "Affine";
  static bottoms = 1;
  static tops = 1;
  #weight!: Blob;
  #bias!: Blob;

  override setup([x]: [Blob]): void {
    const shape = x.shape.slice(1);
    this.#weight = this.blobs.add(shape, { type: "uniform", min: 0.5, max: 1.5 });
    this.#bias = this.blobs.add(shape);
  }

  override reshape([x]: [Blob], [y]: [Blob]): void {
    y.reshape(x.shape);
  }

  override forward([x]: [Blob], [y]: [Blob]): void {
    const from = x.data, to = y.data, w = this.#weight.data, b = this.#bias.data;
    for (let i = 0; i < to.length; i++) to[i] = w[i % w.length]! * from[i]! + b[i % w.length]!;
  }

  override backward([y]: [Blob], [wanted]: [boolean], [x]: [Blob]): void {
    const from = x.data, diff = y.diff, w = this.#weight.data;
    const dw = this.#weight.diff, db = this.#bias.diff;
    for (let i = 0; i < diff.length; i++) {
      dw[i % w.length]! += diff[i]! * from[i]!;
      db[i % w.length]! += diff[i]!;
    }
    if (!wanted) return;
    const to = x.diff;
    for (let i = 0; i < to.length; i++) to[i] = w[i % w.length]! * diff[i]!;
  }
}

/** An Affine whose weights by default learn three times as fast, and whose bias does not decay. */
export class EagerLayer extends AffineLayer {
  static override type = "Eager";
  static param = [{ lr_mult: 3 }, { decay_mult: 0 }];
}

/** A layer with a weight but no backward. */
export class StubbornLayer extends Layer {
  override setup(): void {
    this.blobs.add([2]);
  }

  override reshape([x]: [Blob], [y]: [Blob]): void {
    y.reshape(x.shape);
  }

  override forward(): void {}
}

/** Half the sum of squares. */
export class SquareLossLayer extends Layer {
  static type = "SquareLoss";
  static isLoss = true;

  override reshape(_: [Blob], tops: Blob[]): void {
    for (const top of tops) top.reshape();
  }

  override forward([x]: [Blob], tops: Blob[]): void {
    tops[0]!.data[0] = x.data.reduce((sum, value) => sum + value * value / 2, 0);
  }

  override backward([loss]: [Blob], [wanted]: [boolean], [x]: [Blob]): void {
    if (wanted) x.diff.set(x.data.map((value) => value * loss.diff[0]!));
  }
}
