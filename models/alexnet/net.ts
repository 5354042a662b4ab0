import { type LayerFields, layers as L, type Top } from "crema";
import { type Fillers, fullyConnected } from "../shared/fully_connected.ts";
import { imagenetModel, meanImage } from "../shared/imagenet.ts";
import { weightAndBias } from "../shared/learning.ts";

/** AlexNet (Krizhevsky, Sutskever, Hinton 2012) with the layers of BVLC's `bvlc_alexnet`. */
export const alexnet = imagenetModel({
  folder: "alexnet",
  name: "AlexNet",
  about: "AlexNet on ImageNet. Its layers fit bvlc_alexnet.caffemodel.",
  side: 227,
  batch: { train: 256, test: 50, time: 16 },
  pixels: meanImage,
  layers(_, data) {
    let top = conv(data, 1, { num_output: 96, kernel_size: 11, stride: 4 }, 0);
    top = pool(norm(top, 1), 1);
    top = conv(top, 2, { num_output: 256, kernel_size: 5, pad: 2, group: 2 }, 0.1);
    top = pool(norm(top, 2), 2);
    top = conv(top, 3, { num_output: 384, kernel_size: 3, pad: 1 }, 0);
    top = conv(top, 4, { num_output: 384, kernel_size: 3, pad: 1, group: 2 }, 0.1);
    top = conv(top, 5, { num_output: 256, kernel_size: 3, pad: 1, group: 2 }, 0.1);
    return fullyConnected(pool(top, 5), gaussian(0.005, 0.1), gaussian(0.01, 0));
  },
  aboutSolver: "BVLC reports 57.1 % top-1 accuracy after 360,000 iterations.",
  solver: {
    test_iter: [1000],
    test_interval: 1000,
    base_lr: 0.01,
    lr_policy: "step",
    gamma: 0.1,
    stepsize: 100000,
    display: 20,
    max_iter: 450000,
    momentum: 0.9,
    weight_decay: 0.0005,
    snapshot: 10000,
  },
});

/** Gaussian weights, and a bias of one value. */
export function gaussian(std: number, bias: number): Fillers {
  return { weight_filler: { type: "gaussian", std }, bias_filler: { type: "constant", value: bias } };
}

/** The i-th convolution with its ReLU. */
export function conv(bottom: Top, i: number, fields: LayerFields<"Convolution">, bias: number): Top {
  const top = L.Convolution(bottom, {
    name: `conv${i}`,
    param: weightAndBias,
    ...gaussian(0.01, bias),
    ...fields,
  });
  return L.ReLU(top, { name: `relu${i}`, in_place: true });
}

/** The i-th normalization across channels. */
export function norm(bottom: Top, i: number): Top {
  return L.LRN(bottom, { name: `norm${i}`, local_size: 5, alpha: 0.0001, beta: 0.75 });
}

/** The i-th pooling, whose windows overlap. */
export function pool(bottom: Top, i: number): Top {
  return L.Pooling(bottom, { name: `pool${i}`, pool: "MAX", kernel_size: 3, stride: 2 });
}
