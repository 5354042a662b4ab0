import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../onnx/mod.ts";
import { joined, reshaped } from "../onnx/graph_parts.ts";
import { numbers } from "../onnx/export/exported_layer.ts";
import { Layer } from "./layer.ts";
import { refuseInPlace } from "./shared/refuse_in_place.ts";

/** `spp_param` of an {@link SPPLayer}. */
export const SPPParams = z.strictObject({
  pyramid_height: z.int().min(1).max(16).describe("number of levels; level l has at most 2^l × 2^l bins"),
  pool: z.enum(["MAX", "AVE"]).default("MAX").describe("what a bin gives: its largest value or its mean"),
  engine: z.enum(["DEFAULT", "CAFFE", "CUDNN"]).default("DEFAULT").describe("without effect"),
});

/** One level of the pyramid: bins of `rows` × `columns`, and where their values begin in an item of the top. */
interface Level {
  rows: number;
  columns: number;
  kernel: readonly [height: number, width: number];
  pad: readonly [height: number, width: number];
  start: number;
}

/**
 * Spatial pyramid pooling: pools the whole image in 1, 2 × 2, 4 × 4 … bins, so that the result's size does
 * not depend on the image's. Bottom x: (N, C, H, W); top: (N, Σ_l C r_l c_l), level after level, or (N, C, 1, 1)
 * for one level.
 *
 * Level l has kernels of ⌈H/2^l⌉ × ⌈W/2^l⌉, as many pixels apart, with padding that centres them. A bin gives
 * its largest value, y = max x, or the sum of its values divided by its pixels, padding included, y = Σ x / n; a bin of which nothing
 * is inside the image is left out. Gradient: to the largest value (the first of equal ones), or to all evenly.
 *
 * He, Zhang, Ren, Sun: Spatial Pyramid Pooling in Deep Convolutional Networks for Visual Recognition, ECCV
 * 2014, arXiv:1406.4729; Caffe's SPP.
 */
export class SPPLayer extends Layer<z.output<typeof SPPParams>> {
  static type = "SPP";
  static params = SPPParams;
  static bottoms = 1;
  static tops = 1;
  static examples = ["MAX", "AVE"].flatMap((pool) =>
    [1, 3].map((pyramid_height) => ({ bottoms: [[2, 2, 7, 6]], param: { pyramid_height, pool } }))
  );
  #levels: Level[] = [];
  #from = new Int32Array();

