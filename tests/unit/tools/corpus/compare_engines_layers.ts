import { type Blob, Layer } from "../../../../mod.ts";

let passes = 0;

/** Gives another loss in each pass, so that no two engines agree. */
export class CountsItself extends Layer {
  static type = "CountsItself";
  static isLoss = true;

  override reshape(_bottoms: Blob[], [loss]: [Blob]): void {
    loss.reshape();
  }

  override forward(_bottoms: Blob[], [loss]: [Blob]): void {
    loss.data[0] = ++passes;
  }
}

/** The sum of its bottom, with a gradient that grows by half a percent in each pass. */
export class HasKinks extends Layer {
  static type = "HasKinks";
  static isLoss = true;
  static passes = 0;

  override reshape(_bottoms: Blob[], [loss]: [Blob]): void {
    loss.reshape();
  }

  override forward([bottom]: [Blob], [loss]: [Blob]): void {
    loss.data[0] = bottom.data.reduce((sum, value) => sum + value, 0);
  }

  override backward([loss]: [Blob], _propagateDown: boolean[], [bottom]: [Blob]): void {
    bottom.diff.fill(loss.diff[0]! * 1.005 ** HasKinks.passes++);
  }
}

/** The same by the name of a type without kinks. */
export class Smooth extends HasKinks {
  static override type = "Normalize";
}
