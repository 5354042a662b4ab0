import type { LayerNames } from "./layer_names.ts";

/** The prototxt of a net that trains with a new layer: it learns to reproduce random numbers. */
export function netSource({ file, type, className }: LayerNames, isLoss: boolean): string {
  const script = `script_param { module: "./${file}.ts" layer: "${className}" }`;
  const own = isLoss
    ? `layer {
  name: "loss" type: "Script" bottom: "output" bottom: "data" top: "loss"
  ${script}
}`
    : `layer { name: "loss" type: "EuclideanLoss" bottom: "output" bottom: "data" top: "loss" }`;
  const middle = isLoss ? `layer { name: "relu" type: "ReLU" bottom: "hidden" top: "active" }` : `layer {
  name: "${file}" type: "Script" bottom: "hidden" top: "active"
  ${script}
}`;
  return `# Trains with the layer ${type}: the net learns to reproduce its input, random numbers.
name: "${type}"
layer {
  name: "data" type: "DummyData" top: "data"
  dummy_data_param { shape { dim: 32 dim: 8 } data_filler { type: "gaussian" std: 1 } }
}
layer {
  name: "hidden" type: "InnerProduct" bottom: "data" top: "hidden"
  inner_product_param { num_output: 32 weight_filler { type: "xavier" } }
}
${middle}
layer {
  name: "output" type: "InnerProduct" bottom: "active" top: "output"
  inner_product_param { num_output: 8 weight_filler { type: "xavier" } }
}
${own}
`;
}

/** The prototxt of its solver. */
export function solverSource({ file }: LayerNames): string {
  return `net: "${file}_net.prototxt"
base_lr: 0.01
lr_policy: "fixed"
momentum: 0.9
display: 50
max_iter: 500
snapshot_after_train: false
random_seed: 1
`;
}
