import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../onnx/mod.ts";
import { Layer, type LayerContext } from "./layer.ts";
import { yolov3DetectionsGraph } from "./shared/yolov3_detections_graph.ts";
import { FoundBoxes, sigmoid, writeDetections } from "./shared/found_boxes.ts";

/** `yolov3_detection_output_param` of a {@link Yolov3DetectionOutputLayer}. */
export const Yolov3DetectionOutputParams = z.strictObject({
  num_classes: z.int().positive().describe("number of classes, without a background"),
  num_box: z.int().positive().default(3).describe("number of boxes of each cell"),
  confidence_threshold: z.number().default(0.01).describe("boxes that are not more certain are left out"),
  nms_threshold: z.number().default(0.45).describe("boxes that overlap a better one by so much are left out"),
  biases: z.array(z.number()).min(2).describe("widths and heights of all anchors, in pixels of the image"),
  anchors_scale: z.array(z.int().positive()).min(1).describe("pixels between the cells of each bottom"),
  mask_group_num: z.int().positive().default(2).describe("number of bottoms"),
  mask: z.array(z.int().min(0)).min(1).describe("the anchors of the first bottom's boxes, then the others'"),
  gaussian_box: z.boolean().default(false).describe("whether each coordinate has an uncertainty beside it"),
});

const EXAMPLE = {
  num_classes: 2,
  num_box: 2,
  biases: [8, 12, 20, 16, 30, 40, 60, 50],
  anchors_scale: [16, 8],
  mask: [2, 3, 0, 1],
};

/**
 * Detections of YOLOv3: decodes the boxes of feature maps, and keeps the best that do not overlap, whatever
 * their classes. Bottoms: feature maps (N, B (5 + K), H, W), each with its own H and W, for B `num_box` and K
 * classes. Top: (1, 1, D, 7), each detection [item, class + 1, confidence, x1, y1, x2, y2] in parts of the image,
 * the best of an item first. Without any detection, one row for each item, of [item, −1, …]. There is no gradient.
 *
 * The channels (tx, ty, tw, th, to, c₁ …) of a box at column i and row j mean the centre x = (i + σ(tx))/W,
 * y = (j + σ(ty))/H, the size w = p exp(tw)/(sW), h = q exp(th)/(sH) for an anchor (p, q) and s `anchors_scale`, and the
 * confidences σ(to) σ(c). With `gaussian_box` a box has the channels (tx, ux, ty, uy, tw, uw, th, uh, to, c₁ …), and
 * its confidences are times the mean of 1 − σ(u).
 *
 * Redmon, Farhadi: YOLOv3, 2018, arXiv:1804.02767, and MobileNet-YOLO's Caffe, which compares the boxes of a
 * batch's images with each other; here each item has its own.
 */
export class Yolov3DetectionOutputLayer extends Layer<z.output<typeof Yolov3DetectionOutputParams>> {
  static type = "Yolov3DetectionOutput";
  static params = Yolov3DetectionOutputParams;
  static bottoms = [1, Infinity] as const;
  static tops = 1;
  static countedAxis = 2;
  static examples = [false, true].map((gaussian_box) => ({
    bottoms: [[2, 2], [4, 3]].map(([height, width]) => ({
      shape: [2, gaussian_box ? 22 : 14, height!, width!],
      gradient: false,
    })),
    param: { ...EXAMPLE, gaussian_box },
    gradientTops: [],
  }));

  /** Reads the parameters. Throws a RangeError when they contradict each other. */
  constructor(context: LayerContext<z.output<typeof Yolov3DetectionOutputParams>>) {
    super(context);
    const { biases, mask, mask_group_num: maps, num_box, anchors_scale } = this.param;
    const bottoms = this.layerParam.bottom?.length ?? 0;
    if (bottoms !== maps) {
      throw new RangeError(`Expected mask_group_num, ${maps}, bottoms but found ${bottoms}`);
    }
    if (anchors_scale.length < maps) {
      throw new RangeError(
        `Expected an anchors_scale for each of ${maps} bottoms but found ${anchors_scale.length}`,
      );
    }
    if (mask.length !== maps * num_box) {
      throw new RangeError(
        `Expected ${num_box} numbers in mask for each of ${maps} bottoms but found ${mask.length} in all`,
      );
    }
    const most = Math.max(...mask);
    if (biases.length % 2 !== 0 || biases.length / 2 <= most) {
      throw new RangeError(
        `Expected biases in pairs, at least ${most + 1} for mask, but found ${biases.length} numbers`,
      );
    }
  }

