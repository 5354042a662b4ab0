import type { Top } from "crema";
import { imagenetModel } from "../shared/imagenet.ts";
import { convNorm, relu, residualLayers, residualSum, topOneAndFive } from "../shared/residual.ts";

/** ResNet-50 (He et al. 2015) with the layers of KaimingHe's deep-residual-networks. */
export const resnet50 = imagenetModel({
  folder: "resnet50",
  name: "ResNet-50",
  about: "ResNet-50 on ImageNet. Its layers fit KaimingHe's ResNet-50-model.caffemodel.",
  side: 224,
  batch: { train: 32, test: 25, time: 8 },
  pixels: { mean_value: [104, 117, 123] },
  layers: (_, data) => residualLayers(data, { bias_term: true }, bottleneck, [3, 4, 6, 3]),
  losses: topOneAndFive,
  aboutSolver: "The batch of 256, the rate and the decay of the paper.",
  solver: {
    test_iter: [2000],
    test_interval: 5000,
    test_initialization: false,
    iter_size: 8, // 8 × 32 images
    base_lr: 0.1,
    lr_policy: "multistep",
    gamma: 0.1,
    stepvalue: [150000, 300000, 450000],
    display: 20,
    max_iter: 600000,
    momentum: 0.9,
    weight_decay: 0.0001,
    snapshot: 5000,
  },
});

/** Convolutions of 1 × 1, 3 × 3 and 1 × 1 pixels beside the shortcut; the last has four times the channels. */
function bottleneck(bottom: Top, id: string, channels: number, first: boolean, stride: number): Top {
  const wide = { num_output: 4 * channels, kernel_size: 1, pad: 0 };
  const shortcut = first ? convNorm(bottom, `${id}_branch1`, { ...wide, stride }) : bottom;
  const branch = (kind: string) => `${id}_branch${kind}`;
  const narrow = { num_output: channels, kernel_size: 1, pad: 0, stride };
  let top = relu(convNorm(bottom, branch("2a"), narrow), `res${branch("2a")}`);
  top = convNorm(top, branch("2b"), { num_output: channels, kernel_size: 3, pad: 1, stride: 1 });
  top = relu(top, `res${branch("2b")}`);
  return residualSum(shortcut, convNorm(top, branch("2c"), { ...wide, stride: 1 }), id);
}
