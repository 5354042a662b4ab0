import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../onnx/mod.ts";
import { Layer } from "./layer.ts";
import { Rearrangement } from "./shared/rearrangement.ts";
import { refuseInPlace } from "./shared/refuse_in_place.ts";
import { axisOffsets, strides, sumOffsets } from "./shared/sum_offsets.ts";

/** `depth_to_space_param` of a {@link DepthToSpaceLayer}. */
export const DepthToSpaceParams = z.strictObject({
  block_size: z.int().positive().describe("b: the side of the block of pixels that channels become"),
  data_format: z.enum(["NHWC", "NCHW", "DCR", "CRD"]).default("NHWC").describe(
    "the axes' order; with NCHW, also called DCR, a pixel's channels are C apart, with CRD side by side",
  ),
});

/**
 * Turns channels into pixels: y[n, c, h b + i, w b + j] = x[n, (i b + j) C + c, h, w], or with CRD
 * x[n, c b² + i b + j, h, w]. Bottom x: (N, C b², H, W); top y: (N, C, H b, W b); with NHWC, which is the fork's
 * default, the channels are the last axis of both. The gradient goes back the same way.
 *
 * DepthToSpace of Synopsys' Caffe, TensorFlow and ONNX.
 */
export class DepthToSpaceLayer extends Layer<z.output<typeof DepthToSpaceParams>> {
  static type = "DepthToSpace";
  static params = DepthToSpaceParams;
  static bottoms = 1;
  static tops = 1;
  static examples = [
    { bottoms: [[2, 2, 3, 8]], param: { block_size: 2 } },
    ...["NCHW", "CRD"].map((data_format) => ({
      bottoms: [[2, 8, 2, 3]],
      param: { block_size: 2, data_format },
    })),
  ];
  readonly #places = new Rearrangement();

  override reshape([x]: [Blob], [y]: [Blob]): void {
    refuseInPlace([x], [y]);
    const { block_size: block, data_format: format } = this.param;
    const order = format === "NHWC" ? [0, 3, 1, 2] : [0, 1, 2, 3];
    const [n = 0, deep = 0, h = 0, w = 0] = order.map((axis) => x.shape[axis]);
    if (x.numAxes !== 4 || deep % block ** 2 !== 0) {
      throw new RangeError(
        `Expected a bottom of four axes and a multiple of ${block ** 2} channels but found (${
          x.shape.join(", ")
        })`,
      );
    }
    const c = deep / block ** 2;
    y.reshape(format === "NHWC" ? [n, h * block, w * block, c] : [n, c, h * block, w * block]);
    this.#places.prepare(x.shape, () => {
      const apart = strides(x.shape),
        [toItem, toChannel, toRow, toColumn] = order.map((axis) => apart[axis]!);
      const between = format === "CRD" ? 1 : c; // channels between neighbours of a block
      const inBlock = (step: number, stride: number) => (i: number) =>
        Math.floor(i / block) * stride + i % block * step * between * toChannel!;
      const items = axisOffsets(n, toItem!, (i) => i);
      const channels = axisOffsets(c, toChannel!, (i) => format === "CRD" ? i * block ** 2 : i);
      const rows = axisOffsets(h * block, 1, inBlock(block, toRow!));
      const columns = axisOffsets(w * block, 1, inBlock(1, toColumn!));
      return sumOffsets(
        format === "NHWC" ? [items, rows, columns, channels] : [items, channels, rows, columns],
      );
    });
  }

  override forward([x]: [Blob], [y]: [Blob]): void {
    this.#places.gather(x.data, y.data);
  }

  override backward([y]: [Blob], [wanted]: boolean[], [x]: [Blob]): void {
    if (wanted) this.#places.scatter(y.diff, x.diff);
  }

  /** What {@link forward} computes, in ONNX. */
  static onnx(
    graph: GraphBuilder,
    { bottoms: [x], param }: OnnxLayer<z.output<typeof DepthToSpaceParams>>,
  ): readonly OnnxValue[] {
    const { block_size: blocksize, data_format: format } = param, mode = format === "CRD" ? "CRD" : "DCR";
    if (format !== "NHWC") return [graph.node("DepthToSpace", [x], { blocksize, mode })];
    const channelsFirst = graph.node("Transpose", [x], { perm: [0, 3, 1, 2] });
    const spread = graph.node("DepthToSpace", [channelsFirst], { blocksize, mode });
    return [graph.node("Transpose", [spread], { perm: [0, 2, 3, 1] })];
  }
}
