import { netFromText, type SolverParameter } from "crema";
import { Solver } from "crema";
import { random, type Shapes, shapes, SIDE } from "./shapes.ts";

/** Images of a batch. */
export const BATCH = 32;

/** A small convolutional net for shapes, with a loss, or with probabilities for deployment. */
export function shapeNet(
  { classes = 4, batch = BATCH, deploy = false, score = "score", frozen = false } = {},
): string {
  const rate = frozen ? "param { lr_mult: 0 } param { lr_mult: 0 }" : "";
  return `name: "shapes"
layer { name: "data" type: "Input" top: "data" ${deploy ? "" : 'top: "label"'} input_param {
  shape { dim: ${batch} dim: 1 dim: ${SIDE} dim: ${SIDE} } ${deploy ? "" : `shape { dim: ${batch} }`} } }
layer { name: "conv1" type: "Convolution" bottom: "data" top: "conv1" ${rate}
  convolution_param { num_output: 8 kernel_size: 5 pad: 2 weight_filler { type: "xavier" } } }
layer { name: "relu1" type: "ReLU" bottom: "conv1" top: "conv1" }
layer { name: "pool1" type: "Pooling" bottom: "conv1" top: "pool1" pooling_param { kernel_size: 2 stride: 2 } }
layer { name: "conv2" type: "Convolution" bottom: "pool1" top: "conv2" ${rate}
  convolution_param { num_output: 16 kernel_size: 3 pad: 1 weight_filler { type: "xavier" } } }
layer { name: "relu2" type: "ReLU" bottom: "conv2" top: "conv2" }
layer { name: "pool2" type: "Pooling" bottom: "conv2" top: "pool2" pooling_param { kernel_size: 2 stride: 2 } }
layer { name: "${score}" type: "InnerProduct" bottom: "pool2" top: "score"
  inner_product_param { num_output: ${classes} weight_filler { type: "xavier" } } }
${
    deploy
      ? 'layer { name: "prob" type: "Softmax" bottom: "score" top: "prob" }'
      : 'layer { name: "loss" type: "SoftmaxWithLoss" bottom: "score" bottom: "label" top: "loss" }'
  }`;
}

/** A solver for the text of a net whose inputs are set by hand. */
export async function solverOf(net: string, more: SolverParameter = {}): Promise<Solver> {
  return await Solver.create({
    net_param: netFromText(net),
    type: "Adam",
    base_lr: 0.01,
    momentum: 0.9,
    momentum2: 0.999,
    lr_policy: "fixed",
    max_iter: 1000,
    random_seed: 1,
    ...more,
  });
}

/** Trains on random batches of shapes. Returns the loss of each step. */
export function trainOnShapes(solver: Solver, data: Shapes, steps: number): number[] {
  const next = random(7), plane = SIDE * SIDE, count = data.labels.length;
  const [images, labels] = ["data", "label"].map((name) => solver.net.blob(name));
  return Array.from({ length: steps }, () => {
    for (let n = 0; n < BATCH; n++) {
      const from = Math.floor(next() * count);
      images!.data.set(data.images.subarray(from * plane, (from + 1) * plane), n * plane);
      labels!.data[n] = data.labels[from]!;
    }
    return solver.step();
  });
}

/** A solver that has learned shapes: about a second. */
export async function trainedShapes(steps = 120): Promise<Solver> {
  const solver = await solverOf(shapeNet());
  trainOnShapes(solver, shapes(400, 1), steps);
  return solver;
}

/** The index of the largest value of each row. */
export function winners(values: ArrayLike<number>, classes: number): number[] {
  return Array.from({ length: values.length / classes }, (_, n) => {
    const row = Array.from(values).slice(n * classes, (n + 1) * classes);
    return row.indexOf(Math.max(...row));
  });
}
