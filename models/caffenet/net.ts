import { conv, gaussian, norm, pool } from "../alexnet/net.ts";
import { fullyConnected } from "../shared/fully_connected.ts";
import { imagenetModel, meanImage } from "../shared/imagenet.ts";

/** BVLC's reference CaffeNet: AlexNet with pooling before normalization, and other biases at the start. */
export const caffenet = imagenetModel({
  folder: "caffenet",
  name: "CaffeNet",
  about: "CaffeNet on ImageNet. Its layers fit bvlc_reference_caffenet.caffemodel.",
  side: 227,
  batch: { train: 256, test: 50, time: 16 },
  pixels: meanImage,
  layers(_, data) {
    let top = conv(data, 1, { num_output: 96, kernel_size: 11, stride: 4 }, 0);
    top = norm(pool(top, 1), 1);
    top = conv(top, 2, { num_output: 256, kernel_size: 5, pad: 2, group: 2 }, 1);
    top = norm(pool(top, 2), 2);
    top = conv(top, 3, { num_output: 384, kernel_size: 3, pad: 1 }, 0);
    top = conv(top, 4, { num_output: 384, kernel_size: 3, pad: 1, group: 2 }, 1);
    top = conv(top, 5, { num_output: 256, kernel_size: 3, pad: 1, group: 2 }, 1);
    return fullyConnected(pool(top, 5), gaussian(0.005, 1), gaussian(0.01, 0));
  },
  aboutSolver: "BVLC reports 57.4 % top-1 accuracy after 310,000 iterations.",
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
