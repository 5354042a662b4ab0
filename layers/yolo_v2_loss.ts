import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import type { LayerContext } from "./layer.ts";
import { centredOverlap } from "./shared/centred_boxes.ts";
import { sigmoid } from "./shared/found_boxes.ts";
import {
  type Anchor,
  bestAnchor,
  type GridItem,
  type GridSums,
  GridYoloLoss,
} from "./shared/grid_yolo_loss.ts";

/** `yolo_v2_loss_param` of a {@link YoloV2LossLayer}. */
export const YoloV2LossParams = z.strictObject({
  anchors: z.array(z.number().positive()).min(2).describe(
    "widths and heights of the boxes' anchors, in cells",
  ),
  side: z.int().positive().describe("S: the cells of a row and of a column"),
  num_classes: z.int().positive().describe("K: the number of classes"),
  num_object: z.int().positive().describe("B: the number of boxes of each cell"),
  box_scale: z.number().default(0.5).describe("weight of the boxes' coordinates"),
  class_scale: z.number().default(0.5).describe("weight of the classes"),
  noobject_scale: z.number().default(0.5).describe("weight of the confidence where there is no object"),
  object_scale: z.number().default(0.5).describe("weight of the confidence where there is one"),
  thresh: z.number().default(0.7).describe("boxes that overlap an object by more need not be empty"),
  rescore: z.boolean().default(true).describe("whether the confidence should be the overlap, instead of 1"),
  constraint: z.boolean().optional().describe("without effect, as in the fork"),
});

/** Over how many items boxes are drawn to their anchors, and how strongly. */
const WARM_UP = 12800, WARM_UP_SCALE = 0.01;

/**
 * YOLOv2's loss for one feature map, over a grid of objects: the sum of the means over objects of squared differences of
 * classes, centres, sizes and confidences, and of the mean over all other boxes of their squared confidences. The gradient
 * of the map is δ/N, as darknet has it, and is not that of the loss. Bottoms: the map (N, B (5 + K), S, S), with the channels
 * of YoloDetectionOutput, and objects by cells (N, 7 S²): one number that is not used, whether there is an object, its
 * class, and then for each cell its box [x, y, width, height] in parts of the image; top: the loss, a scalar.
 *
 * With o = σ(to), δ of the confidence is `noobject_scale` o · o (1 − o), or 0 for a box that overlaps an object by more than
 * `thresh`. Each object has, in the cell of its centre, the box whose anchor's shape overlaps its own best. There δ of the
 * confidence is `object_scale` (o − t) o (1 − o), with t the box's overlap if `rescore`, else 1; of the classes `class_scale`
 * (softmax(c) − target); and of the coordinates s (σ(tx) − x̂) σ'(tx), s (σ(ty) − ŷ) σ'(ty), s (tw − ln(w S/p)),
 * s (th − ln(h S/q)), with s = `box_scale` (2 − the object's area). Over the first 12800 items, all other boxes are drawn to
 * their anchors, with s = 0.01.
 *
 * Redmon, Farhadi: YOLO9000, CVPR 2017, arXiv:1612.08242; YoloV2Loss of Synopsys' Caffe, which leaves σ and the softmax
 * behind in its bottom.
 */
export class YoloV2LossLayer extends GridYoloLoss<z.output<typeof YoloV2LossParams>> {
  static type = "YoloV2Loss";
  static params = YoloV2LossParams;
  static isLoss = true;
  static bottoms = 2;
  static tops = 1;
  static examples = [true, false].map((rescore) => ({
    bottoms: [
      { shape: [2, 14, 2, 2], gradient: false },
      {
        shape: [2, 28],
        values: [0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0.7, 0.3, 0.4, 0.5, 0, 0, 0, 0, 0, 0, 0, 0],
      },
    ],
    param: { num_classes: 2, num_object: 2, side: 2, anchors: [1, 1.5, 0.7, 0.4], rescore },
  }));
  readonly #anchors: readonly Anchor[];
  #seen = 0;

  /** Reads the parameters. Throws a RangeError when they contradict each other. */
  constructor(context: LayerContext<z.output<typeof YoloV2LossParams>>) {
    super(context);
    const { anchors, num_object, side } = this.param;
    if (anchors.length !== 2 * num_object) {
      throw new RangeError(
        `Expected two anchors for each of ${num_object} boxes but found ${anchors.length} in all`,
      );
    }
    this.#anchors = Array.from(
      { length: num_object },
      (_, n) => [anchors[2 * n]! / side, anchors[2 * n + 1]! / side],
    );
  }

  override forward(bottoms: [Blob, Blob], tops: [Blob]): void {
    super.forward(bottoms, tops);
    this.#seen = Math.min(this.#seen + bottoms[0].shape[0]!, WARM_UP);
  }

  /** How many items it has seen. */
  override save(): number {
    return this.#seen;
  }

  override restore(seen: number): void {
    this.#seen = seen;
  }

  protected override add(item: GridItem, sums: GridSums): void {
    const { side, thresh, noobject_scale, box_scale } = this.param, area = side * side;
    const { x, delta, objects } = item;
    for (let cell = 0; cell < area; cell++) {
      for (const [n, anchor] of this.#anchors.entries()) {
        const box = this.boxAt(x, n, cell, anchor),
          at = this.firstOf(n, cell) + 4 * area,
          o = sigmoid(x[at]!);
        if (objects.every((object) => centredOverlap(box, object.box) <= thresh)) {
          sums.empty += noobject_scale * o * o;
          delta[at] = noobject_scale * o * o * (1 - o);
        }
        if (this.#seen >= WARM_UP) continue;
        const centre = [(cell % side + 0.5) / side, (Math.floor(cell / side) + 0.5) / side, ...anchor];
        this.addBox(item, { n, cell, anchor, box: centre, scale: WARM_UP_SCALE }, sums);
      }
    }
    for (const object of objects) {
      const n = bestAnchor(this.#anchors, object.box),
        anchor = this.#anchors[n]!,
        { cell, box, label } = object;
      const overlap = centredOverlap(this.boxAt(x, n, cell, anchor), box);
      this.addBox(item, { n, cell, anchor, box, scale: box_scale * (2 - box[2] * box[3]) }, sums);
      this.#match(item, this.firstOf(n, cell) + 4 * area, { label, overlap }, sums);
    }
  }

  /** Makes an object the target of a box's confidence, which is at `at`, and of its classes. */
  #match(
    { x, delta }: GridItem,
    at: number,
    { label, overlap }: { label: number; overlap: number },
    sums: GridSums,
  ): void {
    const { side, num_classes, class_scale, object_scale, rescore } = this.param, area = side * side;
    const o = sigmoid(x[at]!), off = o - (rescore ? overlap : 1);
    delta[at] = object_scale * off * o * (1 - o);
    sums.objects += object_scale * off * off;
    sums.count++;
    const scores = Array.from({ length: num_classes }, (_, c) => x[at + (c + 1) * area]!);
    const most = Math.max(...scores), all = scores.reduce((sum, score) => sum + Math.exp(score - most), 0);
    for (const [c, score] of scores.entries()) {
      const wrong = Math.exp(score - most) / all - (c === label ? 1 : 0);
      delta[at + (c + 1) * area] = class_scale * wrong;
      sums.classes += class_scale * wrong * wrong;
    }
  }
}
