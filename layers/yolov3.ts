import { z } from "zod";
import type { LayerContext } from "./layer.ts";
import { centredOverlap, type TrueBox } from "./shared/centred_boxes.ts";
import { sigmoid } from "./shared/found_boxes.ts";
import { YoloLoss } from "./shared/yolo_loss.ts";

/** `yolov3_param` of a {@link Yolov3Layer}. */
export const Yolov3Params = z.strictObject({
  num_class: z.int().positive().describe("number of classes"),
  num: z.int().positive().describe("number of boxes of each cell"),
  coord_scale: z.number().default(5).describe("weight of the boxes' coordinates"),
  class_scale: z.number().default(1).describe("weight of the classes"),
  thresh: z.number().default(0.2).describe("boxes that overlap an object by more need not be empty"),
  anchors_scale: z.int().positive().default(32).describe("pixels between cells"),
  biases: z.array(z.number().positive()).min(2).describe("widths and heights of all anchors, in pixels"),
  mask: z.array(z.int().min(0)).min(1).describe("which anchors the boxes of a cell have"),
  iou_thresh: z.number().default(0.5).describe(
    "anchors that overlap an object by more are responsible as well",
  ),
  label_smooth_eps: z.number().default(0.1).describe("ε: takes ε/2 from the targets of the classes"),
  iou_loss: z.literal("MSE").default("MSE").describe("losses of the overlap are not supported"),
  use_focal_loss: z.literal(false).default(false).describe("not supported"),
  use_logic_gradient: z.literal(false).default(false).describe("not supported"),
  side: z.int().optional().describe("without effect: the bottom says how many cells there are"),
  object_scale: z.number().optional().describe("without effect, as in the fork"),
  noobject_scale: z.number().optional().describe("without effect, as in the fork"),
  iou_normalizer: z.number().optional().describe("without effect: it belongs to losses of the overlap"),
  max_delta: z.number().optional().describe("without effect: it belongs to losses of the overlap"),
  accumulate: z.boolean().optional().describe("without effect: it belongs to losses of the overlap"),
});

/**
 * YOLOv3's loss for one feature map: E = 1/N Σ δ², where δ is also the gradient of the bottom, times N, as darknet
 * has it: E shows how training goes, and is not what falls along the gradient. Bottoms: the map (N, B (5 + K), H, W), with
 * the channels of Yolov3DetectionOutput for B `num` boxes and K classes, and the objects (N, 1, T, 5): rows [class, x, y,
 * width, height] in parts of the image, which end at the first without a width; top: the loss, a scalar.
 *
 * δ of the confidence is σ(to) − 0, or 0 for a box that overlaps an object by more than `thresh`. Each object has the
 * cell of its centre; responsible are, of the mask's anchors, the one whose shape overlaps the object's best among
 * all anchors, and those that overlap it by more than `iou_thresh`. For their boxes δ of the confidence is σ(to) − 1, of
 * the classes `class_scale` (σ(c) − target), with targets ε/2 and 1 − ε/2, and of the coordinates s (σ(tx) − x̂), s (σ(ty) − ŷ),
 * s (tw − ln(w/p)), s (th − ln(h/q)), where (x̂, ŷ) is the centre's place in its cell, (w, h) the object's size and (p, q)
 * the anchor's, and s = `coord_scale` (2 − the object's area). A box of several objects has the last one's
 * coordinates and the classes of all.
 *
 * Redmon, Farhadi: YOLOv3, 2018, arXiv:1804.02767; Yolov3 of MobileNet-YOLO's Caffe, where another anchor than the
 * best may be passed over unless the mask's first anchor is the first of all.
 */
export class Yolov3Layer extends YoloLoss<z.output<typeof Yolov3Params>> {
  static type = "Yolov3";
  static params = Yolov3Params;
  static isLoss = true;
  static bottoms = 2;
  static tops = 1;
  static examples = [{
    bottoms: [
      { shape: [2, 14, 3, 2], gradient: false },
      { shape: [2, 15], values: [1, 0.3, 0.4, 0.5, 0.25, 0, 0.8, 0.9, 0.3, 0.2, 0, 0, 0, 0, 0] },
    ],
    param: { num_class: 2, num: 2, biases: [8, 12, 20, 16, 30, 40, 60, 50], mask: [1, 2], thresh: 0.5 },
  }];