  override reshape(maps: Blob[], [y]: [Blob]): void {
    const channels = this.param.num_box * this.#channelsPerBox;
    for (const { shape } of maps) {
      if (shape.length !== 4 || shape[1] !== channels || shape[0] !== maps[0]!.shape[0]) {
        throw new RangeError(
          `Expected bottoms of shape (${
            maps[0]!.shape[0]
          }, ${channels}, H, W) for ${this.param.num_box} boxes of ` +
            `${this.param.num_classes} classes but found (${shape.join(", ")})`,
        );
      }
    }
    y.reshape(1, 1, 1, 7); // how many there are is known in forward only
  }

  override forward(maps: Blob[], [y]: [Blob]): void {
    const items = maps[0]!.shape[0]!, rows: number[] = [];
    for (let item = 0; item < items; item++) {
      const found = new FoundBoxes();
      for (const [t, map] of maps.entries()) this.#find(map, t, item, found);
      for (const value of found.rows(item, this.param.nms_threshold)) rows.push(value);
    }
    writeDetections(rows, items, y);
  }

  override backward(_tops: Blob[], propagateDown: boolean[], bottoms: Blob[]): void {
    for (const [i, bottom] of bottoms.entries()) if (propagateDown[i]) bottom.diff.fill(0);
  }

  get #channelsPerBox(): number {
    return (this.param.gaussian_box ? 9 : 5) + this.param.num_classes;
  }

  /** Adds what an item's feature map says, that of bottom `t`. */
  #find({ data, shape }: Blob, t: number, item: number, found: FoundBoxes): void {
    const { num_classes, num_box, biases, mask, anchors_scale, gaussian_box, confidence_threshold } =
      this.param;
    const height = shape[2]!, width = shape[3]!, area = height * width, scale = anchors_scale[t]!;
    const perBox = this.#channelsPerBox, step = (gaussian_box ? 2 : 1) * area;
    for (let n = 0; n < num_box; n++) {
      const anchor = 2 * mask[t * num_box + n]!, first = (item * num_box + n) * perBox * area;
      for (let cell = 0; cell < area; cell++) {
        const at = first + cell, objectAt = at + 4 * step;
        let certain = sigmoid(data[objectAt]!);
        if (gaussian_box) {
          let doubt = 0;
          for (let k = 0; k < 4; k++) doubt += sigmoid(data[at + (2 * k + 1) * area]!);
          certain *= (4 - doubt) / 4;
        }
        if (!(certain > confidence_threshold)) continue; // no class is more certain than the object
        const box = {
          x: (cell % width + sigmoid(data[at]!)) / width,
          y: (Math.floor(cell / width) + sigmoid(data[at + step]!)) / height,
          width: Math.exp(data[at + 2 * step]!) * biases[anchor]! / (scale * width),
          height: Math.exp(data[at + 3 * step]!) * biases[anchor + 1]! / (scale * height),
        };
        for (let c = 0; c < num_classes; c++) {
          const score = certain * sigmoid(data[objectAt + (c + 1) * area]!);
          if (score > confidence_threshold) found.add(c, score, box);
        }
      }
    }
  }

  /** What {@link forward} computes, in ONNX. */
  static onnx(
    graph: GraphBuilder,
    layer: OnnxLayer<z.output<typeof Yolov3DetectionOutputParams>>,
  ): readonly OnnxValue[] {
    return [yolov3DetectionsGraph(graph, layer)];
  }
}