  override reshape([x]: [Blob], [y]: [Blob]): void {
    refuseInPlace([x], [y]);
    const [items, channels, height, width] = x.shape;
    if (x.numAxes !== 4 || !(height! > 0 && width! > 0)) {
      throw new RangeError(`Expected images (N, C, H, W) but found (${x.shape.join(", ")})`);
    }
    let size = 0;
    this.#levels = Array.from({ length: this.param.pyramid_height }, (_, l) => {
      const [down, across] = [axisOf(height!, l), axisOf(width!, l)];
      const start = size;
      size += channels! * down.bins * across.bins;
      return {
        rows: down.bins,
        columns: across.bins,
        kernel: [down.kernel, across.kernel] as const,
        pad: [down.pad, across.pad] as const,
        start,
      };
    });
    const [only] = this.#levels;
    if (this.#levels.length === 1) y.reshape(items!, channels!, only!.rows, only!.columns);
    else y.reshape(items!, size);
    if (this.param.pool === "MAX" && this.#from.length !== y.count) this.#from = new Int32Array(y.count);
  }

  override forward([x]: [Blob], [y]: [Blob]): void {
    const from = x.data, to = y.data, width = x.width;
    if (this.param.pool === "MAX") {
      const chosen = this.#from;
      this.#eachBin(x, y, (bin, top, bottom, left, right) => {
        let best = -1, most = -Infinity;
        for (let h = top; h < bottom; h += width) {
          for (let at = h + left; at < h + right; at++) {
            if (!(from[at]! > most)) continue;
            most = from[at]!;
            best = at;
          }
        }
        chosen[bin] = best;
        to[bin] = best < 0 ? LEAST : most;
      });
      return;
    }
    this.#eachBin(x, y, (bin, top, bottom, left, right, size) => {
      let sum = 0;
      for (let h = top; h < bottom; h += width) {
        for (let at = h + left; at < h + right; at++) sum += from[at]!;
      }
      to[bin] = sum / size;
    });
  }

  override backward([y]: [Blob], [wanted]: boolean[], [x]: [Blob]): void {
    if (!wanted) return;
    const from = y.diff, to = x.diff, width = x.width;
    to.fill(0);
    if (this.param.pool === "MAX") {
      for (const [bin, at] of this.#from.entries()) if (at >= 0) to[at]! += from[bin]!;
      return;
    }
    this.#eachBin(x, y, (bin, top, bottom, left, right, size) => {
      const part = from[bin]! / size;
      for (let h = top; h < bottom; h += width) {
        for (let at = h + left; at < h + right; at++) to[at]! += part;
      }
    });
  }

  /**
   * Calls `run` for every bin, with its index in the top, the indices in the bottom of the first pixels of its
   * first row and of the row after its last, its columns, and its size with padding.
   */
  #eachBin(
    x: Blob,
    y: Blob,
    run: (bin: number, top: number, bottom: number, left: number, right: number, size: number) => void,
  ): void {
    const [items = 0, channels = 0, height = 0, width = 0] = x.shape;
    const itemSize = items === 0 ? 0 : y.count / items;
    for (let n = 0; n < items; n++) {
      for (const { rows, columns, kernel, pad, start } of this.#levels) {
        let bin = n * itemSize + start;
        for (let c = 0; c < channels; c++) {
          const plane = (n * channels + c) * height * width;
          for (let i = 0; i < rows; i++) {
            const h0 = i * kernel[0] - pad[0], h1 = Math.min(h0 + kernel[0], height + pad[0]);
            const top = plane + Math.max(h0, 0) * width, bottom = plane + Math.min(h1, height) * width;
            for (let j = 0; j < columns; j++, bin++) {
              const w0 = j * kernel[1] - pad[1], w1 = Math.min(w0 + kernel[1], width + pad[1]);
              const size = (h1 - h0) * (w1 - w0);
              run(bin, top, bottom, Math.max(w0, 0), Math.min(w1, width), size);
            }
          }
        }
      }
    }
  }

  /** What {@link forward} computes, in ONNX. */
  static onnx(graph: GraphBuilder, layer: OnnxLayer<z.output<typeof SPPParams>>): readonly OnnxValue[] {
    const [x] = layer.bottoms,
      [channels, height, width] = numbers(layer, x.shape.slice(1)) as [number, number, number];
    const { pyramid_height, pool } = layer.param;
    const levels = Array.from({ length: pyramid_height }, (_, l) => {
      const sides = [height, width].map((size) => ({ size, ...axisOf(size, l) }));
      const kernel_shape = sides.map(({ kernel }) => kernel), before = sides.map(({ pad }) => pad);
      const after = sides.map(({ size, bins, kernel, pad }) => bins * kernel - size - pad);
      const attributes = { kernel_shape, strides: kernel_shape, pads: [...before, ...after] };
      if (pool === "MAX") return { bins: graph.node("MaxPool", [x], attributes), sides };
      const means = graph.node("AveragePool", [x], { ...attributes, count_include_pad: 1 });
      // The last bins end at the padding that the first ones have.
      const [rows, columns] = sides.map(({ size, bins, kernel, pad }) =>
        Array.from({ length: bins }, (_, i) => kernel / Math.min(kernel, size + 2 * pad - i * kernel))
      ) as [number[], number[]];
      const factors = rows.flatMap((row) => columns.map((column) => row * column));
      const bins = factors.every((factor) => factor === 1)
        ? means
        : graph.node("Mul", [means, graph.floats(factors, [rows.length, columns.length])]);
      return { bins, sides };
    });
    if (levels.length === 1) return [levels[0]!.bins];
    const flat = levels.map(({ bins, sides }) =>
      reshaped(graph, bins, [0, channels * sides[0]!.bins * sides[1]!.bins])
    );
    return [joined(graph, flat, 1)];
  }
}

/** What Caffe gives for a bin without a value above it: the least 32-bit float. */
const LEAST = -(2 - 2 ** -23) * 2 ** 127;

/** The bins of one axis at a level. Throws a RangeError when they would lie outside the image. */
function axisOf(size: number, level: number): { bins: number; kernel: number; pad: number } {
  const wanted = 2 ** level;
  const kernel = Math.ceil(size / wanted);
  const pad = Math.floor((kernel * wanted - size + 1) / 2);
  if (pad >= kernel) {
    throw new RangeError(
      `Expected images large enough for ${wanted} bins at level ${level} but found a side of ${size}`,
    );
  }
  let bins = Math.ceil((size + 2 * pad - kernel) / kernel) + 1;
  if (pad > 0 && (bins - 1) * kernel >= size + pad) bins--;
  return { bins, kernel, pad };
}
