import { type LayerFields, layers as L, type Top } from "crema";
import { imagenetModel } from "../shared/imagenet.ts";

/** DenseNet-121 (Huang et al. 2016), growth 32, with the layers of shicai's DenseNet-Caffe. */
export const densenet121 = imagenetModel({
  folder: "densenet121",
  name: "DENSENET_121",
  about: "DenseNet-121 on ImageNet. Its layers fit shicai's DenseNet_121.caffemodel.",
  side: 224,
  batch: { train: 32, test: 25, time: 8 },
  pixels: { mean_value: [103.94, 116.78, 123.68], scale: 0.017 },
  prob: false, // as published: ends with the scores
  layers(_, data) {
    let top = conv(data, "conv1", { num_output: 64, kernel_size: 7, stride: 2, pad: 3 });
    top = normRelu(top, "conv1", "relu1");
    top = L.Pooling(top, {
      name: "pool1",
      pool: "MAX",
      kernel_size: 3,
      stride: 2,
      pad: 1,
      round_mode: "FLOOR",
    });
    let channels = 64;
    for (const [i, count] of [6, 12, 24, 16].entries()) {
      for (let j = 1; j <= count; j++) top = dense(top, `${i + 2}_${j}`);
      channels += 32 * count;
      const block = `conv${i + 2}_blk`;
      top = normRelu(top, block, `relu${i + 2}_blk`);
      if (i === 3) break;
      channels /= 2;
      top = conv(top, block, { num_output: channels, kernel_size: 1 });
      top = L.Pooling(top, { name: `pool${i + 2}`, pool: "AVE", kernel_size: 2, stride: 2 });
    }
    const pooled = L.Pooling(top, { name: "pool5", pool: "AVE", global_pooling: true });
    return L.Convolution(pooled, {
      name: "fc6",
      num_output: 1000,
      kernel_size: 1,
      weight_filler: { type: "msra" },
    });
  },
  aboutSolver: "The batch of 256, the rate and the 90 epochs of the paper.",
  solver: {
    type: "Nesterov",
    test_iter: [2000],
    test_interval: 5000,
    test_initialization: false,
    iter_size: 8, // 8 × 32 images
    base_lr: 0.1,
    lr_policy: "multistep",
    gamma: 0.1,
    stepvalue: [150000, 300000],
    display: 20,
    max_iter: 450000,
    momentum: 0.9,
    weight_decay: 0.0001,
    snapshot: 5000,
  },
});

/** One layer of a dense block: from all channels so far it makes 32 more. */
function dense(bottom: Top, id: string): Top {
  const layer = (from: Top, name: string, relu: string, fields: LayerFields<"Convolution">) =>
    conv(normRelu(from, name, relu), name, fields);
  const narrow = layer(bottom, `conv${id}/x1`, `relu${id}/x1`, { num_output: 128, kernel_size: 1 });
  const added = layer(narrow, `conv${id}/x2`, `relu${id}/x2`, { num_output: 32, kernel_size: 3, pad: 1 });
  return L.Concat(bottom, added, { name: `concat_${id}` });
}

function conv(bottom: Top, name: string, fields: LayerFields<"Convolution">): Top {
  return L.Convolution(bottom, { name, bias_term: false, weight_filler: { type: "msra" }, ...fields });
}

/** BatchNorm into a blob of its own, for the bottom goes on to later layers; Scale and ReLU in place. */
function normRelu(bottom: Top, name: string, relu: string): Top {
  const norm = L.BatchNorm(bottom, { name: `${name}/bn`, eps: 1e-5 });
  const scale = L.Scale(norm, { name: `${name}/scale`, scale_param: { bias_term: true }, in_place: true });
  return L.ReLU(scale, { name: relu, in_place: true });
}
