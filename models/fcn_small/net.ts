import { layers as L, type NetParameter, NetSpec, oneOf, type Top, toProto } from "crema";
import { SCENE_CLASSES } from "../shared/scene.ts";
import { type Model, withoutTraining } from "../shared/model.ts";

const side = 64, batch = 16;

/** A small fully convolutional network (Long, Shelhamer, Darrell 2015) that finds shapes, pixel by pixel. */
export const fcnSmall: Model = {
  folder: "fcn_small",
  about: "Segmentation: which pixels of synthetic images belong to a circle, a square or a triangle.",
  net: trainNet(oneOf(shapes({ phase: "TRAIN" }), shapes({ phase: "TEST" }, 320))),
  deploy: deployNet(),
  time: trainNet(madeUpShapes()),
  aboutSolver: "Learns in a minute.",
  solver: {
    type: "Adam",
    test_iter: [20], // all 320 images
    test_interval: 100,
    base_lr: 0.005,
    momentum: 0.9,
    momentum2: 0.999,
    lr_policy: "poly",
    power: 1,
    display: 50,
    max_iter: 400,
    snapshot: 400,
  },
};

function shapes(include: { phase: "TRAIN" | "TEST" }, examples?: number): [Top, Top] {
  const param_str = { batch_size: batch, side, examples };
  return L.Script({
    name: "shapes",
    module: "./shape_masks.ts",
    layer: "ShapeMasksLayer",
    param_str,
    include,
    ntop: 2,
  });
}

function madeUpShapes(): [Top, Top] {
  return L.DummyData({
    name: "shapes",
    shape: [{ dim: [batch, 3, side, side] }, { dim: [batch, 1, side, side] }],
    data_filler: [{ type: "gaussian" }, { type: "constant", value: 1 }],
    ntop: 2,
  });
}

function trainNet([data, label]: [Top, Top]): NetParameter {
  const n = new NetSpec("fcn_small");
  [n.data, n.label] = [data, label];
  n.score = segment(data);
  n.loss = L.SoftmaxWithLoss(n.score, label);
  [n.accuracy, n.class_accuracy] = L.Accuracy(n.score, label, { include: { phase: "TEST" }, ntop: 2 });
  return n.toProto();
}

function deployNet(): NetParameter {
  const data = L.Input({ name: "data", shape: { dim: [1, 3, side, side] } });
  const net = toProto(L.Softmax(segment(data), { name: "prob" }));
  return withoutTraining({ name: "fcn_small", ...net });
}

/** The scores of each pixel's classes: coarse ones, made finer in two steps with those of earlier layers. */
function segment(data: Top): Top {
  const half = pool(conv(conv(data, "conv1_1", 16), "conv1_2", 16), "pool1");
  const quarter = pool(conv(conv(half, "conv2_1", 32), "conv2_2", 32), "pool2");
  const eighth = pool(conv(conv(quarter, "conv3_1", 48), "conv3_2", 48), "pool3");
  const coarse = classify(conv(conv(eighth, "conv4_1", 64), "conv4_2", 64), "score4");
  const finer = L.Eltwise(upsample(coarse, "upscore4", 2), classify(quarter, "score2"), { name: "fuse2" });
  const fine = L.Eltwise(upsample(finer, "upscore2", 2), classify(half, "score1"), { name: "fuse1" });
  return upsample(fine, "score", 2);
}

function conv(bottom: Top, name: string, num_output: number): Top {
  const fields = { num_output, kernel_size: 3, pad: 1, weight_filler: { type: "msra" } };
  return L.ReLU(L.Convolution(bottom, { name, ...fields }), { name: `${name}/relu`, in_place: true });
}

function pool(bottom: Top, name: string): Top {
  return L.Pooling(bottom, { name, pool: "MAX", kernel_size: 2, stride: 2 });
}

function classify(bottom: Top, name: string): Top {
  const num_output = SCENE_CLASSES.length;
  return L.Convolution(bottom, { name, num_output, kernel_size: 1, weight_filler: { type: "msra" } });
}

/** Bilinear interpolation: a deconvolution for each channel, with weights that do not learn. */
function upsample(bottom: Top, name: string, factor: number): Top {
  return L.Deconvolution(bottom, {
    name,
    num_output: SCENE_CLASSES.length,
    group: SCENE_CLASSES.length,
    kernel_size: 2 * factor,
    stride: factor,
    pad: factor / 2,
    bias_term: false,
    weight_filler: { type: "bilinear" },
    param: { lr_mult: 0, decay_mult: 0 },
  });
}
