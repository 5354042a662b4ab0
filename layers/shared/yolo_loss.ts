import type { Blob } from "../../ffi/blob.ts";
import { Layer } from "../layer.ts";
import { type TrueBox, trueBoxes } from "./centred_boxes.ts";

/** What a loss of YOLO's has to know of its map: (N, num (5 + num_class), H, W). */
export interface YoloMap {
  /** The boxes of a cell. */
  num: number;
  /** The classes. */
  num_class: number;
}

/**
 * A loss of YOLO's for one feature map: E = 1/N Σ δ², where δ/N is also the gradient of the map, as darknet has it.
 * Bottoms: the map (N, B (5 + K), H, W) and the objects (N, 1, T, 5); top: the loss, a scalar. Subclasses say what δ is.
 */
export abstract class YoloLoss<Param extends YoloMap> extends Layer<Param> {
  #delta = new Float32Array();

  /** Sets δ, which is 0 so far, of one item with values `x` and objects: both (B (5 + K), H, W). */
  protected abstract setDelta(
    shape: readonly number[],
    x: Float32Array,
    delta: Float32Array,
    objects: readonly TrueBox[],
  ): void;

  /** The cell of an object's centre. Throws a RangeError for an object outside of the image. */
  protected cellOf({ box: [u, v] }: TrueBox, height: number, width: number): { row: number; column: number } {
    const column = Math.min(Math.trunc(u * width), width - 1);
    const row = Math.min(Math.trunc(v * height), height - 1);
    if (column < 0 || row < 0) {
      throw new RangeError(`Expected an object inside the image but found one at ${u}, ${v}`);
    }
    return { row, column };
  }

  override reshape([map, objects]: [Blob, Blob], [loss]: [Blob]): void {
    const { num, num_class } = this.param, [items, channels] = map.shape, wanted = num * (5 + num_class);
    if (map.numAxes !== 4 || channels !== wanted) {
      throw new RangeError(
        `Expected a bottom of shape (N, ${wanted}, H, W) for ${num} boxes of ${num_class} classes ` +
          `but found (${map.shape.join(", ")})`,
      );
    }
    if (objects.shape[0] !== items || objects.count % (5 * items!) !== 0) {
      throw new RangeError(`Expected objects (${items}, 1, T, 5) but found (${objects.shape.join(", ")})`);
    }
    if (this.#delta.length !== map.count) this.#delta = new Float32Array(map.count);
    loss.reshape();
  }

  override forward([map, objects]: [Blob, Blob], [loss]: [Blob]): void {
    const items = map.shape[0]!, size = map.count / items, each = objects.count / items;
    this.#delta.fill(0);
    for (let item = 0; item < items; item++) {
      const boxes = trueBoxes(objects.data.subarray(item * each, (item + 1) * each), this.param.num_class);
      const [x, delta] = [map.data, this.#delta].map((all) => all.subarray(item * size, (item + 1) * size));
      this.setDelta(map.shape, x!, delta!, boxes);
    }
    let sum = 0;
    for (const delta of this.#delta) sum += delta * delta;
    loss.data[0] = sum / items;
  }

  override backward([loss]: [Blob], propagateDown: boolean[], [map, objects]: [Blob, Blob]): void {
    if (propagateDown[1]) objects.diff.fill(0); // objects have no gradient, but force_backward asks for it
    if (!propagateDown[0]) return;
    const to = map.diff, factor = loss.diff[0]! / map.shape[0]!;
    for (let i = 0; i < to.length; i++) to[i] = factor * this.#delta[i]!;
  }
}
