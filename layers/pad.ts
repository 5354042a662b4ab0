import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../onnx/mod.ts";
import { Layer } from "./layer.ts";
import { Rearrangement } from "./shared/rearrangement.ts";
import { refuseInPlace } from "./shared/refuse_in_place.ts";
import { axisOffsets, strides, sumOffsets } from "./shared/sum_offsets.ts";

/** `pad_param` of a {@link PadLayer}. */
export const PadParams = z.strictObject({
  paddings: z.array(z.int().min(0)).describe(
    "how much to add before and after each axis: two numbers an axis",
  ),
  constant_values: z.number().default(0).describe("what is added"),
});

/**
 * Adds a border of a constant around the bottom, along any axes: y[i₁ + p₁, i₂ + p₂, …] = x[i₁, i₂, …]. Bottom x:
 * (d₁, d₂, …); top y: (d₁ + p₁ + q₁, …), with `paddings` p₁, q₁, p₂, q₂, …. Gradient: dy without its border.
 *
 * Pad of Synopsys' Caffe; TensorFlow's `tf.pad`.
 */
export class PadLayer extends Layer<z.output<typeof PadParams>> {
  static type = "Pad";
  static params = PadParams;
  static bottoms = 1;
  static tops = 1;
  static examples = [
    { bottoms: [[2, 3]], param: { paddings: [0, 0, 1, 2], constant_values: 0.5 } },
    { bottoms: [[2, 2, 3, 3]], param: { paddings: [0, 0, 0, 1, 2, 0, 1, 1] } },
  ];
  readonly #places = new Rearrangement();

  override reshape([x]: [Blob], [y]: [Blob]): void {
    refuseInPlace([x], [y]);
    const { paddings } = this.param, { shape } = x;
    if (paddings.length !== 2 * shape.length) {
      throw new RangeError(
        `Expected two paddings for each of ${shape.length} axes but found ${paddings.length} in all`,
      );
    }
    const padded = shape.map((size, axis) => size + paddings[2 * axis]! + paddings[2 * axis + 1]!);
    y.reshape(padded);
    this.#places.prepare(shape, () => {
      const apart = strides(padded);
      return sumOffsets(
        shape.map((size, axis) => axisOffsets(size, apart[axis]!, (i) => i + paddings[2 * axis]!)),
      );
    });
  }

  override forward([x]: [Blob], [y]: [Blob]): void {
    this.#places.scatter(x.data, y.data, this.param.constant_values);
  }

  override backward([y]: [Blob], [wanted]: boolean[], [x]: [Blob]): void {
    if (wanted) this.#places.gather(y.diff, x.diff);
  }

  /** What {@link forward} computes, in ONNX. */
  static onnx(
    graph: GraphBuilder,
    { bottoms: [x], param: { paddings, constant_values } }: OnnxLayer<z.output<typeof PadParams>>,
  ): readonly OnnxValue[] {
    const at = (parity: number) => paddings.filter((_, i) => i % 2 === parity);
    return [graph.node("Pad", [x, graph.ints([...at(0), ...at(1)]), graph.float(constant_values)])];
  }
}
