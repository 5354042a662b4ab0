import { z } from "zod";
import type { LayerContext } from "./layer.ts";
import { centredOverlap } from "./shared/centred_boxes.ts";
import { sigmoid } from "./shared/found_boxes.ts";
import {
  type Anchor,
  bestAnchor,
  type GridItem,
  type GridObject,
  type GridSums,
  GridYoloLoss,
} from "./shared/grid_yolo_loss.ts";

/** `yolo_v3_loss_param` of a {@link YoloV3LossLayer}. */
export const YoloV3LossParams = z.strictObject({
  anchors: z.array(z.number().positive()).min(2).describe("widths and heights of all anchors, in pixels"),
  mask: z.array(z.int().min(0)).min(1).describe("which anchors the boxes of a cell have"),
  side: z.int().positive().describe("S: the cells of a row and of a column"),
  num_classes: z.int().positive().describe("K: the number of classes"),
  num_object: z.int().positive().describe("B: the number of boxes of each cell"),
  total_object: z.int().positive().describe("how many of the anchors there are"),
  ignore_thresh: z.number().default(0.7).describe("boxes that overlap an object by more need not be empty"),
  truth_thresh: z.number().default(1).describe("boxes that overlap an object by more have it too"),
  net_w: z.int().positive().describe("the image's width in pixels"),
  net_h: z.int().positive().describe("the image's height in pixels"),
});

/**
 * YOLOv3's loss for one feature map, over a grid of objects: the sum of the means over objects of squared differences of
 * classes, centres, sizes and confidences, and of the squared confidences of all boxes divided by the number of those
 * without an object. The gradient of the map is δ/N, as darknet has it, and is not that of the loss. Bottoms: the map
 * (N, B (5 + K), S, S), with the channels of Yolov3DetectionOutput, and objects by cells (N, 7 S²): one number that is not
 * used, whether there is an object, its class, and then for each cell its box [x, y, width, height] in parts of the image;
 * top: the loss, a scalar.
 *
 * With o = σ(to), δ of the confidence is o · o (1 − o), or 0 for a box that overlaps an object by more than `ignore_thresh`. An
 * object has, in the cell of its centre, the box whose anchor's shape overlaps its own best of all anchors, if it is one of the
 * mask's. There δ of the confidence is (o − 1) o (1 − o), of the classes σ(c) − target, and of the coordinates
 * s (σ(tx) − x̂) σ'(tx), s (σ(ty) − ŷ) σ'(ty), s (tw − ln(w W/p)), s (th − ln(h H/q)), with s = 2 − the object's area. A box of
 * several objects has the last one's coordinates and the classes of all. Objects without a box do not count.
 *
 * Redmon, Farhadi: YOLOv3, 2018, arXiv:1804.02767; YoloV3Loss of Synopsys' Caffe, which leaves σ behind in its bottom.
 */
export class YoloV3LossLayer extends GridYoloLoss<z.output<typeof YoloV3LossParams>> {
  static type = "YoloV3Loss";
  static params = YoloV3LossParams;
  static isLoss = true;
  static bottoms = 2;
  static tops = 1;
  static examples = [{
    bottoms: [
      { shape: [2, 14, 2, 2], gradient: false },
      {
        shape: [2, 28],
        values: [...[0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0], 0.7, 0.3, 0.4, 0.5, ...[
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          0,
        ]],
      },
    ],
    param: {
      num_classes: 2,
      num_object: 2,
      total_object: 3,
      side: 2,
      anchors: [8, 12, 20, 16, 30, 40],
      mask: [1, 2],
      net_w: 64,
      net_h: 64,
    },
  }];
  readonly #anchors: readonly Anchor[];

  /** Reads the parameters. Throws a RangeError when they contradict each other. */
  constructor(context: LayerContext<z.output<typeof YoloV3LossParams>>) {
    super(context);
    const { anchors, mask, num_object, total_object, net_w, net_h } = this.param, most = Math.max(...mask);
    if (mask.length !== num_object) {
      throw new RangeError(`Expected ${num_object} anchors in mask but found ${mask.length}`);
    }
    if (anchors.length !== 2 * total_object || most >= total_object) {
      throw new RangeError(
        `Expected two anchors for each of total_object ${total_object}, and at least ${
          most + 1
        } for mask, but found ` +
          `${anchors.length} numbers`,
      );
    }
    this.#anchors = Array.from(
      { length: total_object },
      (_, n) => [anchors[2 * n]! / net_w, anchors[2 * n + 1]! / net_h],
    );
  }

  protected override add(item: GridItem, sums: GridSums): void {
    const { side, mask, ignore_thresh, truth_thresh } = this.param, area = side * side;
    const { x, delta, objects } = item;
    for (let cell = 0; cell < area; cell++) {
      for (const [n, anchor] of mask.entries()) {
        const box = this.boxAt(x, n, cell, this.#anchors[anchor]!);
        const at = this.firstOf(n, cell) + 4 * area, o = sigmoid(x[at]!);
        let most = 0, best: GridObject | undefined;
        for (const object of objects) {
          const overlap = centredOverlap(box, object.box);
          if (overlap > most) [most, best] = [overlap, object];
        }
        sums.empty += o * o;
        if (most <= ignore_thresh) delta[at] = o * o * (1 - o);
        if (best === undefined || most <= truth_thresh) continue;
        delta[at] = (o - 1) * o * (1 - o);
        this.#match(item, { n, cell, anchor, object: best }, sums);
      }
    }
    for (const object of objects) {
      const anchor = bestAnchor(this.#anchors, object.box), n = mask.indexOf(anchor), { cell } = object;
      if (n < 0) continue;
      const at = this.firstOf(n, cell) + 4 * area, o = sigmoid(x[at]!);
      sums.objects += (1 - o) * (1 - o);
      sums.count++;
      delta[at] = (o - 1) * o * (1 - o);
      this.#match(item, { n, cell, anchor, object }, sums);
    }
  }

  /** Makes an object the target of a box's coordinates and classes. */
  #match(
    item: GridItem,
    { n, cell, anchor, object: { box, label } }: {
      n: number;
      cell: number;
      anchor: number;
      object: GridObject;
    },
    sums: GridSums,
  ): void {
    const { x, delta } = item, { side, num_classes } = this.param, area = side * side;
    this.addBox(item, { n, cell, anchor: this.#anchors[anchor]!, box, scale: 2 - box[2] * box[3] }, sums);
    const classAt = this.firstOf(n, cell) + 5 * area;
    if (delta[classAt] !== 0) { // the box has another object's classes already
      delta[classAt + label * area] = sigmoid(x[classAt + label * area]!) - 1;
      return;
    }
    for (let c = 0; c < num_classes; c++) {
      const wrong = sigmoid(x[classAt + c * area]!) - (c === label ? 1 : 0);
      delta[classAt + c * area] = wrong;
      sums.classes += wrong * wrong;
    }
  }
}
