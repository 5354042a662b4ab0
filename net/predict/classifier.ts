import { CremaError } from "../../base/error.ts";
import { centreCrop } from "../../data/images/crop_image.ts";
import { type NdArray, ndArray } from "../../data/arrays/nd_array.ts";
import { oversample } from "../../data/images/oversample.ts";
import { resizeImage } from "../../data/images/resize_image.ts";
import type { Transformer } from "../../data/arrays/transformer.ts";
import type { NetParameter } from "../../proto/messages.ts";
import { netFromText, readNet } from "../../proto/nets/read_net.ts";
import {
  imageInput,
  type ImageNetOptions,
  imageTransformer,
  inputValues,
  predictAll,
  withNet,
} from "./image_net.ts";
import type { Net, NetOptions } from "../net.ts";

/** How to make a {@link Classifier}. */
export interface ClassifierOptions extends ImageNetOptions {
  /** Size to which images are resized before they are cropped. Default: the net's input size. */
  imageDims?: readonly [height: number, width: number] | undefined;
}

/** How to predict. */
export interface PredictOptions {
  /**
   * True (the default) for the mean over ten crops (corners, centre, mirrored), false for the centre crop
   * alone.
   */
  oversample?: boolean | undefined;
}

/**
 * A net that classifies images, as pycaffe's `Classifier` does. The net has one input of images (N, C, H, W).
 *
 * ```ts ignore
 * using classifier = await Classifier.fromFile("deploy.prototxt", {
 *   weights: "caffenet.caffemodel",
 *   mean: [104, 117, 123],
 *   rawScale: 255,
 *   channelSwap: [2, 1, 0],
 *   imageDims: [256, 256],
 * });
 * const { shape, data } = classifier.predict([await loadImage("cat.jpg")]); // (1, 1000)
 * ```
 */
export class Classifier implements Disposable {
  /** The net. */
  readonly net: Net;
  /** Turns images into the net's input. */
  readonly transformer: Transformer;
  /** Size to which images are resized. */
  readonly imageDims: readonly [height: number, width: number];
  readonly #input: string;

  private constructor(net: Net, options: ClassifierOptions) {
    this.net = net;
    this.#input = imageInput(net);
    this.transformer = imageTransformer(net, this.#input, options);
    this.imageDims = options.imageDims ?? this.#cropDims;
  }

  /**
   * Makes a classifier from a prototxt. Throws a CremaError when the net is invalid or its input is not
   * images.
   */
  static async fromFile(path: string, options: ClassifierOptions = {}): Promise<Classifier> {
    return await Classifier.create(await readNet(path), options);
  }

  /** Makes a classifier from the text of a prototxt. Throws a CremaError as {@link fromFile} does. */
  static async fromText(text: string, options: ClassifierOptions = {}): Promise<Classifier> {
    return await Classifier.create(netFromText(text), options);
  }

  /** Makes a classifier from an upgraded NetParameter. Throws a CremaError as {@link fromFile} does. */
  static async create(param: NetParameter, options: ClassifierOptions = {}): Promise<Classifier> {
    return await withNet(param, options, (net) => new Classifier(net, options));
  }

  /** Makes a classifier that takes over a net. Throws a CremaError when the net's input is not images. */
  static of(net: Net, options: Omit<ClassifierOptions, keyof NetOptions> = {}): Classifier {
    return new Classifier(net, options);
  }

  /**
   * Returns the net's first output for each image: (N, …). Images are (H, W, K), of any size, with values
   * from 0 to 1. Throws a CremaError when they do not fit the net.
   */
  predict(images: readonly NdArray[], options: PredictOptions = {}): NdArray {
    const found = predictAll(this.net, this.#input, this.#inputs(images, options));
    return options.oversample ?? true ? meansOfTen(found) : found;
  }

  /**
   * Returns what {@link predict} gives the net for these images: the values of one input for each image, or of
   * ten. Throws a CremaError when they do not fit the net.
   */
  prepare(images: readonly NdArray[], options: PredictOptions = {}): Float32Array {
    return inputValues(this.net, this.#input, this.#inputs(images, options));
  }

  /** The images resized, cropped and preprocessed. */
  #inputs(images: readonly NdArray[], options: PredictOptions): NdArray[] {
    if (images.length === 0) throw new CremaError("Expected images but found none");
    const resized = images.map((image) => resizeImage(image, this.imageDims));
    const cropDims = this.#cropDims;
    const crops = options.oversample ?? true
      ? imagesOf(oversample(resized, cropDims))
      : resized.map((image) => centreCrop(image, cropDims));
    return crops.map((crop) => this.transformer.preprocess(this.#input, crop));
  }

  /** Frees the net. */
  [Symbol.dispose](): void {
    this.net[Symbol.dispose]();
  }

  get #cropDims(): [height: number, width: number] {
    const { height, width } = this.net.blob(this.#input);
    return [height, width];
  }
}

function imagesOf({ shape: [count = 0, ...shape], data }: NdArray): NdArray[] {
  const size = data.length / count;
  return Array.from({ length: count }, (_, i) => ndArray(shape, data.subarray(i * size, (i + 1) * size)));
}

/** The mean of each ten rows, (10 N, …): (N, …). */
export function meansOfTen({ shape: [count = 0, ...rest], data }: NdArray): NdArray {
  const means = ndArray([count / 10, ...rest]), size = data.length / count;
  for (let i = 0; i < data.length; i++) {
    means.data[Math.floor(i / (10 * size)) * size + i % size]! += data[i]! / 10;
  }
  return means;
}
