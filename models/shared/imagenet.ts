import { layers as L, NetSpec, oneOf, type SolverParameter, type Top, toProto } from "crema";
import { type Model, withoutTraining } from "./model.ts";

/** Images per batch: in training, in testing, and where `crema time` measures. */
export interface BatchSizes {
  readonly train: number;
  readonly test: number;
  readonly time: number;
}

/** What is done to pixels: Caffe's mean image, or a mean per channel (blue, green, red) and a scale. */
export interface Pixels {
  readonly mean_file?: string;
  readonly mean_value?: readonly number[];
  readonly scale?: number;
}

/** The mean image of Caffe's `make_imagenet_mean.sh`. */
export const meanImage: Pixels = { mean_file: "data-cache/ilsvrc12/imagenet_mean.binaryproto" };

/** A network that tells the 1,000 classes of ImageNet (ILSVRC 2012) apart. */
export interface ImagenetNetwork {
  /** Its folder in models/. */
  readonly folder: string;
  /** The name of its net. */
  readonly name: string;
  /** What it is, in a sentence. */
  readonly about: string;
  /** Width and height of its input, in pixels. */
  readonly side: number;
  /** Images per batch. */
  readonly batch: BatchSizes;
  /** What is done to pixels. */
  readonly pixels: Pixels;
  /** Whether training mirrors images at random; true by default. */
  readonly mirror?: boolean;
  /**
   * Adds the network to `n`, after the blob `n.data`; returns the scores. There is a label in training and
   * testing only: then it may add losses of its own.
   */
  layers(n: NetSpec, data: Top, label: Top | undefined): Top;
  /** Adds loss and accuracy; {@link lossAndAccuracy} by default. */
  losses?(n: NetSpec, scores: Top, label: Top): void;
  /** Whether deploy.prototxt ends with a Softmax `prob`; true by default. */
  readonly prob?: boolean;
  /** How to train it. */
  readonly solver: SolverParameter;
  /** What to know of the solver, in a sentence. */
  readonly aboutSolver: string;
}

/** The files of a network on ImageNet. */
export function imagenetModel(network: ImagenetNetwork): Model {
  const { folder, about, solver, aboutSolver } = network;
  const data = imagenetData(network);
  return {
    folder,
    about,
    net: trainNet(network, data),
    deploy: deployNet(network),
    time: trainNet(network, madeUpData(network)),
    solver,
    aboutSolver,
  };
}

/** The loss, and in testing the accuracy. */
export function lossAndAccuracy(n: NetSpec, scores: Top, label: Top): void {
  n.accuracy = L.Accuracy(scores, label, { include: { phase: "TEST" } });
  n.loss = L.SoftmaxWithLoss(scores, label);
}

function trainNet(network: ImagenetNetwork, [data, label]: [Top, Top]) {
  const n = new NetSpec(network.name);
  [n.data, n.label] = [data, label];
  const scores = network.layers(n, data, label);
  (network.losses ?? lossAndAccuracy)(n, scores, label);
  return n.toProto();
}

function deployNet({ name, side, layers, prob = true }: ImagenetNetwork) {
  const data = L.Input({ name: "data", shape: { dim: [1, 3, side, side] } });
  const scores = layers(new NetSpec(), data, undefined);
  const net = toProto(prob ? L.Softmax(scores, { name: "prob" }) : scores);
  return withoutTraining({ name, ...net });
}

function imagenetData({ side, batch, pixels, mirror = true }: ImagenetNetwork): [Top, Top] {
  const { mean_value, ...rest } = pixels;
  const data = (phase: "TRAIN" | "TEST", set: string, batch_size: number, mirror: boolean) =>
    L.Data({
      source: `data-cache/ilsvrc12/ilsvrc12_${set}_lmdb`,
      backend: "LMDB",
      batch_size,
      transform_param: {
        ...rest,
        ...(mean_value === undefined ? {} : { mean_value }),
        crop_size: side,
        mirror,
      },
      include: { phase },
      ntop: 2,
    });
  return oneOf(data("TRAIN", "train", batch.train, mirror), data("TEST", "val", batch.test, false));
}

function madeUpData({ side, batch: { time } }: ImagenetNetwork): [Top, Top] {
  return L.DummyData({
    shape: [{ dim: [time, 3, side, side] }, { dim: time }],
    data_filler: [{ type: "gaussian" }, { type: "constant", value: 3 }],
    ntop: 2,
  });
}
