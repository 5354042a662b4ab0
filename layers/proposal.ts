import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../onnx/mod.ts";
import { Layer } from "./layer.ts";
import { proposalGraph } from "./shared/proposal_graph.ts";
import type { LayerExample } from "./layer_example.ts";
import { suppressPixelBoxes } from "./shared/pixel_boxes.ts";
import { ANCHOR_BASE, ANCHOR_RATIOS, ANCHOR_SCALES, anchorsOf } from "./shared/rpn_anchors.ts";
import { sortedByScore } from "./shared/sorted_by_score.ts";

/**
 * `proposal_param` of a {@link ProposalLayer}, or the `param_str` of py-faster-rcnn's: `'feat_stride': 16`,
 * with the settings that Python has in its `cfg`.
 */
export const ProposalParams = z.strictObject({
  feat_stride: z.number().positive().default(16).describe("pixels of the image between cells"),
  base_size: z.int().positive().default(ANCHOR_BASE).describe(
    "side of the square that anchors are made from",
  ),
  ratio: z.array(z.number().positive()).optional().describe("ratios of the anchors: by default 0.5, 1, 2"),
  scale: z.array(z.number().positive()).optional().describe("scales of the anchors: by default 8, 16, 32"),
  ratios: z.array(z.number().positive()).optional().describe("the same as ratio, in param_str"),
  scales: z.array(z.number().positive()).optional().describe("the same as scale, in param_str"),
  min_size: z.number().min(0).default(16).describe(
    "least side of a proposal, in pixels of the unscaled image",
  ),
  pre_nms_topn: z.int().positive().optional()
    .describe("how many proposals to compare: by default 6000; 12000 for a Python layer that trains"),
  post_nms_topn: z.int().positive().optional()
    .describe("how many proposals to give: by default 300; 2000 for a Python layer that trains"),
  nms_thresh: z.number().default(0.7).describe("proposals that overlap a better one by more are left out"),
});

const EXAMPLES: readonly LayerExample[] = [1, 2].map((tops) => ({
  bottoms: [
    { shape: [1, 18, 3, 4], gradient: false, range: [0, 1], batchAxis: null },
    { shape: [1, 36, 3, 4], gradient: false, range: [-0.2, 0.2], batchAxis: null },
    { shape: [1, 3], values: [200, 300, 1], batchAxis: null },
  ],
  tops,
  gradientTops: [],
}));

/**
 * Region proposals of Faster R-CNN: moves A anchors in each cell as the network says, and keeps the best of
 * those that do not overlap. Bottoms: scores (N, 2A, H, W), background first; box deltas (N, 4A, H, W); and
 * the image's [height, width, scale] (N, 3) or one for all. Tops: regions (R, 5), each [item, x1, y1, x2, y2],
 * and, if there is a second, their scores. There is no gradient.
 *
 * An anchor with centre c and size s becomes a box with centre c′ = c + s·(dx, dy) and size s·exp(dw, dh), cut at
 * the image's border. Boxes with a side below min_size · scale are left out; as type Proposal they get the
 * score 0 instead, as in the forks that have that type. Of the `pre_nms_topn` best, the `post_nms_topn` best
 * that overlap no better one by more than `nms_thresh` are the result.
 *
 * Ren, He, Girshick, Sun: Faster R-CNN, NIPS 2015, arXiv:1506.01497; `rpn.proposal_layer` of py-faster-rcnn,
 * and Proposal of PVANet's fork.
 */
