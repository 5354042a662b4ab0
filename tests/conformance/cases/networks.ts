import { printText } from "../../../proto/text/print_text.ts";
import type { BlobShape, LayerParameter, NetParameter } from "../../../proto/messages.ts";
import { readNet } from "../../../proto/nets/read_net.ts";
import type { NetCase } from "../net_case.ts";

/** A network of models/, with its made-up data replaced by inputs of a small batch. */
async function model(name: string, batch: number): Promise<string> {
  const path = new URL(`../../../models/${name}/time.prototxt`, import.meta.url).pathname;
  const net: NetParameter = await readNet(path);
  const layer = (net.layer ?? []).flatMap((each): LayerParameter[] => {
    if (each.type !== "DummyData") return [each];
    const shape = (each.dummy_data_param?.shape ?? []).map(({ dim = [] }): BlobShape => ({
      dim: [batch, ...dim.slice(1)],
    }));
    return [{ name: each.name!, type: "Input", top: each.top!, input_param: { shape } }];
  });
  return printText("NetParameter", { ...net, layer, force_backward: true });
}

/** One side of the siamese pair: its parameters have names, so that both sides use the same. */
const tower = (side: string): string => `
layer { name: "conv${side}" type: "Convolution" bottom: "x${side}" top: "conv${side}"
  param { name: "conv_w" } param { name: "conv_b" lr_mult: 2 }
  convolution_param { num_output: 6 kernel_size: 3 stride: 2 } }
layer { name: "tanh${side}" type: "TanH" bottom: "conv${side}" top: "conv${side}" }
layer { name: "ip${side}" type: "InnerProduct" bottom: "conv${side}" top: "feature${side}"
  param { name: "ip_w" } param { name: "ip_b" }
  inner_product_param { num_output: 4 } }`;

const SIAMESE = `force_backward: true
layer { name: "in" type: "Input" top: "xa" top: "xb" input_param { shape { dim: 5 dim: 2 dim: 9 dim: 8 } } }
${tower("a")} ${tower("b")}
layer { name: "distance" type: "EuclideanLoss" bottom: "featurea" bottom: "featureb" top: "distance"
  loss_weight: 0.5 }`;

/** Two convolutions with normalization, whose input is added to their output. */
const block = (name: string, bottom: string, channels: number, stride: number): string => {
  const convolution = (index: number, from: string, step: number) => `
layer { name: "${name}_conv${index}" type: "Convolution" bottom: "${from}" top: "${name}_conv${index}"
  convolution_param { num_output: ${channels} kernel_size: 3 pad: 1 stride: ${step} bias_term: false } }
layer { name: "${name}_bn${index}" type: "BatchNorm" bottom: "${name}_conv${index}" top: "${name}_conv${index}" }
layer { name: "${name}_scale${index}" type: "Scale" bottom: "${name}_conv${index}" top: "${name}_conv${index}"
  scale_param { bias_term: true } }`;
  const short = stride === 1 ? bottom : `${name}_short`;
  return `${convolution(1, bottom, stride)}
layer { name: "${name}_relu1" type: "ReLU" bottom: "${name}_conv1" top: "${name}_conv1" }
${convolution(2, `${name}_conv1`, 1)}
${
    stride === 1 ? "" : `layer { name: "${name}_short" type: "Convolution" bottom: "${bottom}" top: "${short}"
  convolution_param { num_output: ${channels} kernel_size: 1 stride: ${stride} } }`
  }
layer { name: "${name}" type: "Eltwise" bottom: "${short}" bottom: "${name}_conv2" top: "${name}" }
layer { name: "${name}_relu" type: "ReLU" bottom: "${name}" top: "${name}" }`;
};

const RESIDUAL = `force_backward: true
layer { name: "in" type: "Input" top: "x" top: "label" input_param {
  shape { dim: 6 dim: 3 dim: 12 dim: 11 } shape { dim: 6 } } }
layer { name: "stem" type: "Convolution" bottom: "x" top: "stem"
  convolution_param { num_output: 8 kernel_size: 3 pad: 1 } }
${block("a", "stem", 8, 1)} ${block("b", "a", 12, 2)}
layer { name: "pool" type: "Pooling" bottom: "b" top: "pool" pooling_param { pool: AVE global_pooling: true } }
layer { name: "ip" type: "InnerProduct" bottom: "pool" top: "ip" inner_product_param { num_output: 5 } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" }`;

/** Whole networks. */
export const networkCases: readonly NetCase[] = [
  {
    name: "lenet",
    net: await model("lenet", 4),
    inputs: { data: { kind: "uniform", min: 0, max: 1 }, label: { kind: "labels", classes: 10 } },
    constant: ["label"],
    blobs: ["pool1", "pool2", "ip1"],
  },
  {
    name: "cifar10_quick",
    net: await model("cifar10_quick", 3),
    inputs: { label: { kind: "labels", classes: 10 } },
    constant: ["label"],
    blobs: ["pool1", "pool2", "pool3"],
  },
  {
    name: "mnist_autoencoder",
    net: await model("mnist_autoencoder", 3),
    inputs: { data: { kind: "uniform", min: 0, max: 1 } },
    // The target of the cross entropy has no gradient, and in this net it is the input as well.
    constant: [],
  },
  {
    name: "siamese",
    net: SIAMESE,
    blobs: ["featurea", "featureb"],
    floor: 1e-3,
    why: "the gradients of ip's bias on the two sides are opposite: what is left of their sum is rounding",
  },
  {
    name: "residual",
    net: RESIDUAL,
    inputs: { label: { kind: "labels", classes: 5 } },
    constant: ["label"],
    params: Object.fromEntries(
      ["a_bn1", "a_bn2", "b_bn1", "b_bn2"].map((name) => [name, [{ kind: "given", values: [0] } as const]]),
    ),
    blobs: ["a", "pool"],
  },
  {
    name: "residual, TEST",
    net: RESIDUAL,
    phase: "TEST",
    inputs: { label: { kind: "labels", classes: 5 } },
    constant: ["label"],
    params: Object.fromEntries(
      ["a_bn1", "a_bn2", "b_bn1", "b_bn2"].map((name) => [
        name,
        [{ kind: "normal", scale: 0.1 }, { kind: "uniform", min: 0.5, max: 2 }, {
          kind: "given",
          values: [1],
        }] as const,
      ]),
    ),
    blobs: ["a", "pool"],
  },
];
