import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import { Layer } from "./layer.ts";
import type { LayerExample } from "./layer_example.ts";
import { PermutohedralLattice } from "./shared/permutohedral_lattice.ts";
import { refuseInPlace } from "./shared/refuse_in_place.ts";
import { softmax } from "./shared/softmax.ts";

const weights = z.array(z.number()).default([]);
const deviations = z.array(z.number().positive()).default([]);

/** `dense_crf_param` of a {@link DenseCRFLayer}. */
export const DenseCRFParams = z.strictObject({
  max_iter: z.int().min(0).default(10).describe("how many steps of mean-field inference"),
  pos_w: weights.describe("weight of each Gaussian kernel"),
  pos_xy_std: deviations.describe("its standard deviation, in pixels"),
  bi_w: weights.describe("weight of each bilateral kernel"),
  bi_xy_std: deviations.describe("its standard deviation in space, in pixels"),
  bi_rgb_std: deviations.describe("its standard deviation in each channel of the image"),
  output_probability: z.boolean().default(true).describe("whether to give probabilities or their logarithms"),
});

/** The least number whose logarithm is given: C's FLT_MIN. */
const LEAST = 2 ** -126;

const EXAMPLES: readonly LayerExample[] = [true, false].map((image) => ({
  bottoms: [
    { shape: [2, 3, 4, 5], gradient: false },
    { shape: [2, 2], values: [4, 5, 3, 4] },
    ...image ? [{ shape: [2, 3, 4, 5], gradient: false, range: [-9, 9] as const }] : [],
  ],
  param: {
    max_iter: 3,
    pos_w: [2],
    pos_xy_std: [1.5],
    ...image && { bi_w: [3], bi_xy_std: [3], bi_rgb_std: [5] },
    output_probability: image,
  },
  gradientTops: [],
}));

/** A kernel between all pixels of an image. */
interface Kernel {
  readonly lattice: PermutohedralLattice;
  /** The kernel's weight over its sum at each pixel. */
  readonly factors: Float32Array;
}

/**
 * Makes the classes of pixels agree with those of near pixels of like colours: mean-field inference in a fully
 * connected conditional random field with Potts potentials. Bottoms: scores x (N, C, H, W), log-probabilities but
 * for a constant; the height and width of each image, (N, 1, 1, 2) as ImageSegData gives them or (N, 2), which may
 * be less than H and W; and, if there are bilateral kernels, the image (N, 3, H, W), less any mean. Top:
 * probabilities q (N, C, H, W), or their logarithms without `output_probability`; 0 outside the image.
 *
 * q = softmax(x) at first, then `max_iter` times q_i = softmax(x_i + Σ_m w_m Σ_j k_m(i, j) q_j / Σ_j k_m(i, j))
 * over the classes, where a Gaussian kernel is k(i, j) = exp(−‖p_i − p_j‖² / (2 pos_xy_std²)) of the positions p,
 * and a bilateral one exp(−‖p_i − p_j‖² / (2 bi_xy_std²) − ‖I_i − I_j‖² / (2 bi_rgb_std²)) of the colours I as
 * well. A permutohedral lattice filters with the kernels, nearly. There is no gradient, as in the forks: the layer
 * is for prediction.
 *
 * Krähenbühl, Koltun: Efficient Inference in Fully Connected CRFs with Gaussian Edge Potentials, NIPS 2011;
 * DenseCRF of DeepLab's and PSPNet's forks of Caffe, which takes the first image of a batch for all of its items.
 */
export class DenseCRFLayer extends Layer<z.output<typeof DenseCRFParams>> {
  static type = "DenseCRF";
  static params = DenseCRFParams;
  static bottoms = [2, 3] as const;
  static tops = 1;
  static examples = EXAMPLES;

  /** Checks that each kernel has all of its numbers. */
  override setup(bottoms: Blob[]): void {
    const { pos_w, pos_xy_std, bi_w, bi_xy_std, bi_rgb_std } = this.param;
    if (pos_w.length !== pos_xy_std.length) {
      throw new RangeError(
        `Expected as many pos_w as pos_xy_std but found ${pos_w.length} and ${pos_xy_std.length}`,
      );
    }
    if (bi_w.length !== bi_xy_std.length || bi_w.length !== bi_rgb_std.length) {
      throw new RangeError(
        `Expected as many bi_w as bi_xy_std and bi_rgb_std but found ${bi_w.length}, ${bi_xy_std.length} and ` +
          `${bi_rgb_std.length}`,
      );
    }
    if (bottoms.length === 3 && bi_w.length === 0) {
      throw new RangeError("Expected a bilateral kernel (bi_w …) for the image but found none");
    }
    if (bottoms.length === 2 && bi_w.length > 0) {
      throw new RangeError(
        "Expected the image as a third bottom, for bilateral kernels, but found two bottoms",
      );
    }
  }

