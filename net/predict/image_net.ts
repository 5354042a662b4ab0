import type { NdArray } from "../../data/arrays/nd_array.ts";
import { Transformer } from "../../data/arrays/transformer.ts";
import { CremaError } from "../../base/error.ts";
import type { NetParameter } from "../../proto/messages.ts";
import { Net, type NetOptions } from "../net.ts";
import { counted } from "../../base/counted.ts";

/** How to make a net for images, and how to preprocess the images; see `Transformer`. */
export interface ImageNetOptions extends NetOptions {
  /** The mean to subtract: one value per channel, or an image. */
  mean?: NdArray | ArrayLike<number> | undefined;
  /** Factor that is applied last. */
  inputScale?: number | undefined;
  /** Factor that is applied first: 255 for nets that were trained on bytes. */
  rawScale?: number | undefined;
  /** The order of the channels: (2, 1, 0) for nets that were trained on BGR, as Caffe's are. */
  channelSwap?: readonly number[] | undefined;
}

/** Makes a net and wraps it with `make`. Frees the net when `make` fails. */
export async function withNet<Made>(
  param: NetParameter,
  options: NetOptions,
  make: (net: Net) => Made,
): Promise<Made> {
  const net = await Net.create(param, options);
  try {
    return make(net);
  } catch (error) {
    net[Symbol.dispose]();
    throw error;
  }
}

/** The name of a net's first input. Throws a CremaError when that input is not images. */
export function imageInput(net: Net): string {
  const [input] = net.inputs;
  if (input === undefined) {
    throw new CremaError(`Expected net '${net.name}' to have an input but found none`, {
      hint: "A net for deployment begins with a layer of type Input, not with data.",
    });
  }
  const { shape } = net.blob(input);
  if (shape.length !== 4) {
    throw new CremaError(
      `Expected input '${input}' to take images, (N, C, H, W), but found a shape of (${shape.join(", ")})`,
    );
  }
  return input;
}

/** A transformer that turns images (H, W, K) into a net's input. */
export function imageTransformer(net: Net, input: string, options: ImageNetOptions): Transformer {
  const { mean, inputScale, rawScale, channelSwap } = options;
  const transformer = new Transformer({ [input]: net.blob(input).shape });
  transformer.setTranspose(input, [2, 0, 1]);
  if (mean !== undefined) transformer.setMean(input, mean);
  if (inputScale !== undefined) transformer.setInputScale(input, inputScale);
  if (rawScale !== undefined) transformer.setRawScale(input, rawScale);
  if (channelSwap !== undefined) transformer.setChannelSwap(input, channelSwap);
  return transformer;
}

/** The values of a net's inputs, one after the other. Throws a CremaError when an input has the wrong shape. */
export function inputValues(net: Net, input: string, inputs: readonly NdArray[]): Float32Array {
  const shape = net.blob(input).shape.slice(1);
  const size = shape.reduce((count, each) => count * each, 1);
  const whole = new Float32Array(inputs.length * size);
  for (const [i, each] of inputs.entries()) {
    if (each.shape.join() !== shape.join()) {
      throw new CremaError(
        `Expected images that make (${shape.join(", ")}) but found (${each.shape.join(", ")})`,
        {
          hint: `Input '${input}' takes ${counted(shape[0] ?? 0, "channel")}.`,
        },
      );
    }
    whole.set(each.data, i * size);
  }
  return whole;
}

/** The net's first output for each input: (N, …). Throws a CremaError when an input has the wrong shape. */
export function predictAll(net: Net, input: string, inputs: readonly NdArray[]): NdArray {
  const whole = inputValues(net, input, inputs);
  const [output] = net.outputs;
  if (output === undefined) {
    throw new CremaError(`Expected net '${net.name}' to have an output but found none`);
  }
  return net.forwardAll({ inputs: { [input]: whole } })[output]!;
}
