import { layers as L, type Top } from "crema";
import { type Fillers, fullyConnected } from "../shared/fully_connected.ts";
import { imagenetModel } from "../shared/imagenet.ts";
import { weightAndBias } from "../shared/learning.ts";

const xavier: Fillers = { weight_filler: { type: "xavier" }, bias_filler: { type: "constant" } };

/** The number of convolutions of each stage, and of their channels. */
const stages = [[2, 64], [2, 128], [3, 256], [3, 512], [3, 512]] as const;

/** VGG-16 (Simonyan, Zisserman 2014), configuration D of the paper. */
export const vgg16 = imagenetModel({
  folder: "vgg16",
  name: "VGG_ILSVRC_16_layers",
  about: "VGG-16 on ImageNet. Its layers fit VGG_ILSVRC_16_layers.caffemodel.",
  side: 224,
  batch: { train: 32, test: 20, time: 4 },
  pixels: { mean_value: [103.939, 116.779, 123.68] },
  layers(_, data) {
    let top = data;
    for (const [i, [convolutions, channels]] of stages.entries()) {
      top = stage(top, i + 1, convolutions, channels);
    }
    return fullyConnected(top, xavier, xavier);
  },
  aboutSolver: "The batch of 256 and the 74 epochs of the paper, which divides the rate by 10 three times.",
  solver: {
    test_iter: [2500],
    test_interval: 5000,
    test_initialization: false,
    iter_size: 8, // 8 × 32 images
    base_lr: 0.01,
    lr_policy: "multistep",
    gamma: 0.1,
    stepvalue: [150000, 250000, 320000],
    display: 20,
    max_iter: 370000,
    momentum: 0.9,
    weight_decay: 0.0005,
    snapshot: 10000,
  },
});

/** Convolutions of 3 × 3 pixels, each with a ReLU, then a pooling. */
function stage(bottom: Top, i: number, convolutions: number, num_output: number): Top {
  let top = bottom;
  for (let j = 1; j <= convolutions; j++) {
    const fields = { num_output, kernel_size: 3, pad: 1, param: weightAndBias, ...xavier };
    top = L.Convolution(top, { name: `conv${i}_${j}`, ...fields });
    top = L.ReLU(top, { name: `relu${i}_${j}`, in_place: true });
  }
  return L.Pooling(top, { name: `pool${i}`, pool: "MAX", kernel_size: 2, stride: 2 });
}
