import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../onnx/mod.ts";
import { numbers } from "../onnx/export/exported_layer.ts";
import { picked, resizedLinearly } from "../onnx/export/resize.ts";
import { Layer } from "./layer.ts";
import { refuseInPlace } from "./shared/refuse_in_place.ts";

const sides = z.union([z.number().positive(), z.tuple([z.number().positive(), z.number().positive()])]);

/** `param_str` of an {@link UpsampleLayer}. */
export const UpsampleParams = z.strictObject({
  scale: sides.optional().describe(
    "factor of the top's size: one number or [height, width]; by default 2, unless size is given",
  ),
  size: z.tuple([z.int().positive(), z.int().positive()]).optional().describe("[height, width] of the top"),
  mode: z.enum(["nearest", "bilinear"]).default("nearest").describe("interpolation between pixels"),
  align_corners: z.boolean().default(false).describe(
    "bilinear: whether corner pixels keep their positions",
  ),
}).refine(({ scale, size }) => scale === undefined || size === undefined, {
  message: "Expected scale or size but found both",
}).refine(({ mode, align_corners }) => mode === "bilinear" || !align_corners, {
  message: "Expected align_corners with mode bilinear but found mode nearest",
});

/** The two rows (or columns) of the bottom behind each of the top, and the weight of the second. */
interface Taps {
  first: Int32Array;
  second: Int32Array;
  part: Float32Array;
}

/**
 * Resizes images: nearest neighbour, y[h] = x[⌊h H/H'⌋], or bilinear, where pixel h of the top is at
 * (h + ½) H/H' − ½ of the bottom, or with `align_corners` at h (H − 1)/(H' − 1). Bottom x: (N, C, H, W); top
 * y: (N, C, H', W'), `scale` times as large or of a given `size`. The gradient is distributed by the same
 * weights.
 *
 * The values are those of PyTorch's `torch.nn.Upsample`.
 */
export class UpsampleLayer extends Layer<z.output<typeof UpsampleParams>> {
  static type = "Upsample";
  static bottoms = 1;
  static tops = 1;
  static examples = [{ scale: 2 }, { mode: "bilinear" }, {
    size: [7, 3],
    mode: "bilinear",
    align_corners: true,
  }].map((param) => ({
    bottoms: [[2, 3, 4, 4]],
    param,
  }));
  static params = UpsampleParams;
  #rows = noTaps;
  #columns = noTaps;

  override reshape([x]: [Blob], [y]: [Blob]): void {
    refuseInPlace([x], [y]);
    const [n, c, h, w] = x.shape;
    if (x.numAxes !== 4 || n === undefined || c === undefined || h === undefined || w === undefined) {
      throw new RangeError(`Expected a bottom of shape (N, C, H, W) but found (${x.shape.join(", ")})`);
    }
    const { scale = 2, size } = this.param;
    const [vertical, horizontal] = typeof scale === "number" ? [scale, scale] : scale;
    const height = size?.[0] ?? Math.floor(h * vertical), width = size?.[1] ?? Math.floor(w * horizontal);
    if (height < 1 || width < 1 || h < 1 || w < 1) {
      throw new RangeError(
        `Expected images of at least 1x1 but found ${h}x${w}, to become ${height}x${width}`,
      );
    }
    y.reshape(n, c, height, width);
    this.#rows = this.#taps(this.#rows, h, height);
    this.#columns = this.#taps(this.#columns, w, width);
  }

  override forward([x]: [Blob], [y]: [Blob]): void {
    const from = x.data, to = y.data;
    const columns = this.#columns, width = columns.first.length;
    const nearest = this.param.mode === "nearest";
    this.#eachRow(x, (upper, lower, part, at) => {
      for (let w = 0; w < width; w++) {
        const left = columns.first[w]!;
        if (nearest) {
          to[at + w] = from[upper + left]!;
          continue;
        }
        const right = columns.second[w]!, beside = columns.part[w]!;
        const above = from[upper + left]! * (1 - beside) + from[upper + right]! * beside;
        const below = from[lower + left]! * (1 - beside) + from[lower + right]! * beside;
        to[at + w] = above * (1 - part) + below * part;
      }
    });
  }

  override backward([y]: [Blob], [wanted]: boolean[], [x]: [Blob]): void {
    if (!wanted) return;
    const from = y.diff, to = x.diff;
    const columns = this.#columns, width = columns.first.length;
    to.fill(0);
    this.#eachRow(x, (upper, lower, part, at) => {
      for (let w = 0; w < width; w++) {
        const left = columns.first[w]!, right = columns.second[w]!, beside = columns.part[w]!;
        const above = from[at + w]! * (1 - part), below = from[at + w]! * part;
        to[upper + left]! += above * (1 - beside);
        to[upper + right]! += above * beside;
        to[lower + left]! += below * (1 - beside);
        to[lower + right]! += below * beside;
      }
    });
  }

  /**
   * Calls `row` for each row of the top, with the starts of its two rows of the bottom, the second's weight,
   * and its start.
   */
  #eachRow(x: Blob, row: (upper: number, lower: number, part: number, at: number) => void): void {
    const [n = 0, c = 0, h = 0, w = 0] = x.shape;
    const { first, second, part } = this.#rows, width = this.#columns.first.length;
    for (let plane = 0; plane < n * c; plane++) {
      for (let y = 0; y < first.length; y++) {
        const start = plane * h;
        row((start + first[y]!) * w, (start + second[y]!) * w, part[y]!, (plane * first.length + y) * width);
      }
    }
  }

  #taps(present: Taps & { from?: number }, from: number, to: number): Taps {
    if (present.from === from && present.first.length === to) return present;
    const taps = { first: new Int32Array(to), second: new Int32Array(to), part: new Float32Array(to), from };
    const { mode, align_corners: corners } = this.param;
    for (let i = 0; i < to; i++) {
      if (mode === "nearest") {
        taps.first[i] = taps.second[i] = Math.min(from - 1, Math.floor(i * from / to));
        continue;
      }
      const at = corners
        ? (to === 1 ? 0 : i * (from - 1) / (to - 1))
        : Math.max(0, (i + 0.5) * from / to - 0.5);
      const first = Math.min(from - 1, Math.floor(at));
      taps.first[i] = first;
      taps.second[i] = Math.min(from - 1, first + 1);
      taps.part[i] = at - first;
    }
    return taps;
  }

  /** What {@link forward} computes, in ONNX. */
  static onnx(graph: GraphBuilder, layer: OnnxLayer<z.output<typeof UpsampleParams>>): readonly OnnxValue[] {
    const [x] = layer.bottoms, [to] = layer.tops, { mode, align_corners } = layer.param;
    if (mode === "bilinear") {
      return [resizedLinearly(graph, layer, align_corners ? "align_corners" : "half_pixel", false)];
    }
    return [[2, 3].reduce((value: OnnxValue, axis) => {
      const [from, length] = numbers(layer, [x.shape[axis]!, to[axis]!]) as [number, number];
      const nearest = (i: number) => Math.min(from - 1, Math.floor(i * from / length));
      return picked(graph, value, axis, Array.from({ length }, (_, i) => nearest(i)));
    }, x)];
  }
}

const noTaps: Taps & { from?: number } = {
  first: new Int32Array(),
  second: new Int32Array(),
  part: new Float32Array(),
};
