import {
  type MarginItem,
  MarginLayer,
  MarginParams,
  type MarginShares,
} from "./shared/margin_inner_product.ts";

/**
 * The scores of L-Softmax: y[n, c] = w_c · x_n, but for the label of n, y = (λ w · x + |w| |x| ψ(θ)) / (1 + λ), where θ is
 * the angle between both, and ψ(θ) = (−1)^k cos(m θ) − 2k for θ between kπ/m and (k + 1)π/m. λ falls from iteration to
 * iteration. Bottoms: features x (N, D, …) and labels (N); top: scores (N, classes), for a SoftmaxWithLoss; a second top
 * is λ. The layer's parameter is w (classes, D).
 *
 * Liu, Wen, Yu, Yang: Large-Margin Softmax Loss for Convolutional Neural Networks, ICML 2016, and its fork of Caffe.
 */
export class LargeMarginInnerProductLayer extends MarginLayer {
  static type = "LargeMarginInnerProduct";
  static typeParam = "largemargin_inner_product_param";
  static params = MarginParams;
  static bottoms = 2;
  static tops = [1, 2] as const;
  static examples = ["SINGLE", "DOUBLE", "TRIPLE", "QUADRUPLE"].map((type) => ({
    bottoms: [[4, 5], { shape: [4], labels: 3 }],
    param: { num_output: 3, type, base: 0.5, weight_filler: { type: "gaussian", std: 1 } },
  }));

  protected override shares({ lengthX, lengthW, cosine, psi: { value, slope } }: MarginItem): MarginShares {
    const { lambda, param } = this;
    if (param.type === "SINGLE") return { xFromW: 1, xFromX: 0, wFromX: 1, wFromW: 0 };
    const across = (lambda + slope) / (1 + lambda), along = (value - slope * cosine) / (1 + lambda);
    return {
      xFromW: across,
      xFromX: along * lengthW / lengthX,
      wFromX: across,
      wFromW: along * lengthX / lengthW,
    };
  }
}
