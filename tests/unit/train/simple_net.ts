import type { Net } from "../../../net/net.ts";

/** A net with dummy data, a convolution, an inner product and a loss. */
export function simpleNet(numOutput: number): string {
  return `name: "testnet" force_backward: true
layer { name: "data" type: "DummyData" top: "data" top: "label" dummy_data_param {
  shape { dim: 5 dim: 2 dim: 3 dim: 4 } shape { dim: 5 }
  data_filler { type: "gaussian" std: 1 } data_filler { type: "constant" } } }
layer { name: "conv" type: "Convolution" bottom: "data" top: "conv" param { name: "weights" decay_mult: 1 }
  param { decay_mult: 0 } convolution_param { num_output: 11 kernel_size: 2 pad: 3
  weight_filler { type: "gaussian" std: 1 } bias_filler { type: "constant" value: 2 } } }
layer { name: "ip" type: "InnerProduct" bottom: "conv" top: "ip_blob" inner_product_param { num_output: ${numOutput}
  weight_filler { type: "gaussian" std: 0.1 } bias_filler { type: "constant" value: -3 } } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip_blob" bottom: "label" top: "loss" loss_weight: 2 }`;
}

/** The sum of the absolute gradients of all parameters. */
export function paramDiffs(net: Net): number {
  return net.handle.learnable.reduce((sum, { blob }) => sum + blob.norms("diff").asum, 0);
}
