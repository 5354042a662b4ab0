import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import { Layer } from "./layer.ts";
import { sigmoid } from "./shared/found_boxes.ts";

/** `yolo_seg_param` of a {@link YoloSegLayer}. */
export const YoloSegParams = z.strictObject({
  object_scale: z.number().default(5).describe("s: weight of the loss"),
  num_class: z.int().optional().describe("without effect: the bottoms say how many classes there are"),
  class_scale: z.number().optional().describe("without effect, as in the fork"),
  use_logic_gradient: z.boolean().optional().describe("without effect, as in the fork"),
  use_hardsigmoid: z.boolean().optional().describe("without effect, as in the fork"),
});

/**
 * MobileNet-YOLO's loss for segmentation beside detection: E = 1/N Σ δ², where δ/N is also the gradient of the scores, as
 * darknet has it: E shows how training goes, and is not what falls along the gradient. Bottoms: scores x (N, C, H, W),
 * masks y of the same shape, and how many pixels each mask has (N, C): the sum of y over its positions; top: the loss, a
 * scalar.
 *
 * δ = s (σ(x) − y), with s = `object_scale`. Where y > ½, s is times 2 − r_c, with r_c the pixels of the class c divided by
 * those of the others, over the whole batch: small classes count twice, and one with two thirds of the pixels not at all.
 * Beyond, the factor is negative, as in the fork; where a class has all pixels, r_c has no value, and s is as elsewhere.
 * Without the third bottom, s is the same everywhere.
 *
 * YoloSeg of MobileNet-YOLO's Caffe.
 */
export class YoloSegLayer extends Layer<z.output<typeof YoloSegParams>> {
  static type = "YoloSeg";
  static params = YoloSegParams;
  static isLoss = true;
  static bottoms = [2, 3] as const;
  static tops = 1;
  static examples = [
    {
      bottoms: [{ shape: [2, 2, 1, 3], gradient: false }, { shape: [2, 2, 1, 3], labels: 2 }],
      param: { object_scale: 0.5 },
    },
    {
      bottoms: [
        { shape: [2, 2, 1, 3], gradient: false },
        { shape: [2, 2, 1, 3], values: [1, 0, 0, 0, 1, 1] },
        { shape: [2, 2], values: [1, 2] },
      ],
    },
  ];
  #delta = new Float32Array();

  override reshape([x, y, pixels]: [Blob, Blob, ...Blob[]], [loss]: [Blob]): void {
    if (x.numAxes !== 4 || y.shape.join() !== x.shape.join()) {
      throw new RangeError(
        `Expected scores (N, C, H, W) and masks of the same shape but found (${x.shape.join(", ")}) and (${
          y.shape.join(", ")
        })`,
      );
    }
    const [items = 0, classes = 0] = x.shape;
    if (pixels !== undefined && pixels.count !== items * classes) {
      throw new RangeError(
        `Expected the pixels of ${items} × ${classes} masks but found (${pixels.shape.join(", ")})`,
      );
    }
    if (this.#delta.length !== x.count) this.#delta = new Float32Array(x.count);
    loss.reshape();
  }

  override forward([x, y, pixels]: [Blob, Blob, ...Blob[]], [loss]: [Blob]): void {
    const { object_scale } = this.param, delta = this.#delta, scores = x.data, masks = y.data;
    const [items = 0, classes = 0, height = 0, width = 0] = x.shape, area = height * width;
    const marked = Float64Array.from(
      { length: classes },
      (_, c) => object_scale * (pixels === undefined ? 1 : weightOf(pixels.data, c, classes, items * area)),
    );
    let sum = 0;
    for (let n = 0, i = 0; n < items; n++) {
      for (let c = 0; c < classes; c++) {
        for (let at = 0; at < area; at++, i++) {
          const mask = masks[i]!;
          delta[i] = (mask > 0.5 ? marked[c]! : object_scale) * (sigmoid(scores[i]!) - mask);
          sum += delta[i]! * delta[i]!;
        }
      }
    }
    loss.data[0] = sum / items;
  }

  override backward([loss]: [Blob], propagateDown: boolean[], bottoms: [Blob, ...Blob[]]): void {
    for (const [i, bottom] of bottoms.entries()) if (propagateDown[i] && i > 0) bottom.diff.fill(0);
    if (!propagateDown[0]) return;
    const [x] = bottoms, to = x.diff, factor = loss.diff[0]! / x.shape[0]!;
    for (let i = 0; i < to.length; i++) to[i] = factor * this.#delta[i]!;
  }
}

/** 2 − r of a class, of which the items have so many pixels each, of `all` in the batch. */
function weightOf(pixels: Float32Array, label: number, classes: number, all: number): number {
  let own = 0;
  for (let i = label; i < pixels.length; i += classes) own += pixels[i]!;
  return own === all ? 1 : 2 - own / (all - own);
}
