/**
 * Several labels per image with a data layer of one's own (pycaffe's pascal-multilabel-with-datalayer.ipynb).
 * `deno run -A examples/pascal_multilabel.ts pictures/`
 *
 * @module
 */
import { join } from "node:path";
import { Net } from "crema";
import { chart, sheet } from "./shared/pictures.ts";
import { runExample } from "./shared/run_example.ts";
import { solverOf } from "./shared/shape_net.ts";
import { SIDE } from "./shared/shapes.ts";

const net = (batch: number) =>
  `name: "multilabel"
layer { name: "data" type: "Script" top: "data" top: "label" script_param {
  module: "${new URL("shared/multilabel_data.ts", import.meta.url).href}" layer: "MultilabelData"
  param_str: "{ \\"batch_size\\": ${batch} }" } }
layer { name: "conv1" type: "Convolution" bottom: "data" top: "conv1"
  convolution_param { num_output: 12 kernel_size: 5 pad: 2 weight_filler { type: "xavier" } } }
layer { name: "relu1" type: "ReLU" bottom: "conv1" top: "conv1" }
layer { name: "pool1" type: "Pooling" bottom: "conv1" top: "pool1" pooling_param { kernel_size: 2 stride: 2 } }
layer { name: "conv2" type: "Convolution" bottom: "pool1" top: "conv2"
  convolution_param { num_output: 24 kernel_size: 5 weight_filler { type: "xavier" } } }
layer { name: "relu2" type: "ReLU" bottom: "conv2" top: "conv2" }
layer { name: "pool2" type: "Pooling" bottom: "conv2" top: "pool2" pooling_param { global_pooling: true } }
layer { name: "score" type: "InnerProduct" bottom: "pool2" top: "score"
  inner_product_param { num_output: 4 weight_filler { type: "xavier" } } }
layer { name: "loss" type: "SigmoidCrossEntropyLoss" bottom: "score" bottom: "label" top: "loss" }`;

/** Draws `images.png` and `loss.png`. */
export async function pascalMultilabel(folder: string): Promise<Record<string, number>> {
  using solver = await solverOf(net(24), { base_lr: 0.01 });
  const losses = Array.from({ length: 200 }, (_, i) => [i, solver.step()] as const);
  using test = await Net.fromText(net(100));
  test.shareWith(solver.net);
  const { score, label, data } = test.forward({ blobs: ["score", "label", "data"] });
  // The Hamming accuracy, and that of saying "none" to everything, as in the notebook.
  const right = label!.filter((present, i) => (score![i]! > 0 ? 1 : 0) === present).length;
  const none = label!.filter((present) => present === 0).length;
  const side = 2 * SIDE;
  const images = Array.from({ length: 8 }, (_, n) => ({
    values: data!.subarray(n * side * side, (n + 1) * side * side),
    width: side,
    height: side,
  }));
  await Deno.writeFile(join(folder, "images.png"), await sheet(images, { columns: 4 }));
  await Deno.writeFile(
    join(folder, "loss.png"),
    await chart("loss", [{ name: "train", points: losses, line: true }]),
  );
  return { accuracy: right / label!.length, baseline: none / label!.length };
}

await runExample(import.meta.main, pascalMultilabel);
