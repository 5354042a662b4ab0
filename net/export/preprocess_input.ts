import { CremaError } from "../../base/error.ts";
import { ndArray } from "../../data/arrays/nd_array.ts";
import { Transformer } from "../../data/arrays/transformer.ts";
import type { GraphBuilder, OnnxDim, OnnxValue } from "../../onnx/mod.ts";
import type { ImageNetOptions } from "../predict/image_net.ts";

/** How images were prepared in training, in the words of pycaffe's Transformer; see `Classifier`. */
export type InputPreprocessing = Pick<ImageNetOptions, "mean" | "rawScale" | "inputScale" | "channelSwap">;

/** Grey as images are loaded in it: scikit-image's weights of red, green and blue. */
const LUMA = [0.2125, 0.7154, 0.0721] as const;

/**
 * Adds an input of images, (N, 3, H, W) in RGB with values from 0 to 255, and the nodes that make of them what a net's
 * input of this shape was in training: y = (x rawScale / 255 - mean) inputScale, with the channels in their order. A net
 * of one channel gets grey. Returns the value for the net. Throws a CremaError when the preprocessing does not fit.
 */
export function preprocessInput(
  graph: GraphBuilder,
  name: string,
  shape: readonly OnnxDim[],
  { mean, rawScale = 1, inputScale = 1, channelSwap }: InputPreprocessing,
): OnnxValue {
  const [batch, channels, height, width] = shape as [OnnxDim, OnnxDim, OnnxDim, OnnxDim];
  if (channels !== 3 && channels !== 1) {
    throw new CremaError(`Expected input '${name}' to take 3 channels, or 1, but found ${channels}`, {
      hint: "Images in RGB can be prepared for such nets only: export without preprocessing.",
    });
  }
  const image = graph.input(name, [batch, 3, height, width]);
  return graph.within(name, () => {
    let value = image;
    if (channels === 1) {
      const grey = graph.constant(
        { shape: [1, 3, 1, 1], data: Float32Array.from(LUMA), type: "float32" },
        "luma",
      );
      value = graph.node("Conv", [value, grey], { kernel_shape: [1, 1] });
    } else if (channelSwap !== undefined && channelSwap.some((from, to) => from !== to)) {
      new Transformer({ [name]: [1, 3] }).setChannelSwap(name, channelSwap); // which checks the order
      value = graph.node("Gather", [value, graph.ints(channelSwap)], { axis: 1 });
    }
    if (rawScale !== 255) value = graph.node("Mul", [value, graph.float(rawScale / 255)]);
    if (mean !== undefined) {
      value = graph.node("Sub", [value, meanOf(graph, name, mean, [channels, height, width])]);
    }
    if (inputScale !== 1) value = graph.node("Mul", [value, graph.float(inputScale)]);
    return graph.shaped(value, shape);
  });
}

/** What a Transformer subtracts, as a constant: (1, C, 1, 1), or (1, C, H, W) for an image. */
function meanOf(
  graph: GraphBuilder,
  name: string,
  mean: NonNullable<InputPreprocessing["mean"]>,
  shape: readonly [number, OnnxDim, OnnxDim],
): OnnxValue {
  const isImage = "shape" in mean && mean.shape.length > 1;
  const sizes = isImage ? shape.map(Number) : [shape[0], 1, 1];
  const transformer = new Transformer({ [name]: [1, ...sizes] });
  transformer.setTranspose(name, [2, 0, 1]);
  transformer.setMean(name, mean);
  const [channels, height, width] = sizes as [number, number, number];
  // Black without its mean.
  const { data } = transformer.preprocess(name, ndArray([height, width, channels]));
  return graph.constant({ shape: [1, ...sizes], data: data.map((value) => -value), type: "float32" }, "mean");
}
