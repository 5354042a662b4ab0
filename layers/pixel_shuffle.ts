import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../onnx/mod.ts";
import { reshaped } from "../onnx/graph_parts.ts";
import { numbers } from "../onnx/export/exported_layer.ts";
import { Layer } from "./layer.ts";
import { refuseInPlace } from "./shared/refuse_in_place.ts";

/** `param_str` of a {@link PixelShuffleLayer}. */
export const PixelShuffleParams = z.strictObject({
  upscale_factor: z.int().positive().default(2).describe("r: one pixel becomes r × r pixels"),
  inverse: z.boolean().default(false).describe("the inverse: pixels become channels"),
});

/**
 * Sub-pixel rearrangement: y[n, c, r h + i, r w + j] = x[n, c r² + i r + j, h, w]. Bottom x: (N, C r², H, W);
 * top y: (N, C, H r, W r). With `inverse` the other way round. The gradient is rearranged back.
 *
 * Shi et al.: Real-Time Single Image and Video Super-Resolution Using an Efficient Sub-Pixel Convolutional
 * Neural Network, CVPR 2016.
 */
export class PixelShuffleLayer extends Layer<z.output<typeof PixelShuffleParams>> {
  static type = "PixelShuffle";
  static bottoms = 1;
  static tops = 1;
  static examples = [
    { bottoms: [[2, 8, 2, 3]] },
    { bottoms: [[2, 2, 6, 3]], param: { upscale_factor: 3, inverse: true } },
  ];
  static params = PixelShuffleParams;

  override reshape([x]: [Blob], [y]: [Blob]): void {
    refuseInPlace([x], [y]);
    const { upscale_factor: r, inverse } = this.param;
    const [n, c = 0, h = 0, w = 0] = x.shape;
    const fits = x.numAxes === 4 && (inverse ? h % r === 0 && w % r === 0 : c % (r * r) === 0);
    if (n === undefined || !fits) {
      const wanted = inverse ? `(N, C, ${r} H, ${r} W)` : `(N, ${r * r} C, H, W)`;
      throw new RangeError(`Expected a bottom of shape ${wanted} but found (${x.shape.join(", ")})`);
    }
    if (inverse) y.reshape(n, c * r * r, h / r, w / r);
    else y.reshape(n, c / (r * r), h * r, w * r);
  }

  override forward([x]: [Blob], [y]: [Blob]): void {
    if (this.param.inverse) this.#pixelsToChannels(x.data, y.data, y.shape);
    else this.#channelsToPixels(x.data, y.data, x.shape);
  }

  override backward([y]: [Blob], [wanted]: boolean[], [x]: [Blob]): void {
    if (!wanted) return;
    if (this.param.inverse) this.#channelsToPixels(y.diff, x.diff, y.shape);
    else this.#pixelsToChannels(y.diff, x.diff, x.shape);
  }

  /** `shape` is that of the side with more channels. */
  #channelsToPixels(from: Float32Array, to: Float32Array, shape: readonly number[]): void {
    this.#eachRow(shape, (first, target, width, r) => {
      for (let w = 0; w < width; w++) to[target + w * r] = from[first + w]!;
    });
  }

  #pixelsToChannels(from: Float32Array, to: Float32Array, shape: readonly number[]): void {
    this.#eachRow(shape, (first, target, width, r) => {
      for (let w = 0; w < width; w++) to[first + w] = from[target + w * r]!;
    });
  }

  /**
   * Calls `row` for each row on the side with more channels: `first` is its first value, `target` that
   * value's pixel.
   */
  #eachRow(
    [n = 0, c = 0, h = 0, w = 0]: readonly number[],
    row: (first: number, target: number, width: number, r: number) => void,
  ): void {
    const r = this.param.upscale_factor, square = r * r;
    for (let plane = 0; plane < n * c; plane++) {
      const inner = plane % square, i = Math.floor(inner / r), j = inner % r;
      const start = (plane - inner) / square * h * r * w * r;
      for (let y = 0; y < h; y++) row((plane * h + y) * w, start + (y * r + i) * w * r + j, w, r);
    }
  }

  /** What {@link forward} computes, in ONNX. */
  static onnx(
    graph: GraphBuilder,
    layer: OnnxLayer<z.output<typeof PixelShuffleParams>>,
  ): readonly OnnxValue[] {
    const { bottoms: [x], param: { upscale_factor: r, inverse } } = layer;
    if (!inverse) return [graph.node("DepthToSpace", [x], { blocksize: r, mode: "CRD" })];
    const [c, h, w] = numbers(layer, x.shape.slice(1)) as [number, number, number];
    const apart = reshaped(graph, x, [0, c, h / r, r, w / r, r]);
    const order = graph.node("Transpose", [apart], { perm: [0, 1, 3, 5, 2, 4] });
    return [reshaped(graph, order, [0, c * r * r, h / r, w / r])];
  }
}
