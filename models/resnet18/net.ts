import type { Top } from "crema";
import { imagenetModel } from "../shared/imagenet.ts";
import { convNorm, relu, residualLayers, residualSum, topOneAndFive } from "../shared/residual.ts";

/** ResNet-18 (He et al. 2015) with the layers of HolmesShuan's ResNet-18-Caffemodel-on-ImageNet. */
export const resnet18 = imagenetModel({
  folder: "resnet18",
  name: "ResNet-18",
  about: "ResNet-18 on ImageNet. Its layers fit HolmesShuan's resnet-18.caffemodel.",
  side: 224,
  batch: { train: 128, test: 50, time: 16 },
  pixels: { mean_value: [104, 117, 123] },
  layers: (_, data) => residualLayers(data, {}, basicBlock, [2, 2, 2, 2]),
  losses: topOneAndFive,
  aboutSolver: "The batch of 256 is 2 × 128 images, as on two devices.",
  solver: {
    test_iter: [1000],
    test_interval: 5000,
    test_initialization: false,
    iter_size: 2,
    base_lr: 0.05,
    lr_policy: "poly",
    power: 1,
    display: 20,
    max_iter: 650000,
    momentum: 0.9,
    weight_decay: 0.0005,
    snapshot: 5000,
  },
});

/** Two convolutions of 3 × 3 pixels beside the shortcut. */
function basicBlock(bottom: Top, id: string, num_output: number, first: boolean, stride: number): Top {
  const shortcut = first
    ? convNorm(bottom, `${id}_branch1`, { num_output, kernel_size: 1, pad: 0, stride })
    : bottom;
  const conv = (from: Top, branch: string, stride: number) =>
    convNorm(from, `${id}_${branch}`, { num_output, kernel_size: 3, pad: 1, stride });
  const hidden = relu(conv(bottom, "branch2a", stride), `res${id}_branch2a`);
  return residualSum(shortcut, conv(hidden, "branch2b", 1), id);
}