export class ProposalLayer extends Layer<z.output<typeof ProposalParams>> {
  static type = "Proposal";
  static params = ProposalParams;
  static bottoms = 3;
  static tops = [1, 2] as const;
  static countedAxis = 0;
  static examples = EXAMPLES;
  readonly #anchors = anchorsOf(
    this.param.base_size,
    this.param.ratio ?? this.param.ratios ?? ANCHOR_RATIOS,
    this.param.scale ?? this.param.scales ?? ANCHOR_SCALES,
  );
  #ran = false;
  #boxes = new Float32Array();
  #scores = new Float32Array();

  override reshape([scores, deltas, info]: [Blob, Blob, Blob], [regions, top]: [Blob, ...Blob[]]): void {
    const count = this.#anchors.length / 4;
    const [items, channels, height, width] = scores.shape;
    if (scores.numAxes !== 4 || channels !== 2 * count) {
      throw new RangeError(
        `Expected scores of ${count} anchors, (N, ${2 * count}, H, W), but found (${
          scores.shape.join(", ")
        })`,
      );
    }
    if (deltas.shape.join() !== [items, 4 * count, height, width].join()) {
      throw new RangeError(
        `Expected deltas of shape (${[items, 4 * count, height, width].join(", ")}) but found (${
          deltas.shape.join(", ")
        })`,
      );
    }
    const rows = info.shape[0] ?? 0;
    if (info.numAxes !== 2 || info.shape[1]! < 3 || (rows !== 1 && rows !== items)) {
      throw new RangeError(
        `Expected [height, width, scale] of the image, (1, 3), but found (${info.shape.join(", ")})`,
      );
    }
    const size = count * height! * width!;
    if (this.#scores.length !== size) {
      this.#scores = new Float32Array(size);
      this.#boxes = new Float32Array(4 * size);
    }
    // How many regions there are is known in forward only.
    if (!this.#ran) this.#shapeTops(1, regions, top);
  }

  override forward([scores, deltas, info]: [Blob, Blob, Blob], [regions, top]: [Blob, ...Blob[]]): void {
    const python = this.type === "Python", trains = python && this.phase === "TRAIN";
    const { pre_nms_topn: pre = trains ? 12000 : 6000, post_nms_topn: post = trains ? 2000 : 300 } =
      this.param;
    const found: { item: number; box: number[]; score: number }[] = [];
    const step = info.shape[0] === 1 ? 0 : info.shape[1]!;
    for (let item = 0; item < scores.shape[0]!; item++) {
      const most = this.#propose(item, scores, deltas, info, item * step, python);
      const order = sortedByScore(this.#scores, Math.min(pre, most));
      for (const i of suppressPixelBoxes(this.#boxes, order, this.param.nms_thresh, post)) {
        found.push({ item, box: [...this.#boxes.subarray(4 * i, 4 * i + 4)], score: this.#scores[i]! });
      }
    }
    this.#ran = true;
    this.#shapeTops(found.length, regions, top);
    const to = regions.data;
    for (const [r, { item, box }] of found.entries()) to.set([item, ...box], 5 * r);
    top?.data.set(found.map(({ score }) => score));
  }

  override backward(_tops: Blob[], propagateDown: boolean[], bottoms: Blob[]): void {
    for (const [i, bottom] of bottoms.entries()) if (propagateDown[i]) bottom.diff.fill(0);
  }

  #shapeTops(count: number, regions: Blob, scores: Blob | undefined): void {
    regions.reshape(count, 5);
    if (this.type === "Python") scores?.reshape(count, 1);
    else scores?.reshape(count);
  }

  /**
   * Fills the boxes and scores of one item's anchors. Returns how many may be given: those that are too small
   * have the score −∞ if they are left out.
   */
  #propose(item: number, scores: Blob, deltas: Blob, info: Blob, at: number, leavesOut: boolean): number {
    const anchors = this.#anchors, count = anchors.length / 4;
    const [, , height = 0, width = 0] = scores.shape;
    const area = height * width;
    const score = scores.data, delta = deltas.data, image = info.data;
    const bottom = image[at]! - 1, right = image[at + 1]! - 1;
    const least = this.param.min_size * image[at + 2]!;
    const leastWidth = info.shape[1]! > 3 ? this.param.min_size * image[at + 3]! : least;
    const { feat_stride: stride } = this.param;
    const boxes = this.#boxes, given = this.#scores;
    let left = 0;
    for (let h = 0, i = 0; h < height; h++) {
      for (let w = 0; w < width; w++) {
        const cell = h * width + w;
        for (let a = 0; a < count; a++, i++) {
          const from = (item * 4 * count + 4 * a) * area + cell;
          const x1 = anchors[4 * a]! + w * stride, y1 = anchors[4 * a + 1]! + h * stride;
          const across = anchors[4 * a + 2]! + w * stride - x1 + 1;
          const down = anchors[4 * a + 3]! + h * stride - y1 + 1;
          const x = delta[from]! * across + x1 + 0.5 * across;
          const y = delta[from + area]! * down + y1 + 0.5 * down;
          const halfWidth = 0.5 * Math.exp(delta[from + 2 * area]!) * across;
          const halfHeight = 0.5 * Math.exp(delta[from + 3 * area]!) * down;
          boxes[4 * i] = within(x - halfWidth, right);
          boxes[4 * i + 1] = within(y - halfHeight, bottom);
          boxes[4 * i + 2] = within(x + halfWidth, right);
          boxes[4 * i + 3] = within(y + halfHeight, bottom);
          const large = boxes[4 * i + 2]! - boxes[4 * i]! + 1 >= leastWidth &&
            boxes[4 * i + 3]! - boxes[4 * i + 1]! + 1 >= least;
          given[i] = large ? score[(item * 2 * count + count + a) * area + cell]! : leavesOut ? -Infinity : 0;
          if (!large && leavesOut) left++;
        }
      }
    }
    return given.length - left;
  }

  /** What {@link forward} computes, in ONNX. */
  static onnx(graph: GraphBuilder, layer: OnnxLayer<z.output<typeof ProposalParams>>): readonly OnnxValue[] {
    const own = layer.object as ProposalLayer;
    return proposalGraph(graph, layer, own.#anchors);
  }
}

function within(value: number, most: number): number {
  return Math.max(Math.min(value, most), 0);
}
