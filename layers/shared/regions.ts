import type { Blob } from "../../ffi/blob.ts";

/** A rectangle of one item's features, in coordinates of the features. */
export interface Region {
  /** The index of the item in the batch. */
  item: number;
  /** Its corners. */
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** Checks the shapes of features (N, C, H, W) and regions (R, 5). Throws a RangeError. */
export function checkRegions(features: Blob, regions: Blob): void {
  if (features.numAxes !== 4) {
    throw new RangeError(`Expected features of shape (N, C, H, W) but found (${features.shape.join(", ")})`);
  }
  // Not the count divided by R: there may be no region at all.
  const size = regions.shape.slice(1).reduce((product, length) => product * length, 1);
  if (regions.numAxes < 2 || size !== 5) {
    throw new RangeError(
      `Expected regions of shape (R, 5), which are [item, x1, y1, x2, y2], but found (${
        regions.shape.join(", ")
      })`,
    );
  }
}

/** Reads region `r`, its corners times `scale`. Throws a RangeError if its item or corners are invalid. */
export function readRegion(regions: Float32Array, r: number, items: number, scale: number): Region {
  const at = 5 * r;
  const item = regions[at]!;
  if (!(Number.isInteger(item) && item >= 0 && item < items)) {
    throw new RangeError(`Expected region ${r} to be of an item from 0 to ${items - 1} but found ${item}`);
  }
  const [left, top, right, bottom] = [1, 2, 3, 4].map((i) => regions[at + i]! * scale);
  if (![left, top, right, bottom].every(Number.isFinite)) {
    throw new RangeError(`Expected region ${r} to have finite corners but found one that is not`);
  }
  return { item, left: left!, top: top!, right: right!, bottom: bottom! };
}
