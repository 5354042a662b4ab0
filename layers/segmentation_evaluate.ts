import { z } from "zod";
import { resamplePixels } from "../data/images/resample_pixels.ts";
import type { Blob } from "../ffi/blob.ts";
import { Layer } from "./layer.ts";

/** `segmentation_evaluate_param` of a {@link SegmentationEvaluateLayer}. */
export const SegmentationEvaluateParams = z.strictObject({
  num_classes: z.int().positive().describe("the number of classes, C of both bottoms"),
  threshold: z.number().default(0.5).describe("pixels with more than that are of the class"),
});

/**
 * The intersection over union of predicted and true masks, for each class: a metric without a gradient. Bottoms:
 * probabilities p (N, C, H, W) and masks y (N, C, H', W'); top: (1, 1, 1, C). Of each class c, with P and Y the pixels where p
 * and y exceed `threshold`, top_c = |P ∩ Y| / |P ∪ Y|, over all items.
 *
 * Where the masks have another size, p becomes an image of bytes, truncated from 255 p, which is resized by area to
 * the masks' size, and P are its bytes above the whole part of 255 times `threshold`. A class that no mask has is −1 then,
 * unless it is predicted and masks have p's size: then it is 0.
 *
 * SegmentationEvaluate of MobileNet-YOLO's Caffe, which looks at the first item only.
 */
export class SegmentationEvaluateLayer extends Layer<z.output<typeof SegmentationEvaluateParams>> {
  static type = "SegmentationEvaluate";
  static params = SegmentationEvaluateParams;
  static bottoms = 2;
  static tops = 1;
  static examples = [[2, 3], [4, 4]].map((size) => ({
    bottoms: [
      { shape: [2, 2, 2, 3], range: [0, 1] as const, gradient: false },
      { shape: [2, 2, ...size], labels: 2 },
    ],
    param: { num_classes: 2 },
    gradientTops: [],
  }));

  override reshape([p, y]: [Blob, Blob], [overlaps]: [Blob]): void {
    const { num_classes } = this.param, [items, classes] = p.shape;
    if (
      p.numAxes !== 4 || y.numAxes !== 4 || classes !== num_classes || y.shape[1] !== classes ||
      y.shape[0] !== items
    ) {
      throw new RangeError(
        `Expected probabilities (N, ${num_classes}, H, W) and masks (N, ${num_classes}, H', W') but found (${
          p.shape.join(", ")
        }) and (${y.shape.join(", ")})`,
      );
    }
    overlaps.reshape(1, 1, 1, classes);
  }

  override forward([p, y]: [Blob, Blob], [overlaps]: [Blob]): void {
    const [items = 0, classes = 0, height = 0, width = 0] = p.shape;
    const threshold = Math.fround(this.param.threshold); // a float, as the values are
    const high = y.shape[2]!, wide = y.shape[3]!, area = high * wide, masks = y.data;
    const same = height === high && width === wide;
    for (let c = 0; c < classes; c++) {
      let both = 0, predicted = 0, marked = 0;
      for (let n = 0; n < items; n++) {
        const plane = (n * classes + c) * height * width, first = (n * classes + c) * area;
        const found = p.data.subarray(plane, plane + height * width);
        const seen = same ? found : enlarged(found, [height, width], [high, wide]);
        const least = same ? threshold : Math.trunc(Math.fround(threshold * 255));
        for (let at = 0; at < area; at++) {
          const isSeen = seen[at]! > least, isMarked = masks[first + at]! > threshold;
          if (isSeen) predicted++;
          if (isMarked) marked++;
          if (isSeen && isMarked) both++;
        }
      }
      const missing = same || marked > 0 ? 0 : -1;
      overlaps.data[c] = both === 0 ? missing : both / (predicted + marked - both);
    }
  }

  override backward(_tops: Blob[], propagateDown: boolean[], bottoms: Blob[]): void {
    for (const [i, bottom] of bottoms.entries()) if (propagateDown[i]) bottom.diff.fill(0);
  }
}

/** Probabilities as bytes of an image of another size. */
function enlarged(
  values: Float32Array,
  [height, width]: readonly [number, number],
  [high, wide]: readonly [number, number],
): Uint8Array {
  const data = Uint8Array.from(
    values,
    (value) => Math.min(Math.max(Math.trunc(Math.fround(value * 255)), 0), 255),
  );
  return resamplePixels({ width, height, channels: 1, data }, high, wide, "AREA").data;
}
