/** A net whose weights and states are damaged. */
export const SMALL_NET =
  `layer { name: "data" type: "Input" top: "x" input_param { shape { dim: 2 dim: 2 dim: 4 dim: 4 } } }
layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 2 } } }
layer { name: "conv" type: "Convolution" bottom: "x" top: "c"
  convolution_param { num_output: 2 kernel_size: 3 weight_filler { type: "xavier" } } }
layer { name: "relu" type: "ReLU" bottom: "c" top: "c" }
layer { name: "ip" type: "InnerProduct" bottom: "c" top: "ip"
  inner_product_param { num_output: 3 weight_filler { type: "gaussian" std: 0.1 } } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" }
`;

/** Its solver. */
export const SMALL_SOLVER = `net_param {
${SMALL_NET}}
type: "Adam" base_lr: 0.01 lr_policy: "fixed" momentum: 0.9 max_iter: 10 random_seed: 1
snapshot_prefix: "small" snapshot_after_train: false
`;
