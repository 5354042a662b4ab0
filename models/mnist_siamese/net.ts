import { type LayerFields, layers as L, type NetParameter, NetSpec, oneOf, type Top, toProto } from "crema";
import { type Model, withoutTraining } from "../shared/model.ts";

/** Caffe's siamese network: two LeNets that share their parameters embed digits in the plane. */
export const mnistSiamese: Model = {
  folder: "mnist_siamese",
  about: "Digits embedded in the plane: pairs of one class close together, others apart. As Caffe's example.",
  net: trainNet(oneOf(digits("TRAIN", "train", 64), digits("TEST", "test", 100))),
  deploy: deployNet(),
  time: trainNet(madeUpDigits(64)),
  aboutSolver: "50 batches of 100 pairs cover the 10,000 test images.",
  solver: {
    test_iter: [50],
    test_interval: 500,
    base_lr: 0.01,
    momentum: 0.9,
    weight_decay: 0,
    lr_policy: "inv",
    gamma: 0.0001,
    power: 0.75,
    display: 100,
    max_iter: 50000,
    snapshot: 5000,
  },
};

/** Digits in turn, two per pair, with their labels. */
function digits(phase: "TRAIN" | "TEST", set: string, pairs: number): [Top, Top] {
  return L.Data({
    name: "digits",
    top: ["digits", "label"],
    source: `data-cache/mnist/mnist_${set}_lmdb`,
    backend: "LMDB",
    batch_size: 2 * pairs,
    shuffle: phase === "TRAIN",
    transform_param: { scale: 1 / 256 },
    include: { phase },
    ntop: 2,
  });
}

function madeUpDigits(pairs: number): [Top, Top] {
  return L.DummyData({
    name: "digits",
    top: ["digits", "label"],
    shape: [{ dim: [2 * pairs, 1, 28, 28] }, { dim: 2 * pairs }],
    data_filler: [{ type: "gaussian" }, { type: "constant", value: 3 }],
    ntop: 2,
  });
}

function trainNet([images, label]: [Top, Top]): NetParameter {
  const n = new NetSpec("mnist_siamese_train_test");
  n.pair_data = L.Reshape(images, { shape: { dim: [-1, 2, 28, 28] } });
  n.sim = L.Script(label, { module: "./same_class.ts", layer: "SameClassLayer" });
  [n.data, n.data_p] = L.Slice(n.pair_data, { name: "slice_pair", axis: 1, slice_point: 1, ntop: 2 });
  n.feat = tower(n.data, "");
  n.feat_p = tower(n.data_p, "_p");
  n.loss = L.ContrastiveLoss(n.feat, n.feat_p, n.sim, { margin: 1 });
  return n.toProto();
}

function deployNet(): NetParameter {
  const data = L.Input({ name: "data", shape: { dim: [1, 1, 28, 28] } });
  return withoutTraining({ name: "mnist_siamese", ...toProto(tower(data, "")) });
}

/** LeNet, then two more inner products. Layers of both towers share their parameters by name. */
function tower(data: Top | undefined, suffix: "" | "_p"): Top {
  const fields = (name: string) => ({
    name: name + suffix,
    param: [{ name: `${name}_w`, lr_mult: 1 }, { name: `${name}_b`, lr_mult: 2 }],
    weight_filler: { type: "xavier" },
    bias_filler: { type: "constant" },
  });
  const conv = (bottom: Top | undefined, name: string, more: LayerFields<"Convolution">) =>
    L.Convolution(bottom, { ...fields(name), kernel_size: 5, stride: 1, ...more });
  const ip = (bottom: Top, name: string, num_output: number) =>
    L.InnerProduct(bottom, { ...fields(name), num_output });
  const pool = (bottom: Top, name: string) =>
    L.Pooling(bottom, { name: name + suffix, pool: "MAX", kernel_size: 2, stride: 2 });
  const pool1 = pool(conv(data, "conv1", { num_output: 20 }), "pool1");
  const pool2 = pool(conv(pool1, "conv2", { num_output: 50 }), "pool2");
  const ip1 = L.ReLU(ip(pool2, "ip1", 500), { name: `relu1${suffix}`, in_place: true });
  return ip(ip(ip1, "ip2", 10), "feat", 2);
}
