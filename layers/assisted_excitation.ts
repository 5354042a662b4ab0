import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../onnx/mod.ts";
import { Layer } from "./layer.ts";

/** `param_str` of an {@link AssistedExcitationLayer}. */
export const AssistedExcitationParams = z.strictObject({
  max_iter: z.int().positive().optional().describe(
    "T: the length of the training; by default the solver's max_iter",
  ),
});

/** The part of the training after which nothing is added. */
const ASSISTED = 0.75;

/**
 * Assisted excitation: while training, adds to all channels their mean inside of objects, less and less:
 * y[n, c] = x[n, c] + α m[n] where the cell belongs to a box of an object, else x[n, c], with α = cos(½π t / (¾ T)) at
 * iteration t of T, and 0 after ¾ T. Bottoms: features x (N, C, H, W), objects (N, 1, K, 5) and the means m (N, 1, H, W) of x
 * over its channels; top: the shape of x. Objects are rows [class, x, y, width, height] in parts of the image, which end at
 * the first whose x is 0. Their cells are those that the box touches; into the last row and column it must reach by 0.05.
 *
 * The gradient of x is the top's, and m has none. In TEST, y is x. Without a solver and `max_iter`, α is 1. Iterations are
 * the layer's forwards, divided by the solver's `iter_size`.
 *
 * Derakhshani et al.: Assisted Excitation of Activations, CVPR 2019, arXiv:1906.05388; AssistedExcitation of
 * MobileNet-YOLO's Caffe, which adds nothing to items but the first.
 */
export class AssistedExcitationLayer extends Layer<z.output<typeof AssistedExcitationParams>> {
  static type = "AssistedExcitation";
  static params = AssistedExcitationParams;
  static bottoms = 3;
  static tops = 1;
  static examples = [{
    bottoms: [
      [2, 3, 4, 4],
      { shape: [2, 1, 1, 5], values: [0, 0.5, 0.5, 0.5, 0.25] },
      { shape: [2, 1, 4, 4], gradient: false },
    ],
  }];
  #forwards = 0;

  override reshape([x, objects, means]: [Blob, Blob, Blob], [y]: [Blob]): void {
    const [items = 0, channels = 0] = x.shape;
    if (x.numAxes !== 4 || means.count * channels !== x.count) {
      throw new RangeError(
        `Expected features (N, C, H, W) and means (N, 1, H, W) but found (${x.shape.join(", ")}) and (${
          means.shape.join(", ")
        })`,
      );
    }
    if (objects.shape[0] !== items || objects.count % (5 * items) !== 0) {
      throw new RangeError(`Expected objects (${items}, 1, K, 5) but found (${objects.shape.join(", ")})`);
    }
    if (y !== x) y.reshapeLike(x);
  }

  override forward([x, objects, means]: [Blob, Blob, Blob], [y]: [Blob]): void {
    if (y !== x) this.ops.copy(x.data, y.data);
    if (this.phase === "TEST") return;
    const alpha = this.#alpha();
    this.#forwards++;
    const [items = 0, channels = 0, height = 0, width = 0] = x.shape, area = height * width;
    const each = objects.count / items, to = y.data, mean = means.data;
    const inside = new Uint8Array(area);
    for (let n = 0; n < items; n++) {
      mark(inside.fill(0), objects.data.subarray(n * each, (n + 1) * each), height, width);
      for (let at = 0; at < area; at++) {
        if (inside[at] === 0) continue;
        const more = alpha * mean[n * area + at]!;
        for (let c = 0; c < channels; c++) to[(n * channels + c) * area + at]! += more;
      }
    }
  }

  override backward([y]: [Blob], propagateDown: boolean[], [x, objects, means]: [Blob, Blob, Blob]): void {
    if (propagateDown[0] && y !== x) this.ops.copy(y.diff, x.diff);
    if (propagateDown[1]) objects.diff.fill(0);
    if (propagateDown[2]) means.diff.fill(0); // as in the fork: the means are no way to the loss
  }

  /** How far the training is: the number of forwards. */
  override save(): number {
    return this.#forwards;
  }

  override restore(forwards: number): void {
    this.#forwards = forwards;
  }

  #alpha(): number {
    const last = this.param.max_iter ?? this.solverParam?.max_iter ?? 0;
    if (last <= 0) return 1;
    const iteration = Math.floor(this.#forwards / (this.solverParam?.iter_size ?? 1));
    return Math.max(0, Math.cos(Math.min(1, iteration / (ASSISTED * last)) * Math.PI / 2));
  }

  /** What {@link forward} computes, in ONNX. */
  static onnx(_graph: GraphBuilder, { bottoms: [x] }: OnnxLayer): readonly OnnxValue[] {
    return [x];
  }
}

/** Marks the cells of a map that belong to objects. */
function mark(inside: Uint8Array, objects: Float32Array, height: number, width: number): void {
  const within = (value: number, least: number, most: number) =>
    Math.min(Math.max(Math.trunc(value), least), most);
  for (let at = 0; at + 5 <= objects.length && objects[at + 1] !== 0; at += 5) {
    const [, x, y, w, h] = objects.subarray(at, at + 5) as unknown as [
      number,
      number,
      number,
      number,
      number,
    ];
    const left = within((x - w / 2) * width, 0, width - 1), top = within((y - h / 2) * height, 0, height - 1);
    const right = within((x + w / 2) * width + 0.95, left + 1, width);
    const bottom = within((y + h / 2) * height + 0.95, top + 1, height);
    for (let row = top; row < bottom; row++) inside.fill(1, row * width + left, row * width + right);
  }
}
