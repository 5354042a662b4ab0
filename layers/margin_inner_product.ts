import { dot } from "./shared/angular_margin.ts";
import {
  type MarginItem,
  MarginLayer,
  MarginParams,
  type MarginShares,
} from "./shared/margin_inner_product.ts";

/**
 * The scores of A-Softmax: y[n, c] = w_c · x_n with |w_c| = 1, but for the label of n, y = |x| (λ cos θ + ψ(θ)) / (1 + λ),
 * where θ is the angle between both, and ψ(θ) = (−1)^k cos(m θ) − 2k for θ between kπ/m and (k + 1)π/m. λ falls from
 * iteration to iteration. Bottoms: features x (N, D, …) and labels (N); top: scores (N, classes), for a SoftmaxWithLoss; a
 * second top is λ. The layer's parameter is w (classes, D), whose rows each forward scales to length 1.
 *
 * Gradients are SphereFace's: that of w is x dy, as of an inner product; of x, the part of ψ has the direction of its
 * gradient, ψ′ w + (ψ − ψ′ cos θ) x / |x|, and its weights of w and x are scaled to length 1.
 *
 * Liu, Wen, Yu, Li, Raj, Song: SphereFace, CVPR 2017, and its fork of Caffe.
 */
export class MarginInnerProductLayer extends MarginLayer {
  static type = "MarginInnerProduct";
  static params = MarginParams;
  static bottoms = 2;
  static tops = [1, 2] as const;
  static examples = [{
    bottoms: [[4, 5], { shape: [4], labels: 3 }],
    param: { num_output: 3, weight_filler: { type: "gaussian", std: 1 } },
    parameterGradients: false,
  }];

  protected override prepare(weights: Float32Array): void {
    for (let row = 0; row < weights.length; row += this.size) {
      const length = Math.sqrt(dot(weights, row, weights, row, this.size));
      if (length === 0) {
        throw new RangeError(
          "Expected weights with a direction but found a row of zeros: give a weight_filler, or trained weights",
        );
      }
      for (let i = 0; i < this.size; i++) weights[row + i]! /= length;
    }
  }

  protected override shares({ lengthX, cosine, psi: { value, slope } }: MarginItem): MarginShares {
    const { lambda, param } = this, w = { wFromX: 1, wFromW: 0 };
    if (param.type === "SINGLE") return { xFromW: 1, xFromX: 0, ...w };
    const across = slope, along = (value - slope * cosine) / lengthX, length = Math.hypot(across, along);
    return { xFromW: (across / length + lambda) / (1 + lambda), xFromX: along / length / (1 + lambda), ...w };
  }
}