  override reshape([scores, sizes, image]: [Blob, Blob, ...Blob[]], [y]: [Blob]): void {
    refuseInPlace([scores, sizes, image], [y]);
    const [items = 0, , height, width] = scores.shape;
    if (scores.numAxes !== 4) {
      throw new RangeError(`Expected scores (N, C, H, W) but found (${scores.shape.join(", ")})`);
    }
    if (sizes.shape[0] !== items || sizes.count < 2 * items) {
      throw new RangeError(
        `Expected the height and width of ${items} images, (${items}, 2), but found (${
          sizes.shape.join(", ")
        })`,
      );
    }
    const wanted = [items, 3, height, width].join(", ");
    if (image !== undefined && image.shape.join(", ") !== wanted) {
      throw new RangeError(`Expected an image (${wanted}) but found (${image.shape.join(", ")})`);
    }
    y.reshapeLike(scores);
  }

  override forward([scores, sizes, image]: [Blob, Blob, ...Blob[]], [y]: [Blob]): void {
    const [items = 0, classes = 0, rows = 0, columns = 0] = scores.shape, area = rows * columns;
    const from = scores.data, each = sizes.count / items;
    const to = y.data.fill(0), probable = this.param.output_probability;
    for (let n = 0; n < items; n++) {
      const height = this.#side(sizes.data[n * each]!, rows),
        width = this.#side(sizes.data[n * each + 1]!, columns);
      const colours = image?.data.subarray(3 * n * area, 3 * (n + 1) * area);
      const kernels = this.#kernels(height, width, columns, colours);
      const x = new Float32Array(height * width * classes);
      /** Calls for each score: its place in the blob, and in `x`, where a pixel's scores are side by side. */
      const places = (visit: (blob: number, pixel: number) => void) => {
        for (let c = 0, first = n * classes * area; c < classes; c++, first += area) {
          for (let row = 0, i = c; row < height; row++) {
            for (let column = 0; column < width; column++, i += classes) {
              visit(first + row * columns + column, i);
            }
          }
        }
      };
      places((blob, pixel) => x[pixel] = from[blob]!);
      const q = infer(x, classes, kernels, this.param.max_iter);
      places((blob, pixel) => to[blob] = probable ? q[pixel]! : Math.log(Math.max(q[pixel]!, LEAST)));
    }
  }

  /** Throws an Error: mean-field inference has no gradient here. */
  override backward(_tops: [Blob], propagateDown: boolean[]): void {
    if (!propagateDown.includes(true)) return;
    throw new Error(
      "Expected a bottom that needs no gradient but found one that does: DenseCRF is for prediction, so train with a " +
        "loss on the scores, and leave the layer to phase TEST",
    );
  }

  /** A side of an image in a blob's side: no longer than that. */
  #side(given: number, most: number): number {
    if (Number.isInteger(given) && given >= 1) return Math.min(given, most);
    throw new RangeError(`Expected heights and widths of 1 or more, in pixels, but found ${given}`);
  }

  /** The kernels of an image of `columns` pixels per row, of which the first `width` are the image. */
  #kernels(height: number, width: number, columns: number, colours?: Float32Array): Kernel[] {
    const { pos_w, pos_xy_std, bi_w, bi_xy_std, bi_rgb_std } = this.param;
    const area = colours === undefined ? 0 : colours.length / 3;
    const kernel = (weight: number, position: number, colour?: number): Kernel => {
      const dims = colour === undefined ? 2 : 5, features = new Float32Array(height * width * dims);
      let at = 0;
      for (let row = 0; row < height; row++) {
        for (let column = 0; column < width; column++) {
          features[at++] = column / position;
          features[at++] = row / position;
          if (colour === undefined) continue;
          for (let c = 0; c < 3; c++) features[at++] = colours![c * area + row * columns + column]! / colour;
        }
      }
      const lattice = new PermutohedralLattice(features, dims);
      const factors = new Float32Array(height * width).fill(1);
      lattice.filter(factors, factors, 1);
      for (let i = 0; i < factors.length; i++) factors[i] = weight / (factors[i]! + 1e-20);
      return { lattice, factors };
    };
    return [
      ...pos_w.map((weight, i) => kernel(weight, pos_xy_std[i]!)),
      ...bi_w.map((weight, i) => kernel(weight, bi_xy_std[i]!, bi_rgb_std[i]!)),
    ];
  }
}

/** Mean-field inference from scores (pixels, classes): returns probabilities. */
function infer(x: Float32Array, classes: number, kernels: readonly Kernel[], steps: number): Float32Array {
  const q = new Float32Array(x.length),
    filtered = new Float32Array(x.length),
    next = new Float32Array(x.length);
  const shape = { outer: x.length / classes, classes, inner: 1 };
  softmax(x, q, shape);
  for (let step = 0; step < steps; step++) {
    next.set(x);
    for (const { lattice, factors } of kernels) {
      lattice.filter(q, filtered, classes);
      for (let i = 0, at = 0; i < factors.length; i++) {
        const factor = factors[i]!;
        for (let c = 0; c < classes; c++, at++) next[at]! += factor * filtered[at]!;
      }
    }
    softmax(next, q, shape);
  }
  return q;
}
