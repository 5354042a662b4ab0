import type { NetCase } from "../net_case.ts";

const input = (name: string, ...shape: number[]) =>
  `layer { name: "in_${name}" type: "Input" top: "${name}" input_param { shape { ${
    shape.map((size) => `dim: ${size}`).join(" ")
  } } } }\n`;

const ip = (name: string, bottom: string, outputs: number, rest = "") =>
  `layer { name: "${name}" type: "InnerProduct" bottom: "${bottom}" top: "${name}" ${rest}
    inner_product_param { num_output: ${outputs} } }\n`;

const CONVNET = `force_backward: true
${input("x", 2, 3, 9, 8)} ${input("label", 2)}
layer { name: "conv" type: "Convolution" bottom: "x" top: "conv"
  convolution_param { num_output: 8 kernel_size: 3 pad: 1 } }
layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
layer { name: "lrn" type: "LRN" bottom: "conv" top: "lrn" lrn_param { local_size: 3 alpha: 0.5 } }
layer { name: "pool" type: "Pooling" bottom: "lrn" top: "pool" pooling_param { pool: AVE kernel_size: 3 stride: 2 } }
layer { name: "flat" type: "Flatten" bottom: "pool" top: "flat" }
layer { name: "cut" type: "Slice" bottom: "flat" top: "cut1" top: "cut2" slice_param { axis: 1 slice_point: 60 } }
layer { name: "join" type: "Concat" bottom: "cut2" bottom: "cut1" top: "join" }
${ip("ip", "join", 5)}
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" }`;

const LABELS = { label: { kind: "labels", classes: 5 } } as const;

/**
 * How nets connect layers: blobs with several consumers, shared and frozen parameters, changed shapes,
 * several passes.
 */
export const wiringCases: readonly NetCase[] = [
  {
    name: "a blob that many take",
    net: `force_backward: true ${input("x", 4, 6)} ${ip("a", "x", 5)} ${ip("b", "x", 5)} ${ip("c", "a", 5)}
layer { name: "sum" type: "Eltwise" bottom: "a" bottom: "b" bottom: "a" top: "sum" }
layer { name: "product" type: "Eltwise" bottom: "sum" bottom: "c" top: "product" eltwise_param { operation: PROD } }
layer { name: "loss" type: "EuclideanLoss" bottom: "product" bottom: "a" top: "loss" }`,
    blobs: ["a", "sum"],
  },
  {
    name: "a blob with a loss weight that others take",
    net: `force_backward: true ${input("x", 4, 6)} ${ip("a", "x", 5, "loss_weight: 0.3")} ${ip("b", "a", 2)}
layer { name: "tanh" type: "TanH" bottom: "a" top: "c" loss_weight: 0.2 }`,
    blobs: ["a"],
  },
  {
    name: "a loss without a top",
    net: `force_backward: true ${input("x", 4, 6)} ${ip("a", "x", 5)} ${input("t", 4, 5)}
layer { name: "loss" type: "EuclideanLoss" bottom: "a" bottom: "t" }`,
  },
  {
    name: "two losses and propagate_down: false",
    net: `force_backward: true ${input("x", 4, 6)} ${ip("a", "x", 5)}
${ip("b", "a", 5, "propagate_down: false")} ${input("label", 4)}
layer { name: "l1" type: "SoftmaxWithLoss" bottom: "a" bottom: "label" top: "l1" loss_weight: 2 }
layer { name: "l2" type: "SoftmaxWithLoss" bottom: "b" bottom: "label" top: "l2" loss_weight: 0.5 }`,
    inputs: LABELS,
    constant: ["label"],
  },
  {
    name: "frozen layers, without force_backward",
    net: `${input("x", 4, 6)} ${ip("frozen", "x", 5, "param { lr_mult: 0 } param { lr_mult: 0 }")}
${ip("half", "frozen", 4, "param { lr_mult: 0 } param { lr_mult: 1 }")}
layer { name: "tanh" type: "TanH" bottom: "half" top: "half" } ${ip("free", "half", 3)} ${input("t", 4, 3)}
layer { name: "loss" type: "EuclideanLoss" bottom: "free" bottom: "t" top: "loss" }`,
    constant: ["x", "t"],
  },
  {
    name: "parameters shared by name in a row",
    net: `force_backward: true ${input("x", 3, 4)}
${ip("a", "x", 4, 'param { name: "w" } param { name: "b" }')}
layer { name: "tanh_a" type: "TanH" bottom: "a" top: "a" }
${ip("b", "a", 4, 'param { name: "w" } param { name: "b" }')}
layer { name: "tanh_b" type: "TanH" bottom: "b" top: "b" }
${ip("c", "b", 4, 'param { name: "w" } param { name: "other" }')}`,
  },
  {
    name: "parameters shared in another shape",
    net: `force_backward: true ${input("x", 3, 4)}
${ip("a", "x", 6, 'param { name: "w" } param { lr_mult: 1 }')}
layer { name: "b" type: "InnerProduct" bottom: "a" top: "b" param { name: "w" share_mode: PERMISSIVE }
  inner_product_param { num_output: 4 bias_term: false } }`,
  },
  {
    name: "kernels shared by a convolution of another stride",
    net: `force_backward: true ${input("x", 2, 3, 9, 9)}
layer { name: "a" type: "Convolution" bottom: "x" top: "a" param { name: "w" } param { name: "b" }
  convolution_param { num_output: 16 kernel_size: 3 } }
layer { name: "b" type: "Convolution" bottom: "x" top: "b" param { name: "w" } param { name: "b" }
  convolution_param { num_output: 16 kernel_size: 3 stride: 2 pad: 1 } }`,
  },
  {
    name: "a small convnet",
    net: CONVNET,
    inputs: LABELS,
    constant: ["label"],
    blobs: ["conv", "pool", "join"],
  },
  { name: "a small convnet, three passes", net: CONVNET, inputs: LABELS, constant: ["label"], passes: 3 },
  {
    name: "a small convnet, a larger batch later",
    net: CONVNET,
    inputs: LABELS,
    constant: ["label"],
    reshape: { x: [5, 3, 9, 8], label: [5] },
  },
  {
    name: "a small convnet, a smaller batch later",
    net: CONVNET,
    inputs: LABELS,
    constant: ["label"],
    reshape: { x: [1, 3, 9, 8], label: [1] },
  },
  {
    name: "images of another size later",
    net: `force_backward: true ${input("x", 2, 3, 9, 8)}
layer { name: "conv" type: "Convolution" bottom: "x" top: "conv"
  convolution_param { num_output: 8 kernel_size: 3 dilation: 2 pad: 2 bias_term: false } }
layer { name: "bn" type: "BatchNorm" bottom: "conv" top: "conv" }
layer { name: "scale" type: "Scale" bottom: "conv" top: "conv" scale_param { bias_term: true } }
layer { name: "sigmoid" type: "Sigmoid" bottom: "conv" top: "conv" }
layer { name: "pool" type: "Pooling" bottom: "conv" top: "pool" pooling_param { pool: AVE global_pooling: true } }
${ip("ip", "pool", 4)}`,
    params: { bn: [0, 0, 0].map(() => ({ kind: "given", values: [0] })) },
    reshape: { x: [3, 3, 13, 6] },
  },
];
