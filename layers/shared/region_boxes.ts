import type { Blob } from "../../ffi/blob.ts";
import { sigmoid } from "./found_boxes.ts";

/** What a map of YOLOv2 says: (N, B (5 + K), H, W). */
export interface RegionMap {
  /** B: the boxes of a cell. */
  readonly boxes: number;
  /** K: the classes. */
  readonly classes: number;
  /** Widths and heights of the boxes' anchors, in cells. */
  readonly biases: readonly number[];
}

/** A box of a map, with its most likely class. */
export interface RegionBox {
  /** [x, y, width, height] in parts of the image. */
  readonly box: readonly [x: number, y: number, width: number, height: number];
  /** The class, from 0. */
  readonly label: number;
  /** How certainly there is an object: σ. */
  readonly object: number;
  /** How certainly it is of the class: the softmax. */
  readonly probability: number;
}

/** Throws a RangeError unless a map has the channels of its boxes, and there are anchors for all of them. */
export function checkRegionMap({ shape }: Blob, { boxes, classes, biases }: RegionMap): void {
  const channels = boxes * (5 + classes);
  if (shape.length !== 4 || shape[1] !== channels) {
    throw new RangeError(
      `Expected a bottom of shape (N, ${channels}, H, W) for ${boxes} boxes of ${classes} classes ` +
        `but found (${shape.join(", ")})`,
    );
  }
  if (biases.length < 2 * boxes) {
    throw new RangeError(`Expected two biases for each of ${boxes} boxes but found ${biases.length} in all`);
  }
}

/** The boxes of an item of a map, row by row, those of a cell one after the other. */
export function* regionBoxes({ data, shape }: Blob, item: number, map: RegionMap): Generator<RegionBox> {
  const { boxes, classes, biases } = map, height = shape[2]!, width = shape[3]!, area = height * width;
  for (let cell = 0; cell < area; cell++) {
    for (let n = 0; n < boxes; n++) {
      const at = (item * boxes + n) * (5 + classes) * area + cell, classAt = at + 5 * area;
      let label = 0, sum = 0;
      for (let c = 1; c < classes; c++) {
        if (data[classAt + c * area]! > data[classAt + label * area]!) label = c;
      }
      const most = data[classAt + label * area]!;
      for (let c = 0; c < classes; c++) sum += Math.exp(data[classAt + c * area]! - most);
      yield {
        box: [
          (cell % width + sigmoid(data[at]!)) / width,
          (Math.floor(cell / width) + sigmoid(data[at + area]!)) / height,
          Math.exp(data[at + 2 * area]!) * biases[2 * n]! / width,
          Math.exp(data[at + 3 * area]!) * biases[2 * n + 1]! / height,
        ],
        label,
        object: sigmoid(data[at + 4 * area]!),
        probability: 1 / sum,
      };
    }
  }
}
