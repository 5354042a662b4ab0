import { layers as L, type NetSpec, type Top } from "crema";
import { imagenetModel } from "../shared/imagenet.ts";
import { weightAndBias } from "../shared/learning.ts";
import { convRelu, inception, type InceptionChannels } from "./inception.ts";

/** The inception blocks by name, in order. */
const blocks: Record<string, InceptionChannels> = {
  "3a": { one: 64, three: [96, 128], five: [16, 32], pool: 32 },
  "3b": { one: 128, three: [128, 192], five: [32, 96], pool: 64 },
  "4a": { one: 192, three: [96, 208], five: [16, 48], pool: 64 },
  "4b": { one: 160, three: [112, 224], five: [24, 64], pool: 64 },
  "4c": { one: 128, three: [128, 256], five: [24, 64], pool: 64 },
  "4d": { one: 112, three: [144, 288], five: [32, 64], pool: 64 },
  "4e": { one: 256, three: [160, 320], five: [32, 128], pool: 128 },
  "5a": { one: 256, three: [160, 320], five: [32, 128], pool: 128 },
  "5b": { one: 384, three: [192, 384], five: [48, 128], pool: 128 },
};

/** GoogLeNet (Szegedy et al. 2014) with the layers of BVLC's `bvlc_googlenet`. */
export const googlenet = imagenetModel({
  folder: "googlenet",
  name: "GoogleNet",
  about: "GoogLeNet on ImageNet. Its layers fit bvlc_googlenet.caffemodel.",
  side: 224,
  batch: { train: 32, test: 50, time: 16 },
  pixels: { mean_value: [104, 117, 123] },
  layers(n, data, label) {
    let top = convRelu(data, "conv1", "7x7_s2", { num_output: 64, kernel_size: 7, stride: 2, pad: 3 });
    top = norm(pool(top, 1), "pool1/norm1");
    top = convRelu(top, "conv2", "3x3_reduce", { num_output: 64, kernel_size: 1 });
    top = convRelu(top, "conv2", "3x3", { num_output: 192, kernel_size: 3, pad: 1 });
    top = pool(norm(top, "conv2/norm2"), 2);
    for (const [name, channels] of Object.entries(blocks)) {
      top = inception(top, `inception_${name}`, channels);
      if (name === "4a" && label !== undefined) auxiliaryLoss(n, top, label, 1);
      if (name === "4d" && label !== undefined) auxiliaryLoss(n, top, label, 2);
      if (name === "3b") top = pool(top, 3);
      if (name === "4e") top = pool(top, 4);
    }
    top = L.Pooling(top, { name: "pool5/7x7_s1", pool: "AVE", kernel_size: 7, stride: 1 });
    top = L.Dropout(top, { name: "pool5/drop_7x7_s1", dropout_ratio: 0.4, in_place: true });
    return classifier(top, 3);
  },
  losses: (n, scores, label) => lossAndAccuracies(n, scores, label, 3, 1),
  aboutSolver: "BVLC reports 68.7 % top-1 accuracy after 2,400,000 iterations.",
  solver: {
    test_iter: [1000],
    test_interval: 4000,
    test_initialization: false,
    display: 40,
    average_loss: 40,
    base_lr: 0.01,
    lr_policy: "poly",
    power: 0.5,
    max_iter: 2400000,
    momentum: 0.9,
    weight_decay: 0.0002,
    snapshot: 40000,
  },
});

function pool(bottom: Top, i: number): Top {
  return L.Pooling(bottom, { name: `pool${i}/3x3_s2`, pool: "MAX", kernel_size: 3, stride: 2 });
}

function norm(bottom: Top, name: string): Top {
  return L.LRN(bottom, { name, local_size: 5, alpha: 0.0001, beta: 0.75 });
}

function classifier(bottom: Top, i: number): Top {
  return L.InnerProduct(bottom, {
    name: `loss${i}/classifier`,
    num_output: 1000,
    param: weightAndBias,
    weight_filler: { type: "xavier" },
    bias_filler: { type: "constant" },
  });
}

/** A classifier in the middle of the network: in training its loss helps the layers before it. */
function auxiliaryLoss(n: NetSpec, bottom: Top, label: Top, i: number): void {
  const block = `loss${i}`;
  const pooled = L.Pooling(bottom, { name: `${block}/ave_pool`, pool: "AVE", kernel_size: 5, stride: 3 });
  const conv = L.Convolution(pooled, {
    name: `${block}/conv`,
    num_output: 128,
    kernel_size: 1,
    param: weightAndBias,
    weight_filler: { type: "xavier" },
    bias_filler: { type: "constant", value: 0.2 },
  });
  const relu = L.ReLU(conv, { name: `${block}/relu_conv`, in_place: true });
  const fc = L.InnerProduct(relu, {
    name: `${block}/fc`,
    num_output: 1024,
    param: weightAndBias,
    weight_filler: { type: "xavier" },
    bias_filler: { type: "constant", value: 0.2 },
  });
  const reluFc = L.ReLU(fc, { name: `${block}/relu_fc`, in_place: true });
  const dropped = L.Dropout(reluFc, { name: `${block}/drop_fc`, dropout_ratio: 0.7, in_place: true });
  lossAndAccuracies(n, classifier(dropped, i), label, i, 0.3);
}

function lossAndAccuracies(n: NetSpec, scores: Top, label: Top, i: number, loss_weight: number): void {
  const name = i === 3 ? "loss3/loss3" : `loss${i}/loss`; // BVLC's names
  n[`loss${i}/loss${i}`] = L.SoftmaxWithLoss(scores, label, { name, loss_weight });
  const include = { phase: "TEST" } as const;
  n[`loss${i}/top-1`] = L.Accuracy(scores, label, { include });
  n[`loss${i}/top-5`] = L.Accuracy(scores, label, { include, top_k: 5 });
}
