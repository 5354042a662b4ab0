import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../onnx/mod.ts";
import { Layer, type LayerContext } from "./layer.ts";
import { detectionOutputGraph } from "./shared/detection_output_graph.ts";
import { regionDetectionsGraph } from "./shared/region_detections_graph.ts";
import { checkPredictions } from "./shared/check_predictions.ts";
import type { LayerExample } from "./layer_example.ts";
import { decodeBox, type Priors, suppressBoxes } from "./shared/normalized_boxes.ts";
import { writeDetections } from "./shared/found_boxes.ts";
import { checkRegionMap, type RegionMap } from "./shared/region_boxes.ts";
import { regionDetections } from "./shared/region_detections.ts";
import { SeparateMaps } from "./shared/separate_maps.ts";
import { sortedByScore } from "./shared/sorted_by_score.ts";

/** `nms_param` of layers that suppress boxes. */
export const SuppressionParams = z.strictObject({
  nms_threshold: z.number().min(0).default(0.3).describe(
    "boxes that overlap a better one by more are left out",
  ),
  top_k: z.int().optional().describe("how many of the best boxes of a class to compare"),
  eta: z.number().gt(0).max(1).default(1).describe("factor of the threshold after each box, above a half"),
});

/** `detection_output_param` of a {@link DetectionOutputLayer}. */
export const DetectionOutputParams = z.strictObject({
  num_classes: z.int().positive().optional().describe("number of classes, background included"),
  classes: z.int().positive().optional().describe("of YOLOv2: the number of classes"),
  biases: z.array(z.number().positive()).default([]).describe(
    "of YOLOv2: widths and heights of anchors, in cells",
  ),
  num_box: z.int().positive().default(5).describe("of YOLOv2: the number of boxes of each cell"),
  nms_threshold: z.number().default(0.45).describe(
    "of YOLOv2: boxes that overlap another by so much are left out",
  ),
  coords: z.literal(4).default(4).describe("of YOLOv2: number of a box's coordinates"),
  side: z.int().optional().describe("without effect: the bottom says how many cells there are"),
  label_map_file: z.string().optional().describe("without effect: the top has numbers of classes"),
  share_location: z.boolean().default(true).describe("whether a prior has one box, or one for each class"),
  background_label_id: z.int().default(0).describe("the class of the background, −1 for none"),
  nms_param: SuppressionParams.optional().describe("non-maximum suppression"),
  code_type: z.enum(["CORNER", "CENTER_SIZE", "CORNER_SIZE"]).default("CORNER").describe(
    "how boxes are coded",
  ),
  variance_encoded_in_target: z.boolean().default(false).describe(
    "whether boxes are divided by variances already",
  ),
  keep_top_k: z.int().default(-1).describe("how many detections an image has at most; −1: any number"),
  confidence_threshold: z.number().optional().describe("less certain boxes are left out"),
  save_output_param: z.looseObject({}).optional().describe(
    "without effect: the top has all that it would save",
  ),
  visualize: z.boolean().default(false).describe("without effect"),
  visualize_threshold: z.number().optional().describe("without effect"),
  save_file: z.string().optional().describe("without effect"),
  nbottom: z.int().positive().default(6).describe(
    "with so many maps, their predictions may come apart: 2 nbottom + 1 bottoms",
  ),
  no_permute: z.boolean().default(false).describe("whether maps that come apart have their positions last"),
});

const PRIORS = [
  ...[0, 0, 0.5, 0.5, 0.2, 0.1, 0.7, 0.8, 0.5, 0.5, 1, 1, 0.25, 0.1, 0.7, 0.9],
  ...new Array<number>(16).fill(0.1),
];
const EXAMPLES: readonly LayerExample[] = [true, false].map((share_location) => ({
  bottoms: [
    { shape: [2, share_location ? 16 : 48], gradient: false, range: [-0.5, 0.5] },
    { shape: [2, 12], gradient: false, range: [0, 1] },
    { shape: [1, 2, 16], values: PRIORS, batchAxis: null },
  ],
  param: { num_classes: 3, share_location, nms_param: { nms_threshold: 0.45 }, code_type: "CENTER_SIZE" },
  gradientTops: [],
}));
const REGION: LayerExample = {
  bottoms: [{ shape: [2, 14, 2, 3], gradient: false }],
  param: { num_classes: 2, num_box: 2, biases: [1, 1.5, 0.7, 0.4], confidence_threshold: 0.1 },
  gradientTops: [],
};
const APART: LayerExample = {
  bottoms: [
    { shape: [2, 3, 2, 1], gradient: false, range: [0, 1] },
    { shape: [2, 3, 1, 2], gradient: false, range: [0, 1] },
    { shape: [2, 8, 1, 1], gradient: false, range: [-0.5, 0.5] },
    { shape: [2, 4, 2, 1], gradient: false, range: [-0.5, 0.5] },
    { shape: [1, 2, 16], values: PRIORS, batchAxis: null },
  ],
  param: { num_classes: 3, nbottom: 2, no_permute: true },
  gradientTops: [],
};

