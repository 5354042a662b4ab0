import { z } from "zod";
import type { LayerContext } from "./layer.ts";
import { centredOverlap, type TrueBox } from "./shared/centred_boxes.ts";
import { sigmoid } from "./shared/found_boxes.ts";
import { YoloLoss } from "./shared/yolo_loss.ts";

/** `region_loss_param` of a {@link RegionLossLayer}. */
export const RegionLossParams = z.strictObject({
  num_class: z.int().positive().default(20).describe("number of classes"),
  num: z.int().positive().default(5).describe("number of boxes of each cell"),
  coords: z.literal(4).default(4).describe("number of a box's coordinates"),
  bias_match: z.int().min(0).default(1).describe(
    "whether anchors are compared with objects, instead of boxes",
  ),
  rescore: z.int().min(0).default(1).describe(
    "whether the confidence of a box should be its overlap, instead of 1",
  ),
  object_scale: z.number().default(1).describe("weight of the confidence where there are objects"),
  noobject_scale: z.number().default(0.5).describe("weight of the confidence elsewhere"),
  class_scale: z.number().default(1).describe("weight of the classes"),
  coord_scale: z.number().default(5).describe("weight of the boxes' coordinates"),
  thresh: z.number().default(0.2).describe("boxes that overlap an object by more need not be empty"),
  biases: z.array(z.number().positive()).min(2).describe(
    "widths and heights of the boxes' anchors, in cells",
  ),
  softmax: z.int().min(1).default(1).describe("the classes have a softmax"),
  side: z.int().optional().describe("without effect: the bottom says how many cells there are"),
  jitter: z.number().optional().describe("without effect, as in the fork"),
  absolute: z.int().optional().describe("without effect, as in the fork"),
  random: z.int().optional().describe("without effect, as in the fork"),
  num_label: z.int().optional().describe("without effect"),
  class_map: z.literal("").optional().describe("not supported"),
  softmax_tree: z.literal("").optional().describe("not supported"),
});

/**
 * YOLOv2's loss for one feature map: E = 1/N Σ δ², where δ is also the gradient of the bottom, times N, as darknet
 * has it: E shows how training goes, and is not what falls along the gradient. Bottoms: the map (N, B (5 + K), H, W), with
 * the channels of YoloDetectionOutput for B `num` boxes and K classes, and the objects (N, 1, T, 5): rows [class, x, y,
 * width, height] in parts of the image, which end at the first without a width; top: the loss, a scalar.
 *
 * With o = σ(to), δ of the confidence is `noobject_scale` o · o (1 − o), or 0 for a box that overlaps an object by more than
 * `thresh`. Each object has, in the cell of its centre, the box whose shape overlaps its own best, with the anchor's
 * shape if `bias_match`. There δ of the confidence is `object_scale` (o − t) o (1 − o), with t the box's overlap if
 * `rescore`, else 1; of the classes `class_scale` (softmax(c) − 1 for the object's and − 0 for others); and of the coordinates
 * s (σ(tx) − x̂) σ'(tx), s (σ(ty) − ŷ) σ'(ty), s (tw − ln(w W/p)), s (th − ln(h H/q)), where s is `coord_scale`, without `rescore`
 * times 2 − the object's area.
 *
 * Redmon, Farhadi: YOLO9000, CVPR 2017, arXiv:1612.08242; RegionLoss of MobileNet-YOLO's Caffe.
 */
export class RegionLossLayer extends YoloLoss<z.output<typeof RegionLossParams>> {
  static type = "RegionLoss";
  static params = RegionLossParams;
  static isLoss = true;
  static bottoms = 2;
  static tops = 1;
  static examples = [0, 1].map((flag) => ({
    bottoms: [
      { shape: [2, 14, 3, 2], gradient: false },
      { shape: [2, 15], values: [1, 0.3, 0.4, 0.5, 0.25, 0, 0.8, 0.9, 0.3, 0.2, 0, 0, 0, 0, 0] },
    ],
    param: { num_class: 2, num: 2, biases: [1, 1.5, 0.7, 0.4], rescore: flag, bias_match: flag },
  }));

