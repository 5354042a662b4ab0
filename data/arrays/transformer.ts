import { CremaError } from "../../base/error.ts";
import { nearest } from "../../base/distance.ts";
import { type NdArray, ndArray, transpose } from "./nd_array.ts";
import { resizeImage } from "../images/resize_image.ts";
import { counted } from "../../base/counted.ts";

/** How to preprocess one input. */
interface InputSteps {
  readonly shape: readonly number[];
  transpose?: readonly number[] | undefined;
  channelSwap?: readonly number[] | undefined;
  rawScale?: number | undefined;
  mean?: NdArray | undefined;
  inputScale?: number | undefined;
}

/**
 * Turns images into a net's input, and back, as pycaffe's `caffe.io.Transformer` does. {@link preprocess}
 * resizes, then transposes, swaps channels, multiplies by the raw scale, subtracts the mean and multiplies by
 * the input scale. After resizing, each step happens only if it was set.
 *
 * ```ts
 * import { ndArray } from "./nd_array.ts";
 * import { Transformer } from "./transformer.ts";
 * import assert from "node:assert/strict";
 *
 * const transformer = new Transformer({ data: [10, 3, 2, 2] });
 * transformer.setTranspose("data", [2, 0, 1]); // from (H, W, K) to (K, H, W)
 * transformer.setChannelSwap("data", [2, 1, 0]); // from RGB to BGR
 * transformer.setRawScale("data", 255); // from 0 … 1 to 0 … 255
 * transformer.setMean("data", [104, 117, 123]); // one per channel
 *
 * const input = transformer.preprocess("data", ndArray([1, 1, 3], [1, 0, 0])); // a red pixel
 * assert.deepEqual(input.shape, [3, 2, 2]);
 * assert.deepEqual([input.data[0], input.data[4], input.data[8]], [-104, -117, 132]);
 * ```
 */
export class Transformer {
  readonly #inputs: ReadonlyMap<string, InputSteps>;

  /** Takes the inputs' shapes by name, (N, C, H, W) for images. */
  constructor(inputs: Readonly<Record<string, readonly number[]>>) {
    this.#inputs = new Map(Object.entries(inputs).map(([name, shape]) => [name, { shape: [...shape] }]));
  }

  /**
   * Sets the order of the axes, without N: axis i of the input is axis `order[i]` of the array. For images:
   * (2, 0, 1). Throws a CremaError when the order has the wrong length.
   */
  setTranspose(input: string, order: readonly number[]): void {
    const steps = this.#steps(input), axes = steps.shape.length - 1;
    if (order.length !== axes) {
      throw new CremaError(
        `Expected an order of the ${counted(axes, "axis", "axes")} of input '${input}' but found (${
          order.join(", ")
        })`,
      );
    }
    steps.transpose = [...order];
  }

  /**
   * Sets the order of the channels after the transpose: (2, 1, 0) turns RGB into BGR. Throws a CremaError
   * when the order does not name every channel.
   */
  setChannelSwap(input: string, order: readonly number[]): void {
    const steps = this.#steps(input), channels = steps.shape[1] ?? 0;
    if (order.length !== channels || order.some((channel) => !(channel in order))) {
      throw new CremaError(
        `Expected an order of the ${counted(channels, "channel")} of input '${input}' but found (${
          order.join(", ")
        })`,
      );
    }
    steps.channelSwap = [...order];
  }

  /** Sets the factor that is applied before the mean is subtracted: 255 for images from 0 to 1. */
  setRawScale(input: string, scale: number): void {
    this.#steps(input).rawScale = scale;
  }

  /**
   * Sets the mean to subtract: one value per channel, or an image (C, H, W), (1, C, H, W) or (H, W), which is
   * resized to the input. Throws a CremaError when the number of channels differs.
   */
  setMean(input: string, mean: NdArray | ArrayLike<number>): void {
    const steps = this.#steps(input);
    const [, channels = 0, height = 1, width = 1] = steps.shape;
    let array = "shape" in mean ? mean : ndArray([mean.length], Float32Array.from(mean));
    if (array.shape.length === 4 && array.shape[0] === 1) array = ndArray(array.shape.slice(1), array.data);
    if (array.shape.length === 2) array = ndArray([1, ...array.shape], array.data);
    const [found, ...sizes] = array.shape;
    const isImage = sizes.length === 2;
    if ((sizes.length !== 0 && !isImage) || (found !== channels && !(isImage && found === 1))) {
      throw new CremaError(
        `Expected a mean of ${counted(channels, "channel")} for input '${input}' but found one of shape (${
          array.shape.join(", ")
        })`,
      );
    }
    if (!isImage) array = ndArray([channels, 1, 1], array.data);
    else if (sizes[0] !== height || sizes[1] !== width) {
      array = transpose(resizeImage(transpose(array, [1, 2, 0]), [height, width]), [2, 0, 1]);
    }
    steps.mean = ndArray(array.shape, array.data.slice());
  }