/**
 * Detections of SSD: moves the default boxes as the network says, and keeps the best of each class that do not
 * overlap. Bottoms: box predictions (N, 4P), or (N, 4PK) for boxes of each class; confidences (N, P K); prior
 * boxes (1, 2, 4P) with variances, of PriorBox; and any image, which is not used. Top: (1, 1, D, 7), each
 * detection [item, class, confidence, x1, y1, x2, y2] in parts of the image. Without any detection, one row
 * for each item, of [item, −1, …]. There is no gradient.
 *
 * The box y = decode(prior, prediction): a prediction (a, b, c, d) times the variances means, with CENTER_SIZE, the
 * box with centre c₀ + s (a, b) and size s exp(c, d) for a prior with centre c₀ and size s; with CORNER, the prior's corners plus it, and with
 * CORNER_SIZE, plus it times s.
 *
 * With 2 `nbottom` + 1 bottoms the predictions of `nbottom` maps come apart: the confidences of each, the boxes of each, and the
 * priors of all. With `no_permute` they are as convolutions give them: confidences (N, K, R, H W) and boxes (N, 4 R, H, W) for R
 * priors of each position, else (N, P K) and (N, 4 P).
 *
 * With one bottom it is YOLOv2's layer of the same name: the bottom is a map (N, B (5 + K), H, W), with the channels of
 * YoloDetectionOutput, and the rows of the top are [item, class, confidence, x, y, width, height], with classes from 0. Boxes
 * come in the order of the map, and of two that overlap by `nms_threshold`, the first stays, as in the fork.
 *
 * Liu et al.: SSD: Single Shot MultiBox Detector, ECCV 2016, arXiv:1512.02325, and its fork of Caffe; separate maps
 * as in Synopsys' Caffe, which has the first item's for all; maps of YOLOv2 as in caffe-yolov2 and caffe_yolo_v2.
 */
export class DetectionOutputLayer extends Layer<z.output<typeof DetectionOutputParams>> {
  static type = "DetectionOutput";
  static params = DetectionOutputParams;
  static bottoms = [1, Infinity] as const;
  static tops = 1;
  static countedAxis = 2;
  static examples = [...EXAMPLES, APART, REGION];
  #boxes = new Float32Array();
  #maps: SeparateMaps | undefined;
  readonly #classes: number;

  /** Reads the parameters. Throws a RangeError when they are for another number of bottoms. */
  constructor(context: LayerContext<z.output<typeof DetectionOutputParams>>) {
    super(context);
    const { num_classes, classes, biases } = this.param, isRegion = context.layerParam.bottom?.length === 1;
    if (!isRegion && (classes !== undefined || biases.length > 0)) {
      throw new RangeError(
        `Expected classes and biases, of YOLOv2, with one bottom but found ${context.layerParam.bottom?.length}`,
      );
    }
    const own = isRegion ? classes ?? num_classes : num_classes;
    if (own === undefined) throw new RangeError("Expected num_classes but found none");
    this.#classes = own;
  }

