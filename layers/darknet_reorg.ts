import type { Blob } from "../ffi/blob.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../onnx/mod.ts";
import { reorganized } from "../onnx/export/reorg.ts";
import { Layer } from "./layer.ts";
import { Rearrangement } from "./shared/rearrangement.ts";
import { refuseInPlace } from "./shared/refuse_in_place.ts";
import { axisOffsets, sumOffsets } from "./shared/sum_offsets.ts";

/** The side of the blocks. */
const SIDE = 2;

/**
 * Darknet's reorg layer with a stride of 2: (N, C, H, W) becomes (N, 4 C, H / 2, W / 2), in darknet's order: the bottom
 * is taken for x (N, C / 4, 2 H, 2 W), whose blocks become the channels of y (N, C, H, W):
 * y[n, (2 a + b) C / 4 + c, h, w] = x[n, c, 2 h + a, 2 w + b]; and the values of y get the top's shape. The type `Reorg`
 * is the same. The gradient goes back the same way.
 *
 * darknet_reorg of Synopsys' Caffe, the Python layer `yolov2.darknet_reorg`.
 */
export class darknet_reorg extends Layer {
  static type = "DarknetReorg";
  static bottoms = 1;
  static tops = 1;
  static examples = [{ bottoms: [[2, 4, 2, 4]] }];
  readonly #places = new Rearrangement();

  override reshape([x]: [Blob], [y]: [Blob]): void {
    refuseInPlace([x], [y]);
    const [items = 0, channels = 0, height = 0, width = 0] = x.shape;
    if (x.numAxes !== 4 || channels % SIDE ** 2 !== 0 || height % SIDE !== 0 || width % SIDE !== 0) {
      throw new RangeError(
        `Expected a bottom (N, C, H, W) with channels that 4 divides and even sizes but found (${
          x.shape.join(", ")
        })`,
      );
    }
    y.reshape(items, channels * SIDE ** 2, height / SIDE, width / SIDE);
    this.#places.prepare(x.shape, () => {
      const few = channels / SIDE ** 2, row = width * SIDE, same = (i: number) => i;
      return sumOffsets([
        axisOffsets(items, channels * height * width, same),
        axisOffsets(SIDE, row, same),
        axisOffsets(SIDE, 1, same),
        axisOffsets(few, height * SIDE * row, same),
        axisOffsets(height, SIDE * row, same),
        axisOffsets(width, SIDE, same),
      ]);
    });
  }

  override forward([x]: [Blob], [y]: [Blob]): void {
    this.#places.gather(x.data, y.data);
  }

  override backward([y]: [Blob], [wanted]: boolean[], [x]: [Blob]): void {
    if (wanted) this.#places.scatter(y.diff, x.diff);
  }

  /** What {@link forward} computes, in ONNX. */
  static onnx(graph: GraphBuilder, layer: OnnxLayer): readonly OnnxValue[] {
    return [reorganized(graph, layer, SIDE)];
  }
}