  /** Reads the parameters. Throws a RangeError when they contradict each other. */
  constructor(context: LayerContext<z.output<typeof Yolov3Params>>) {
    super(context);
    const { biases, mask, num } = this.param, most = Math.max(...mask);
    if (mask.length !== num) throw new RangeError(`Expected ${num} anchors in mask but found ${mask.length}`);
    if (biases.length % 2 !== 0 || biases.length / 2 <= most) {
      throw new RangeError(
        `Expected biases in pairs, at least ${most + 1} for mask, but found ${biases.length} numbers`,
      );
    }
  }

  protected override setDelta(
    shape: readonly number[],
    x: Float32Array,
    delta: Float32Array,
    objects: readonly TrueBox[],
  ): void {
    const { num, num_class, thresh, anchors_scale, biases, mask } = this.param;
    const height = shape[2]!, width = shape[3]!, area = height * width;
    const wide = anchors_scale * width, high = anchors_scale * height;
    for (let n = 0; n < num; n++) {
      const p = biases[2 * mask[n]!]! / wide, q = biases[2 * mask[n]! + 1]! / high;
      for (let cell = 0; cell < area; cell++) {
        const at = n * (5 + num_class) * area + cell;
        const box = [
          (cell % width + sigmoid(x[at]!)) / width,
          (Math.floor(cell / width) + sigmoid(x[at + area]!)) / height,
          Math.exp(x[at + 2 * area]!) * p,
          Math.exp(x[at + 3 * area]!) * q,
        ];
        const seen = objects.some((object) => centredOverlap(box, object.box) > thresh);
        delta[at + 4 * area] = seen ? 0 : sigmoid(x[at + 4 * area]!);
      }
    }
    for (const object of objects) {
      const { row, column } = this.cellOf(object, height, width);
      for (const n of this.#responsible(object, wide, high)) {
        const at = n * (5 + num_class) * area + row * width + column;
        this.#match(x, delta, { at, area, row, column, height, width, wide, high, anchor: mask[n]! }, object);
      }
    }
  }

  /** Which boxes of its cell an object has. */
  #responsible({ box: [, , w, h] }: TrueBox, wide: number, high: number): number[] {
    const { biases, mask, iou_thresh } = this.param;
    const overlaps = Array.from(
      { length: biases.length / 2 },
      (_, i) => centredOverlap([0, 0, biases[2 * i]! / wide, biases[2 * i + 1]! / high], [0, 0, w, h]),
    );
    const best = overlaps.indexOf(Math.max(...overlaps));
    return [...mask.keys()].filter((n) => {
      const overlap = overlaps[mask[n]!]!;
      return overlap > 0 && (mask[n] === best || (iou_thresh < 1 && overlap > iou_thresh));
    });
  }

  /** Makes an object the target of a box, whose first channel is at `at`. */
  #match(x: Float32Array, delta: Float32Array, place: Place, { label, box: [u, v, w, h] }: TrueBox): void {
    const { coord_scale, class_scale, biases, num_class, label_smooth_eps: smooth } = this.param;
    const { at, area, anchor } = place, scale = coord_scale * (2 - w * h);
    delta[at] = scale * (sigmoid(x[at]!) - (u * place.width - place.column));
    delta[at + area] = scale * (sigmoid(x[at + area]!) - (v * place.height - place.row));
    delta[at + 2 * area] = scale * (x[at + 2 * area]! - Math.log(w * place.wide / biases[2 * anchor]!));
    delta[at + 3 * area] = scale * (x[at + 3 * area]! - Math.log(h * place.high / biases[2 * anchor + 1]!));
    delta[at + 4 * area] = sigmoid(x[at + 4 * area]!) - 1;
    const classAt = at + 5 * area, again = delta[classAt + label * area] !== 0;
    for (let c = 0; c < num_class; c++) {
      if (again && c !== label) continue; // the box has another object's classes already
      const target = (c === label ? 1 - smooth : 0) + smooth / 2;
      delta[classAt + c * area] = class_scale * (sigmoid(x[classAt + c * area]!) - target);
    }
  }
}

/** A cell of a feature map, and the anchor of one of its boxes. */
interface Place {
  readonly at: number;
  readonly area: number;
  readonly row: number;
  readonly column: number;
  readonly height: number;
  readonly width: number;
  /** The image's width in pixels. */
  readonly wide: number;
  /** The image's height in pixels. */
  readonly high: number;
  readonly anchor: number;
}
