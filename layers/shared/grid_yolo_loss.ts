import type { Blob } from "../../ffi/blob.ts";
import { Layer } from "../layer.ts";
import { centredOverlap, type TrueBox } from "./centred_boxes.ts";
import { sigmoid } from "./found_boxes.ts";

/** What a loss over a grid has to know of its map, (N, num_object (5 + num_classes), S, S). */
export interface YoloGrid {
  /** B: the boxes of a cell. */
  num_object: number;
  /** K: the classes. */
  num_classes: number;
  /** S: the cells of a row and of a column. */
  side: number;
}

/** What the parts of the loss add up to, before they are divided. */
export interface GridSums {
  /** Σ over objects of (class − its target)². */
  classes: number;
  /** Of the centres. */
  centres: number;
  /** Of the sizes. */
  sizes: number;
  /** Of the confidences of boxes with an object. */
  objects: number;
  /** Of those of all boxes. */
  empty: number;
  /** How many objects have a box. */
  count: number;
}

/** One item's values, and where its δ goes: both (B (5 + K), S, S). */
export interface GridItem {
  /** The scores. */
  readonly x: Float32Array;
  /** δ, which is 0 so far. */
  readonly delta: Float32Array;
  /** The objects, each with the class that its centre's cell has. */
  readonly objects: readonly GridObject[];
}

/** An object and its cell. */
export interface GridObject extends TrueBox {
  /** Row times S plus column. */
  readonly cell: number;
}

/** What a box is compared with: a size, as the anchor's, in parts of the image. */
export type Anchor = readonly [width: number, height: number];

/**
 * A loss of Synopsys' for YOLO: the sum of mean squared differences of classes, centres, sizes and confidences, where δ/N,
 * which subclasses give, is the gradient of the map, as darknet has it. Bottoms: the map (N, B (5 + K), S, S) and objects by
 * cells (N, 7 S²): a number that is not used, whether there is an object, its class, and then for each cell its box
 * [x, y, width, height] in parts of the image; top: the loss, a scalar.
 */
export abstract class GridYoloLoss<Param extends YoloGrid> extends Layer<Param> {
  #delta = new Float32Array();

  /** Sets δ of one item, and adds to the sums. */
  protected abstract add(item: GridItem, sums: GridSums): void;

