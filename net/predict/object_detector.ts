import type { NdArray } from "../../data/arrays/nd_array.ts";
import type { Transformer } from "../../data/arrays/transformer.ts";
import { loadImage } from "../../data/images/load_image.ts";
import { CremaError } from "../../base/error.ts";
import type { NetParameter } from "../../proto/messages.ts";
import { readNet } from "../../proto/nets/read_net.ts";
import type { Net } from "../net.ts";
import { imageInput, type ImageNetOptions, imageTransformer, withNet } from "./image_net.ts";

/** Values of a row of detections: [item, class, confidence, x1, y1, x2, y2]. */
const ROW = 7;

/** An object in an image. */
export interface FoundObject {
  /** Its class. */
  label: number;
  /** How certain it is, from 0 to 1. */
  score: number;
  /** Its box in pixels of the image: left, upper, right and lower side. */
  box: readonly [left: number, top: number, right: number, bottom: number];
}

/** What an {@link ObjectDetector} finds in an image. */
export interface ImageObjects {
  /** The image's width in pixels. */
  width: number;
  /** The image's height. */
  height: number;
  /** The objects, the most certain first. */
  objects: FoundObject[];
}

/**
 * A net that finds objects in whole images: one whose output has rows of [item, class, confidence, x1, y1, x2, y2], with
 * the box in parts of the image, as DetectionOutput gives them (Liu et al., "SSD", ECCV 2016). Images are stretched to
 * the net's input size, as SSD's own example does.
 */
export class ObjectDetector implements Disposable {
  /** The net. */
  readonly net: Net;
  /** How many classes it tells apart, the background with them; undefined if no DetectionOutput layer says so. */
  readonly classes: number | undefined;
  readonly #transformer: Transformer;
  readonly #input: string;
  readonly #output: string;

  private constructor(net: Net, options: ImageNetOptions) {
    this.net = net;
    this.#input = imageInput(net);
    this.#output = detectionOutput(net);
    const maker = (net.param.layer ?? []).findLast(({ top = [] }) => top.includes(this.#output));
    this.classes = maker?.detection_output_param?.num_classes;
    this.#transformer = imageTransformer(net, this.#input, options);
    const input = net.blob(this.#input);
    if (input.shape[0] === 1) return;
    input.reshape(1, ...input.shape.slice(1));
    net.reshape();
  }

  /** Shape of the net's input, (1, C, H, W). */
  get inputShape(): readonly number[] {
    return this.net.blob(this.#input).shape;
  }

  /** Makes a detector from a prototxt. Throws a CremaError when the net is invalid or gives no detections. */
  static async fromFile(path: string, options: ImageNetOptions = {}): Promise<ObjectDetector> {
    return await ObjectDetector.create(await readNet(path), options);
  }

  /** Makes a detector from an upgraded NetParameter. Throws a CremaError as {@link fromFile} does. */
  static async create(param: NetParameter, options: ImageNetOptions = {}): Promise<ObjectDetector> {
    return await withNet(param, options, (net) => new ObjectDetector(net, options));
  }

  /**
   * Finds the objects in an image, a path or an array (H, W, K), that are at least as certain as `threshold`. Throws a
   * CremaError when the image can't be read.
   */
  async detect(
    source: string | NdArray,
    { threshold = 0 }: { threshold?: number } = {},
  ): Promise<ImageObjects> {
    const color = this.inputShape[1] !== 1;
    const image = typeof source === "string" ? await loadImage(source, { color }) : source;
    const [height = 0, width = 0] = image.shape;
    const { data } = this.#transformer.preprocess(this.#input, image);
    const { [this.#output]: rows } = this.net.forward({ inputs: { [this.#input]: data } });
    const objects: FoundObject[] = [];
    for (let at = 0; at + ROW <= rows!.length; at += ROW) {
      const [item, label, score, x1, y1, x2, y2] = rows!.subarray(at, at + ROW) as unknown as number[];
      // A net that finds nothing gives one row of −1.
      if (item !== 0 || label! < 0 || score! < threshold) continue;
      const inside = (part: number, size: number) => Math.min(Math.max(part, 0), 1) * size;
      const box = [inside(x1!, width), inside(y1!, height), inside(x2!, width), inside(y2!, height)] as const;
      objects.push({ label: label!, score: score!, box });
    }
    return { width, height, objects: objects.sort((a, b) => b.score - a.score) };
  }

  /** Frees the net. */
  [Symbol.dispose](): void {
    this.net[Symbol.dispose]();
  }
}

function isRows(shape: readonly number[]): boolean {
  return shape.length === 4 && shape[1] === 1 && shape[3] === ROW;
}

function detectionOutput(net: Net): string {
  const found = net.outputs.find((name) => isRows(net.blob(name).shape));
  if (found !== undefined) return found;
  throw new CremaError(
    `Expected net '${net.name}' to have an output of detections, (1, 1, K, 7), but found ${
      net.outputs.map((name) => `'${name}' (${net.blob(name).shape.join(", ")})`).join(", ") || "no output"
    }`,
    { hint: "A DetectionOutput layer gives them. A net that classifies needs windows: --windows." },
  );
}