  /** Sets the factor that is applied last. */
  setInputScale(input: string, scale: number): void {
    this.#steps(input).inputScale = scale;
  }

  /**
   * Turns an image (H', W', K) into the input (C, H, W). Throws a CremaError when the number of channels does
   * not fit.
   */
  preprocess(input: string, image: NdArray): NdArray {
    const steps = this.#steps(input);
    const [height, width] = steps.shape.slice(2);
    let array = ndArray(image.shape, image.data);
    if (height !== undefined && width !== undefined) {
      if (array.shape[0] !== height || array.shape[1] !== width) array = resizeImage(array, [height, width]);
    }
    if (steps.transpose !== undefined) array = transpose(array, steps.transpose);
    if (steps.channelSwap !== undefined) array = swapChannels(array, steps.channelSwap);
    const { rawScale = 1, inputScale = 1, mean } = steps;
    const data = array.data === image.data ? array.data.slice() : array.data;
    for (let i = 0; i < data.length; i++) data[i]! *= rawScale;
    if (mean !== undefined) addMean({ shape: array.shape, data }, mean, -1);
    for (let i = 0; i < data.length; i++) data[i]! *= inputScale;
    return { shape: array.shape, data };
  }

  /**
   * Turns an input (C, H, W) or (1, C, H, W) back into an image: undoes {@link preprocess}, except for the
   * size.
   */
  deprocess(input: string, { shape, data: values }: NdArray): NdArray {
    const { transpose: order, channelSwap, rawScale = 1, inputScale = 1, mean, ...steps } = this.#steps(
      input,
    );
    const drop = shape.length === steps.shape.length && shape[0] === 1 ? 1 : 0;
    let array = ndArray(shape.slice(drop), values.slice());
    const { data } = array;
    for (let i = 0; i < data.length; i++) data[i]! /= inputScale;
    if (mean !== undefined) addMean(array, mean, 1);
    for (let i = 0; i < data.length; i++) data[i]! /= rawScale;
    if (channelSwap !== undefined) array = swapChannels(array, inverse(channelSwap));
    return order === undefined ? array : transpose(array, inverse(order));
  }

  #steps(input: string): InputSteps {
    const steps = this.#inputs.get(input);
    if (steps !== undefined) return steps;
    const near = nearest(input, this.#inputs.keys());
    throw new CremaError(
      `Expected one of the inputs ${[...this.#inputs.keys()].join(", ")} but found '${input}'`,
      {
        hint: near === undefined ? undefined : `Did you mean '${near}'?`,
      },
    );
  }
}

/** Adds `sign` times the mean, (C or 1, H, W) or (C, 1, 1), to an array (C, H, W), in place. */
function addMean({ shape, data }: NdArray, mean: NdArray, sign: number): void {
  const [channels = 0, ...rest] = shape, [meanChannels = 0, ...meanRest] = mean.shape;
  const plane = rest.reduce((count, size) => count * size, 1);
  const isPixel = meanRest.every((size) => size === 1);
  if ((meanChannels !== 1 && meanChannels !== channels) || (!isPixel && meanRest.join() !== rest.join())) {
    throw new CremaError(
      `Expected an array that the mean (${mean.shape.join(", ")}) fits but found (${shape.join(", ")})`,
      { hint: "Means are subtracted after the transpose: setTranspose makes (K, H, W) of images." },
    );
  }
  for (let c = 0; c < channels; c++) {
    const from = meanChannels === 1 ? 0 : c;
    for (let i = 0; i < plane; i++) {
      data[c * plane + i]! += sign * mean.data[isPixel ? from : from * plane + i]!;
    }
  }
}

/** Returns a copy whose channel i, on axis 0, is channel `order[i]`. */
function swapChannels({ shape, data }: NdArray, order: readonly number[]): NdArray {
  if (shape[0] !== order.length) {
    throw new CremaError(
      `Expected ${counted(order.length, "channel")} on axis 0 but found an array of shape (${
        shape.join(", ")
      })`,
      { hint: "Channels are swapped after the transpose: setTranspose makes (K, H, W) of images." },
    );
  }
  const swapped = ndArray(shape), plane = data.length / order.length;
  for (const [to, from] of order.entries()) {
    swapped.data.set(data.subarray(from * plane, (from + 1) * plane), to * plane);
  }
  return swapped;
}

function inverse(order: readonly number[]): number[] {
  const back = new Array<number>(order.length);
  for (const [to, from] of order.entries()) back[from] = to;
  return back;
}