  override reshape([map, objects]: [Blob, Blob], [loss]: [Blob]): void {
    const { num_object, num_classes, side } = this.param, wanted = num_object * (5 + num_classes);
    if (map.numAxes !== 4 || map.shape.slice(1).join() !== [wanted, side, side].join()) {
      throw new RangeError(
        `Expected a bottom of shape (N, ${wanted}, ${side}, ${side}) for ${num_object} boxes of ${num_classes} classes ` +
          `but found (${map.shape.join(", ")})`,
      );
    }
    const [items = 0] = map.shape;
    if (objects.count !== items * 7 * side * side) {
      throw new RangeError(
        `Expected objects of ${side} × ${side} cells, (${items}, ${7 * side * side}), but found (${
          objects.shape.join(", ")
        })`,
      );
    }
    if (this.#delta.length !== map.count) this.#delta = new Float32Array(map.count);
    loss.reshape();
  }

  override forward([map, labels]: [Blob, Blob], [loss]: [Blob]): void {
    const [items = 0] = map.shape, { side, num_object } = this.param, area = side * side;
    const size = map.count / items, values = map.data, truth = labels.data;
    const sums: GridSums = { classes: 0, centres: 0, sizes: 0, objects: 0, empty: 0, count: 0 };
    this.#delta.fill(0);
    for (let n = 0; n < items; n++) {
      const [x, delta] = [values, this.#delta].map((all) => all.subarray(n * size, (n + 1) * size));
      const objects = this.#objects(truth.subarray(n * 7 * area, (n + 1) * 7 * area));
      this.add({ x: x!, delta: delta!, objects }, sums);
    }
    const { count } = sums, rest = items * area * num_object - count;
    const found = sums.classes + sums.centres + sums.sizes + sums.objects;
    loss.data[0] = (count === 0 ? 0 : found / count) + (rest === 0 ? 0 : sums.empty / rest);
  }

  override backward([loss]: [Blob], propagateDown: boolean[], [map, labels]: [Blob, Blob]): void {
    if (propagateDown[1]) labels.diff.fill(0); // objects have no gradient, but force_backward asks for it
    if (!propagateDown[0]) return;
    const to = map.diff, factor = loss.diff[0]! / map.shape[0]!;
    for (let i = 0; i < to.length; i++) to[i] = factor * this.#delta[i]!;
  }

  /** Where a box's first channel is. */
  protected firstOf(n: number, cell: number): number {
    return n * (5 + this.param.num_classes) * this.param.side ** 2 + cell;
  }

  /** The box that the map predicts in a cell, by its centre and size. */
  protected boxAt(x: Float32Array, n: number, cell: number, [wide, high]: Anchor): number[] {
    const { side } = this.param, area = side * side, at = this.firstOf(n, cell);
    return [
      (cell % side + sigmoid(x[at]!)) / side,
      (Math.floor(cell / side) + sigmoid(x[at + area]!)) / side,
      Math.exp(x[at + 2 * area]!) * wide,
      Math.exp(x[at + 3 * area]!) * high,
    ];
  }

  /**
   * Makes a box the target of the coordinates of box `n` of a cell, whose weight is `scale`: sets δ and adds to the sums.
   */
  protected addBox(
    { x, delta }: Pick<GridItem, "x" | "delta">,
    { n, cell, anchor, box, scale }: {
      n: number;
      cell: number;
      anchor: Anchor;
      box: readonly number[];
      scale: number;
    },
    sums: GridSums,
  ): void {
    const { side } = this.param, area = side * side, at = this.firstOf(n, cell);
    const place = [cell % side, Math.floor(cell / side)];
    for (let k = 0; k < 2; k++) {
      const centre = sigmoid(x[at + k * area]!), off = centre - (box[k]! * side - place[k]!);
      const enlarged = x[at + (k + 2) * area]! - Math.log(box[k + 2]! / anchor[k]!);
      delta[at + k * area] = scale * off * centre * (1 - centre);
      delta[at + (k + 2) * area] = scale * enlarged;
      sums.centres += scale * off * off;
      sums.sizes += scale * enlarged * enlarged;
    }
  }

  #objects(values: Float32Array): GridObject[] {
    const { side, num_classes } = this.param, area = side * side, objects: GridObject[] = [];
    for (let j = 0; j < area; j++) {
      if (values[area + j] === 0) continue;
      const box = Array.from(
        values.subarray(3 * area + 4 * j, 3 * area + 4 * j + 4),
      ) as unknown as TrueBox["box"];
      const column = Math.trunc(box[0] * side), row = Math.trunc(box[1] * side);
      if (!(column >= 0 && column < side && row >= 0 && row < side)) {
        throw new RangeError(`Expected an object inside the image but found one at ${box[0]}, ${box[1]}`);
      }
      const cell = row * side + column, label = values[2 * area + cell]!;
      if (!(label >= 0 && label < num_classes)) {
        throw new RangeError(`Expected classes from 0 to ${num_classes - 1} but found ${label}`);
      }
      objects.push({ label: Math.trunc(label), box, cell });
    }
    return objects;
  }
}

/** Which of the anchors has the shape that overlaps a box best; the first of equal ones. */
export function bestAnchor(anchors: readonly Anchor[], [, , width, height]: TrueBox["box"]): number {
  let best = 0, most = 0;
  for (const [i, [wide, high]] of anchors.entries()) {
    const overlap = centredOverlap([0, 0, wide, high], [0, 0, width, height]);
    if (overlap > most) [best, most] = [i, overlap];
  }
  return best;
}