  /** Reads the parameters. Throws a RangeError when they contradict each other. */
  constructor(context: LayerContext<z.output<typeof RegionLossParams>>) {
    super(context);
    const { biases, num } = this.param;
    if (biases.length < 2 * num) {
      throw new RangeError(`Expected two biases for each of ${num} boxes but found ${biases.length} in all`);
    }
  }

  protected override setDelta(
    shape: readonly number[],
    x: Float32Array,
    delta: Float32Array,
    objects: readonly TrueBox[],
  ): void {
    const { num, num_class, thresh, biases, noobject_scale, bias_match } = this.param;
    const height = shape[2]!, width = shape[3]!, area = height * width;
    const firstOf = (n: number, cell: number) => n * (5 + num_class) * area + cell;
    const boxOf = (n: number, cell: number): [x: number, y: number, width: number, height: number] => {
      const at = firstOf(n, cell);
      return [
        (cell % width + sigmoid(x[at]!)) / width,
        (Math.floor(cell / width) + sigmoid(x[at + area]!)) / height,
        Math.exp(x[at + 2 * area]!) * biases[2 * n]! / width,
        Math.exp(x[at + 3 * area]!) * biases[2 * n + 1]! / height,
      ];
    };
    for (let n = 0; n < num; n++) {
      for (let cell = 0; cell < area; cell++) {
        const box = boxOf(n, cell), at = firstOf(n, cell) + 4 * area, o = sigmoid(x[at]!);
        const seen = objects.some((object) => centredOverlap(box, object.box) > thresh);
        delta[at] = seen ? 0 : noobject_scale * o * o * (1 - o);
      }
    }
    for (const object of objects) {
      const [u, v, w, h] = object.box;
      const { row, column } = this.cellOf(object, height, width);
      const cell = row * width + column;
      let best = 0, most = 0;
      for (let n = 0; n < num; n++) {
        const [, , wide, high] = boxOf(n, cell);
        const own = bias_match === 0 ? [wide, high] : [biases[2 * n]! / width, biases[2 * n + 1]! / height];
        const overlap = centredOverlap([0, 0, ...own], [0, 0, w, h]);
        if (overlap > most) [best, most] = [n, overlap];
      }
      const target = [
        u * width - column,
        v * height - row,
        w * width / biases[2 * best]!,
        h * height / biases[2 * best + 1]!,
      ];
      const overlap = centredOverlap(boxOf(best, cell), object.box);
      this.#match(x, delta, { at: firstOf(best, cell), area, target, overlap }, object);
    }
  }

  /** Makes an object the target of a box. */
  #match(
    x: Float32Array,
    delta: Float32Array,
    { at, area, target, overlap }: Match,
    { label, box }: TrueBox,
  ): void {
    const { coord_scale, class_scale, object_scale, num_class, rescore } = this.param;
    const scale = rescore === 0 ? coord_scale * (2 - box[2] * box[3]) : coord_scale;
    for (let k = 0; k < 2; k++) {
      const place = sigmoid(x[at + k * area]!), side = x[at + (k + 2) * area]!;
      delta[at + k * area] = scale * (place - target[k]!) * place * (1 - place);
      delta[at + (k + 2) * area] = scale * (side - Math.log(target[k + 2]!));
    }
    const o = sigmoid(x[at + 4 * area]!);
    delta[at + 4 * area] = object_scale * (o - (rescore === 0 ? 1 : overlap)) * o * (1 - o);
    const classAt = at + 5 * area,
      scores = Array.from({ length: num_class }, (_, c) => x[classAt + c * area]!);
    const most = Math.max(...scores), sum = scores.reduce((all, score) => all + Math.exp(score - most), 0);
    for (const [c, score] of scores.entries()) {
      delta[classAt + c * area] = class_scale * (Math.exp(score - most) / sum - (c === label ? 1 : 0));
    }
  }
}

/** Where a box's first channel is, and what its object wants of it. */
interface Match {
  readonly at: number;
  readonly area: number;
  /** The centre's place in its cell, and the sides divided by the anchor's. */
  readonly target: readonly number[];
  /** How much the box overlaps the object. */
  readonly overlap: number;
}
