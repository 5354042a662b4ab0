import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import { Layer } from "./layer.ts";
import type { LayerExample } from "./layer_example.ts";
import { sortedByScore } from "./shared/sorted_by_score.ts";

/** `box_annotator_ohem_param` of a {@link BoxAnnotatorOHEMLayer}. */
export const BoxAnnotatorOHEMParams = z.strictObject({
  roi_per_img: z.int().positive().describe("how many regions of each image to train with"),
  ignore_label: z.int().default(-1).describe("the label of the other regions"),
});

const EXAMPLES: readonly LayerExample[] = [{
  bottoms: [
    { shape: [5, 5], values: [0, 1, 2, 3, 4, 0, 0, 0, 9, 9, 1, 2, 2, 5, 5, 1, 0, 0, 4, 4, 0, 5, 5, 9, 9] },
    { shape: [5], values: [0.5, 2, 1, 3, 0.7] },
    { shape: [5], labels: 3 },
    { shape: [5, 8], values: [1, 0, 1, 0.5] },
  ].map((bottom) => ({ ...bottom, batchAxis: null })),
  tops: 2,
  param: { roi_per_img: 2 },
  gradientTops: [],
}];

/**
 * Chooses the regions with the largest losses to train with. Bottoms: regions (R, 5), each
 * [item, x1, y1, x2, y2], their losses (R), their labels (R) and their weights for box regression (R, C); tops:
 * labels (R, 1, 1, 1) and weights (R, C, 1, 1), with the label `ignore_label` and weights of 0 for all but the
 * `roi_per_img` regions of each image whose losses are the largest: y[r] = labels[r] for those. All may have more axes (R, …, H, W): then
 * positions take the place of regions. There is no gradient.
 *
 * Shrivastava, Gupta, Girshick: Training Region-based Object Detectors with Online Hard Example Mining, CVPR
 * 2016, arXiv:1604.03540; R-FCN's fork of Caffe.
 */
export class BoxAnnotatorOHEMLayer extends Layer<z.output<typeof BoxAnnotatorOHEMParams>> {
  static type = "BoxAnnotatorOHEM";
  static params = BoxAnnotatorOHEMParams;
  static bottoms = 4;
  static tops = 2;
  static examples = EXAMPLES;

  override reshape(bottoms: [Blob, Blob, Blob, Blob], [label, weight]: [Blob, Blob]): void {
    const [items, channels, height, width] = legacyShape(bottoms[0]);
    for (const [i, wanted] of [5, 1, 1, undefined].entries()) {
      const [n, c, h, w] = legacyShape(bottoms[i]!);
      if (n === items && h === height && w === width && c === (wanted ?? c)) continue;
      throw new RangeError(
        `Expected regions (R, 5), losses (R), labels (R) and weights (R, C) but found (${
          bottoms[i]!.shape.join(", ")
        }) in bottom ${i}`,
      );
    }
    if (channels !== 5) throw new RangeError(`Expected regions of 5 values but found ${channels}`);
    label.reshape(items, 1, height, width);
    weight.reshape(items, legacyShape(bottoms[3])[1], height, width);
  }

  override forward(bottoms: [Blob, Blob, Blob, Blob], [label, weight]: [Blob, Blob]): void {
    const [regions, losses, labels, weights] = bottoms.map(({ data }) => data) as [
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    const [, channels, height, width] = legacyShape(bottoms[3]), area = height * width;
    const toLabel = label.data.fill(this.param.ignore_label), toWeight = weight.data.fill(0);
    const chosen = new Map<number, number>();
    for (const i of sortedByScore(losses)) {
      const s = i % area, n = (i - s) / area;
      const item = Math.trunc(regions[n * 5 * area + s]!), before = chosen.get(item) ?? 0;
      if (before >= this.param.roi_per_img) continue;
      chosen.set(item, before + 1);
      toLabel[i] = labels[i]!;
      for (let c = 0; c < channels; c++) {
        const at = (n * channels + c) * area + s;
        toWeight[at] = weights[at]!;
      }
    }
  }

  override backward(_tops: Blob[], propagateDown: boolean[], bottoms: Blob[]): void {
    for (const [i, bottom] of bottoms.entries()) if (propagateDown[i]) bottom.diff.fill(0);
  }
}

/** A shape of four axes, with 1 for those that are missing. */
function legacyShape({ shape }: Blob): [number, number, number, number] {
  const [n = 1, c = 1, h = 1, w = 1] = shape;
  return [n, c, h, w];
}
