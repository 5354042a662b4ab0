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
