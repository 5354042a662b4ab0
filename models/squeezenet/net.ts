import { layers as L, type NetSpec, type Top } from "crema";
import { imagenetModel } from "../shared/imagenet.ts";

/** SqueezeNet 1.1 (Iandola et al. 2016) with the layers of forresti's SqueezeNet_v1.1. */
export const squeezenet = imagenetModel({
  folder: "squeezenet",
  name: "SqueezeNet",
  about: "SqueezeNet 1.1 on ImageNet. Its layers fit squeezenet_v1.1.caffemodel.",
  side: 227,
  batch: { train: 32, test: 25, time: 16 },
  pixels: { mean_value: [104, 117, 123] },
  mirror: false,
  layers(_, data) {
    const xavier = { type: "xavier" };
    let top = L.Convolution(data, {
      name: "conv1",
      num_output: 64,
      kernel_size: 3,
      stride: 2,
      weight_filler: xavier,
    });
    top = pool(L.ReLU(top, { name: "relu_conv1", in_place: true }), 1);
    top = pool(fire(fire(top, 2, 16, 64), 3, 16, 64), 3);
    top = pool(fire(fire(top, 4, 32, 128), 5, 32, 128), 5);
    top = fire(fire(top, 6, 48, 192), 7, 48, 192);
    top = fire(fire(top, 8, 64, 256), 9, 64, 256);
    top = L.Dropout(top, { name: "drop9", dropout_ratio: 0.5, in_place: true });
    const scores = { type: "gaussian", mean: 0, std: 0.01 };
    top = L.Convolution(top, { name: "conv10", num_output: 1000, kernel_size: 1, weight_filler: scores });
    top = L.ReLU(top, { name: "relu_conv10", in_place: true });
    return L.Pooling(top, { name: "pool10", pool: "AVE", global_pooling: true });
  },
  losses(n: NetSpec, scores: Top, label: Top) {
    n.loss = L.SoftmaxWithLoss(scores, label);
    n.accuracy = L.Accuracy(scores, label, { include: { phase: "TEST" } });
    n.accuracy_top5 = L.Accuracy(scores, label, { include: { phase: "TEST" }, top_k: 5 });
  },
  aboutSolver: "Its authors report 57.5 % top-1 accuracy. A batch is 16 × 32 images.",
  solver: {
    test_iter: [2000],
    test_interval: 1000,
    test_initialization: false,
    iter_size: 16,
    base_lr: 0.04,
    lr_policy: "poly",
    power: 1,
    display: 40,
    average_loss: 40,
    max_iter: 170000,
    momentum: 0.9,
    weight_decay: 0.0002,
    snapshot: 1000,
  },
});

/** A fire block: few channels, from which convolutions of 1 × 1 and of 3 × 3 pixels make many. */
function fire(bottom: Top, i: number, squeeze: number, expand: number): Top {
  const conv = (from: Top, kind: string, num_output: number, pad: number) => {
    const fields = { num_output, kernel_size: 2 * pad + 1, ...(pad === 0 ? {} : { pad }) };
    const top = L.Convolution(from, {
      name: `fire${i}/${kind}`,
      weight_filler: { type: "xavier" },
      ...fields,
    });
    return L.ReLU(top, { name: `fire${i}/relu_${kind}`, in_place: true });
  };
  const squeezed = conv(bottom, "squeeze1x1", squeeze, 0);
  return L.Concat(conv(squeezed, "expand1x1", expand, 0), conv(squeezed, "expand3x3", expand, 1), {
    name: `fire${i}/concat`,
  });
}

function pool(bottom: Top, i: number): Top {
  return L.Pooling(bottom, { name: `pool${i}`, pool: "MAX", kernel_size: 3, stride: 2 });
}
