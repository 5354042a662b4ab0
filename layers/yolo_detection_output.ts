import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../onnx/mod.ts";
import { Layer, type LayerContext } from "./layer.ts";
import { yoloDetectionsGraph } from "./shared/region_detections_graph.ts";
import { FoundBoxes, sigmoid, writeDetections } from "./shared/found_boxes.ts";

/** `yolo_detection_output_param` of a {@link YoloDetectionOutputLayer}. */
export const YoloDetectionOutputParams = z.strictObject({
  num_classes: z.int().positive().describe("number of classes, without a background"),
  num_box: z.int().positive().default(5).describe("number of boxes of each cell"),
  coords: z.literal(4).default(4).describe("number of a box's coordinates"),
  confidence_threshold: z.number().default(0.01).describe("less certain boxes are left out"),
  nms_threshold: z.number().default(0.45).describe("boxes that overlap a better one by so much are left out"),
  biases: z.array(z.number()).min(2).describe("widths and heights of the boxes' anchors, in cells"),
  side: z.int().optional().describe("without effect: the bottoms say how many cells there are"),
  label_map_file: z.string().optional().describe("without effect: the top has numbers of classes"),
});

/**
 * Detections of YOLOv2: decodes the boxes of one or two feature maps, and keeps the best that do not overlap,
 * whatever their classes. Bottoms: feature maps (N, B (5 + K), H, W), for B `num_box` and K classes. Top:
 * (1, 1, D, 7), each detection [item, class + 1, confidence, x1, y1, x2, y2] in parts of the image, the best of an
 * item first. Without any detection, one row for each item, of [item, −1, …]. There is no gradient.
 *
 * The channels (tx, ty, tw, th, to, c₁ …) of a box at column i and row j mean the centre x = (i + σ(tx))/W,
 * y = (j + σ(ty))/H, the size w = p exp(tw)/W, h = q exp(th)/H for an anchor (p, q), the class with the largest c, and
 * the confidence σ(to) softmax(c).
 *
 * Redmon, Farhadi: YOLO9000, CVPR 2017, arXiv:1612.08242, and MobileNet-YOLO's Caffe, which compares the boxes of
 * a batch's images with each other; here each item has its own.
 */
export class YoloDetectionOutputLayer extends Layer<z.output<typeof YoloDetectionOutputParams>> {
  static type = "YoloDetectionOutput";
  static params = YoloDetectionOutputParams;
  static bottoms = [1, 2] as const;
  static tops = 1;
  static countedAxis = 2;
  static examples = [{
    bottoms: [3, 2].map((side) => ({ shape: [2, 14, side, side], gradient: false })),
    param: { num_classes: 2, num_box: 2, biases: [1, 1.5, 0.7, 0.4] },
    gradientTops: [],
  }];

  /** Reads the parameters. Throws a RangeError when they contradict each other. */
  constructor(context: LayerContext<z.output<typeof YoloDetectionOutputParams>>) {
    super(context);
    const { biases, num_box } = this.param;
    if (biases.length < 2 * num_box) {
      throw new RangeError(
        `Expected two biases for each of ${num_box} boxes but found ${biases.length} in all`,
      );
    }
  }

  override reshape(maps: Blob[], [y]: [Blob]): void {
    const { num_box, num_classes } = this.param, channels = num_box * (5 + num_classes);
    for (const { shape } of maps) {
      if (shape.length !== 4 || shape[1] !== channels || shape[0] !== maps[0]!.shape[0]) {
        throw new RangeError(
          `Expected bottoms of shape (${maps[0]!.shape[0]}, ${channels}, H, W) for ${num_box} boxes of ` +
            `${num_classes} classes but found (${shape.join(", ")})`,
        );
      }
    }
    y.reshape(1, 1, 1, 7); // how many there are is known in forward only
  }

  override forward(maps: Blob[], [y]: [Blob]): void {
    const items = maps[0]!.shape[0]!, rows: number[] = [];
    for (let item = 0; item < items; item++) {
      const found = new FoundBoxes();
      for (const map of maps) this.#find(map, item, found);
      for (const value of found.rows(item, this.param.nms_threshold)) rows.push(value);
    }
    writeDetections(rows, items, y);
  }

  override backward(_tops: Blob[], propagateDown: boolean[], bottoms: Blob[]): void {
    for (const [i, bottom] of bottoms.entries()) if (propagateDown[i]) bottom.diff.fill(0);
  }

  /** Adds what an item's feature map says. */
  #find({ data, shape }: Blob, item: number, found: FoundBoxes): void {
    const { num_classes, num_box, biases, confidence_threshold } = this.param;
    const height = shape[2]!, width = shape[3]!, area = height * width;
    for (let n = 0; n < num_box; n++) {
      const first = (item * num_box + n) * (5 + num_classes) * area;
      for (let cell = 0; cell < area; cell++) {
        const at = first + cell, classAt = at + 5 * area, object = sigmoid(data[at + 4 * area]!);
        if (object < confidence_threshold) continue; // no class is more certain than the object
        let best = 0, sum = 0;
        for (let c = 1; c < num_classes; c++) {
          if (data[classAt + c * area]! > data[classAt + best * area]!) best = c;
        }
        const most = data[classAt + best * area]!;
        for (let c = 0; c < num_classes; c++) sum += Math.exp(data[classAt + c * area]! - most);
        if (!(object / sum >= confidence_threshold)) continue;
        found.add(best, object / sum, {
          x: (cell % width + sigmoid(data[at]!)) / width,
          y: (Math.floor(cell / width) + sigmoid(data[at + area]!)) / height,
          width: Math.exp(data[at + 2 * area]!) * biases[2 * n]! / width,
          height: Math.exp(data[at + 3 * area]!) * biases[2 * n + 1]! / height,
        });
      }
    }
  }

  /** What {@link forward} computes, in ONNX. */
  static onnx(
    graph: GraphBuilder,
    layer: OnnxLayer<z.output<typeof YoloDetectionOutputParams>>,
  ): readonly OnnxValue[] {
    const { num_box, num_classes, biases, confidence_threshold, nms_threshold } = layer.param;
    const map = { boxes: num_box, classes: num_classes, biases };
    return [yoloDetectionsGraph(graph, layer, map, { least: confidence_threshold, overlap: nms_threshold })];
  }
}
