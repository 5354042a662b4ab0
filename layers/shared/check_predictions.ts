import type { Blob } from "../../ffi/blob.ts";

/**
 * The number of SSD's priors (1, 2, 4 P), and of the sets of boxes that are predicted for them: one, or one for each
 * class. Throws a RangeError unless there is a box of each set, and a confidence of each class, for every prior and item.
 */
export function checkPredictions(
  boxes: Blob,
  confidences: Blob,
  priors: Blob,
  { num_classes: classes, share_location: shared }: { num_classes: number; share_location: boolean },
): { count: number; sets: number } {
  const [items] = boxes.shape, count = (priors.shape[2] ?? 0) / 4, sets = shared ? 1 : classes;
  if (boxes.count === items! * count * sets * 4 && confidences.count === items! * count * classes) {
    return { count, sets };
  }
  throw new RangeError(
    `Expected ${count * sets * 4} box values and ${count * classes} confidences of each item for ${count} ` +
      `priors and ${classes} classes but found (${boxes.shape.join(", ")}) and (${
        confidences.shape.join(", ")
      })`,
  );
}