  override reshape(bottoms: [Blob, Blob, Blob], [y]: [Blob]): void {
    const { share_location, no_permute } = this.param, classes = this.#classes;
    if (bottoms.length as number === 1) {
      checkRegionMap(bottoms[0], this.#regionMap);
      y.reshape(1, 1, 1, 7);
      return;
    }
    const sets = share_location ? 1 : classes;
    let count;
    if (bottoms.length === 2 * this.param.nbottom + 1) {
      this.#maps ??= new SeparateMaps({ classes, sets, noPermute: no_permute });
      this.#maps.reshape(bottoms);
      ({ count } = this.#maps);
    } else {
      this.#checkTogether(bottoms.length);
      const [boxes, confidences, priors] = bottoms;
      ({ count } = checkPredictions(boxes, confidences, priors, {
        num_classes: classes,
        share_location,
      }));
    }
    if (this.#boxes.length !== count * sets * 4) this.#boxes = new Float32Array(count * sets * 4);
    y.reshape(1, 1, 1, 7); // how many there are is known in forward only
  }

  get #regionMap(): RegionMap {
    return { boxes: this.param.num_box, classes: this.#classes, biases: this.param.biases };
  }

  #checkTogether(count: number): void {
    const { nbottom, no_permute } = this.param;
    if (count <= 4 && !no_permute) return;
    throw new RangeError(
      `Expected ${no_permute ? "" : "3 or 4 bottoms, or "}${2 * nbottom + 1} bottoms for ${nbottom} maps ` +
        `(nbottom) but found ${count}`,
    );
  }

  override forward(bottoms: [Blob, Blob, Blob], [y]: [Blob]): void {
    const { param } = this, classes = this.#classes, items = bottoms[0].shape[0]!;
    if (bottoms.length as number === 1) {
      const { confidence_threshold: confidence = -Infinity, nms_threshold: overlap } = param;
      writeDetections(regionDetections(bottoms[0], this.#regionMap, { confidence, overlap }), items, y);
      return;
    }
    let [predictions, confidences, values] = bottoms.map(({ data }) => data) as [
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    if (this.#maps !== undefined) {
      this.#maps.read(bottoms);
      ({ boxes: predictions, confidences, priors: values } = this.#maps);
    }
    const priors: Priors = {
      values,
      count: values.length / 8,
      code: param.code_type,
      varianceInTarget: param.variance_encoded_in_target,
    };
    const rows: number[] = [];
    for (let item = 0; item < items; item++) {
      const found = this.#detect(item, predictions, confidences, priors);
      const scoreOf = ([c, p]: readonly [number, number]) =>
        confidences[(item * priors.count + p) * classes + c]!;
      let kept = found;
      if (param.keep_top_k > -1 && found.length > param.keep_top_k) {
        const best = sortedByScore(found.map(scoreOf), param.keep_top_k);
        kept = [...best].map((i) => found[i]!).sort(([a], [b]) => a - b);
      }
      for (const [c, p] of kept) {
        const at = 4 * (param.share_location ? p : p * classes + c);
        rows.push(item, c, scoreOf([c, p]), ...this.#boxes.subarray(at, at + 4));
      }
    }
    writeDetections(rows, items, y);
  }

  override backward(_tops: Blob[], propagateDown: boolean[], bottoms: Blob[]): void {
    for (const [i, bottom] of bottoms.entries()) if (propagateDown[i]) bottom.diff.fill(0);
  }

  /** The class and prior of each detection of an item; their boxes are in #boxes. */
  #detect(
    item: number,
    predictions: Float32Array,
    confidences: Float32Array,
    priors: Priors,
  ): [label: number, prior: number][] {
    const { share_location: shared, nms_param, confidence_threshold } = this.param, classes = this.#classes;
    const { nms_threshold: threshold = 0.3, top_k = -1, eta = 1 } = nms_param ?? {};
    const least = confidence_threshold ?? -Infinity, { count } = priors;
    const found: [number, number][] = [], sets = shared ? 1 : classes;
    const decoded = new Uint8Array(count * sets);
    for (let c = 0; c < classes; c++) {
      if (c === this.param.background_label_id) continue;
      const candidates: number[] = [], scores: number[] = [];
      for (let p = 0, at = item * count * classes + c; p < count; p++, at += classes) {
        if (!(confidences[at]! > least)) continue;
        candidates.push(p);
        scores.push(confidences[at]!);
      }
      const order = sortedByScore(scores, top_k > -1 ? top_k : Infinity);
      // Boxes are decoded when a class needs them: most are below the threshold.
      const places = Uint32Array.from(order, (i) => candidates[i]! * sets + (shared ? 0 : c));
      for (const place of places) {
        if (decoded[place] === 1) continue;
        decoded[place] = 1;
        const p = shared ? place : (place - c) / sets;
        decodeBox(priors, p, predictions, 4 * (item * count * sets + place), this.#boxes, 4 * place);
      }
      for (const place of suppressBoxes(this.#boxes, places, { threshold, eta })) {
        found.push([c, shared ? place : (place - c) / sets]);
      }
    }
    return found;
  }

  /** What {@link forward} computes, in ONNX. */
  static onnx(
    graph: GraphBuilder,
    layer: OnnxLayer<z.output<typeof DetectionOutputParams>>,
  ): readonly OnnxValue[] {
    const own = layer.object as DetectionOutputLayer;
    if (layer.bottoms.length === 1) {
      const { confidence_threshold: least, nms_threshold: overlap } = layer.param;
      return [regionDetectionsGraph(graph, layer, own.#regionMap, { least, overlap })];
    }
    return [detectionOutputGraph(graph, layer, own.#classes)];
  }
}
