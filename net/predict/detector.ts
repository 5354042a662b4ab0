import { CremaError } from "../../base/error.ts";
import { cropImage } from "../../data/images/crop_image.ts";
import { loadImage } from "../../data/images/load_image.ts";
import { type NdArray, ndArray } from "../../data/arrays/nd_array.ts";
import type { Transformer } from "../../data/arrays/transformer.ts";
import type { NetParameter } from "../../proto/messages.ts";
import { netFromText, readNet } from "../../proto/nets/read_net.ts";
import { imageInput, type ImageNetOptions, imageTransformer, predictAll, withNet } from "./image_net.ts";
import type { Net } from "../net.ts";
import { counted } from "../../base/counted.ts";

/** A window of an image in pixels: its first row and column, and the row and column after its last. */
export type ImageWindow = readonly [top: number, left: number, bottom: number, right: number];

/** An image, as a path or an array (H, W, K), and windows in it. */
export type ImageWindows = readonly [image: string | NdArray, windows: readonly ImageWindow[]];

/** How to classify windows. */
export interface DetectWindowsOptions {
  /** Gets the file of an image that can't be read, and why: its windows are left out. Default: that is an error. */
  onBadImage?: ((file: string, error: CremaError) => void) | undefined;
}

/** The prediction for one window. */
export interface Detection {
  /** The image file, if the image came from one. */
  filename?: string | undefined;
  /** The window. */
  window: ImageWindow;
  /** The net's first output for the window. */
  prediction: NdArray;
}

/**
 * A net that classifies windows of images, as pycaffe's `Detector` does. Each window is stretched to the
 * net's input size.
 *
 * ```ts ignore
 * using detector = await Detector.fromFile("deploy.prototxt", { weights: "rcnn.caffemodel", rawScale: 255 });
 * const detections = await detector.detectWindows([["cat.jpg", [[0, 0, 100, 120], [50, 60, 200, 220]]]]);
 * ```
 */
export class Detector implements Disposable {
  /** The net. */
  readonly net: Net;
  /** Turns windows into the net's input. */
  readonly transformer: Transformer;
  readonly #input: string;

  private constructor(net: Net, options: ImageNetOptions) {
    this.net = net;
    this.#input = imageInput(net);
    this.transformer = imageTransformer(net, this.#input, options);
  }

  /**
   * Makes a detector from a prototxt. Throws a CremaError when the net is invalid or its input is not images.
   */
  static async fromFile(path: string, options: ImageNetOptions = {}): Promise<Detector> {
    return await Detector.create(await readNet(path), options);
  }

  /** Makes a detector from the text of a prototxt. Throws a CremaError as {@link fromFile} does. */
  static async fromText(text: string, options: ImageNetOptions = {}): Promise<Detector> {
    return await Detector.create(netFromText(text), options);
  }

  /** Makes a detector from an upgraded NetParameter. Throws a CremaError as {@link fromFile} does. */
  static async create(param: NetParameter, options: ImageNetOptions = {}): Promise<Detector> {
    return await withNet(param, options, (net) => new Detector(net, options));
  }

  /**
   * Classifies each window of each image, in order. Throws a CremaError, with the image's file, when an image cannot be
   * read, unless there is `onBadImage` to be told of it, or a window is not inside its image.
   */
  async detectWindows(
    images: Iterable<ImageWindows>,
    { onBadImage }: DetectWindowsOptions = {},
  ): Promise<Detection[]> {
    const found: Omit<Detection, "prediction">[] = [], inputs: NdArray[] = [];
    for (const [source, windows] of images) {
      const filename = typeof source === "string" ? source : undefined;
      let image: NdArray;
      try {
        image = typeof source === "string" ? await loadImage(source) : source;
      } catch (error) {
        if (filename === undefined || onBadImage === undefined || !(error instanceof CremaError)) throw error;
        onBadImage(filename, error);
        continue;
      }
      for (const window of windows) {
        const [top, left, bottom, right] = window;
        checkWindow(window, image, filename);
        const part = cropImage(image, [top, left], [bottom - top, right - left]);
        inputs.push(this.transformer.preprocess(this.#input, part));
        found.push({ filename, window });
      }
    }
    if (inputs.length === 0) return [];
    const { shape, data } = predictAll(this.net, this.#input, inputs);
    const size = data.length / found.length;
    return found.map((each, i) => ({
      ...each,
      prediction: ndArray(shape.slice(1), data.slice(i * size, (i + 1) * size)),
    }));
  }

  /** Frees the net. */
  [Symbol.dispose](): void {
    this.net[Symbol.dispose]();
  }
}

/** Throws a CremaError unless a window has pixels, all of them in its image. */
function checkWindow(window: ImageWindow, { shape: [rows = 0, columns = 0] }: NdArray, file?: string): void {
  const [top, left, bottom, right] = window;
  const isInside = window.every(Number.isInteger) && top >= 0 && left >= 0 && top < bottom && left < right &&
    bottom <= rows && right <= columns;
  if (isInside) return;
  throw new CremaError(
    `Expected a window inside of the image, which has ${counted(rows, "row")} and ${
      counted(columns, "column")
    }, but found ` +
      `ymin ${top}, xmin ${left}, ymax ${bottom}, xmax ${right}`,
    { file },
  );
}
