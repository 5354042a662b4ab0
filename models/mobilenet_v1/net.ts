import { layers as L, type Top } from "crema";
import { imagenetModel } from "../shared/imagenet.ts";
import { weightAndBias } from "../shared/learning.ts";

/** Name, channels and stride of each pair of convolutions. */
const blocks = [
  ["2_1", 64, 1],
  ["2_2", 128, 2],
  ["3_1", 128, 1],
  ["3_2", 256, 2],
  ["4_1", 256, 1],
  ["4_2", 512, 2],
  ["5_1", 512, 1],
  ["5_2", 512, 1],
  ["5_3", 512, 1],
  ["5_4", 512, 1],
  ["5_5", 512, 1],
  ["5_6", 1024, 2],
  ["6", 1024, 1],
] as const;

/** MobileNet (Howard et al. 2017), width 1, with the layers of shicai's MobileNet-Caffe. */
export const mobilenetV1 = imagenetModel({
  folder: "mobilenet_v1",
  name: "MOBILENET",
  about: "MobileNet v1 on ImageNet. Its layers fit shicai's mobilenet.caffemodel.",
  side: 224,
  batch: { train: 64, test: 50, time: 16 },
  pixels: { mean_value: [103.94, 116.78, 123.68], scale: 0.017 },
  layers(_, data) {
    let top = convNormRelu(data, "conv1", "relu1", { num_output: 32, kernel_size: 3, stride: 2, pad: 1 });
    let channels = 32;
    for (const [id, num_output, stride] of blocks) {
      top = separable(top, id, channels, num_output, stride);
      channels = num_output;
    }
    const pooled = L.Pooling(top, { name: "pool6", pool: "AVE", global_pooling: true });
    return L.Convolution(pooled, {
      name: "fc7",
      num_output: 1000,
      kernel_size: 1,
      param: weightAndBias,
      weight_filler: { type: "msra" },
      bias_filler: { type: "constant" },
    });
  },
  aboutSolver: "A start: shicai publishes weights (70.8 % top-1 accuracy) but no solver.",
  solver: {
    test_iter: [1000],
    test_interval: 5000,
    test_initialization: false,
    iter_size: 4, // 4 × 64 images
    base_lr: 0.1,
    lr_policy: "poly",
    power: 1,
    display: 20,
    max_iter: 500000,
    momentum: 0.9,
    weight_decay: 0.00004,
    snapshot: 5000,
  },
});

/** A convolution in depth, one filter per channel, then one of 1 × 1 pixels across channels. */
function separable(bottom: Top, id: string, channels: number, num_output: number, stride: number): Top {
  const depthwise = { num_output: channels, group: channels, kernel_size: 3, pad: 1, stride };
  const pointwise = { num_output, kernel_size: 1, pad: 0, stride: 1 };
  const top = convNormRelu(bottom, `conv${id}/dw`, `relu${id}/dw`, depthwise);
  return convNormRelu(top, `conv${id}/sep`, `relu${id}/sep`, pointwise);
}

/** What a convolution here may differ in. */
interface ConvFields {
  readonly num_output: number;
  readonly kernel_size: number;
  readonly pad: number;
  readonly stride: number;
  readonly group?: number;
}

function convNormRelu(bottom: Top, name: string, relu: string, fields: ConvFields): Top {
  const weight_filler = { type: "msra" };
  const param = { lr_mult: 1, decay_mult: 1 };
  const conv = L.Convolution(bottom, { name, bias_term: false, param, weight_filler, ...fields });
  const norm = L.BatchNorm(conv, { name: `${name}/bn`, eps: 1e-5, in_place: true });
  const scale = L.Scale(norm, {
    name: `${name}/scale`,
    param: [{ lr_mult: 1, decay_mult: 0 }, { lr_mult: 1, decay_mult: 0 }],
    scale_param: { bias_term: true },
    in_place: true,
  });
  return L.ReLU(scale, { name: relu, in_place: true });
}
