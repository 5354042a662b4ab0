import type { Blob } from "../ffi/blob.ts";
import { Layer } from "./layer.ts";

/** The weight of the angle. */
const ANGLE = 20;

/**
 * EAST's loss of rotated boxes: the mean over all pixels of s (−ln((I + 1)/(U + 1)) + 20 (1 − cos(θ − θ̂))). Bottoms: predictions
 * (N, 5, H, W), each pixel's distances d₁ … d₄ from the top, right, bottom and left side of its box, and its angle θ; their targets,
 * likewise; and the score map s (N, 1, H, W). Top: the loss, (1). With h = min(d₁, d̂₁) + min(d₃, d̂₃) and w = min(d₂, d̂₂) +
 * min(d₄, d̂₄), the intersection is I = w h, and the union U = (d₁ + d₃)(d₂ + d₄) + (d̂₁ + d̂₃)(d̂₂ + d̂₄) − I. Targets and scores
 * have no gradient.
 *
 * Zhou et al.: EAST: An Efficient and Accurate Scene Text Detector, CVPR 2017, arXiv:1704.03155; the Python layer
 * `pylayerUtils.RBoxLossLayer` of EAST-caffe, whose gradient does not depend on the loss's weight.
 */
export class RBoxLossLayer extends Layer {
  static type = "RBoxLoss";
  static isLoss = true;
  static bottoms = 3;
  static tops = 1;
  static examples = [{
    bottoms: [
      { shape: [2, 5, 2, 2], range: [0.2, 3] as const },
      { shape: [2, 5, 2, 2], range: [0.2, 3] as const, gradient: false },
      { shape: [2, 1, 2, 2], range: [0, 1] as const, gradient: false },
    ],
  }];

  override reshape([x, target, scores]: [Blob, Blob, Blob], [loss]: [Blob]): void {
    const shape = x.shape.join();
    if (
      x.numAxes !== 4 || x.shape[1] !== 5 || target.shape.join() !== shape || 5 * scores.count !== x.count
    ) {
      throw new RangeError(
        `Expected bottoms (N, 5, H, W), (N, 5, H, W) and (N, 1, H, W) but found ${
          [x, target, scores].map((blob) => `(${blob.shape.join(", ")})`).join(", ")
        }`,
      );
    }
    loss.reshape(1);
  }

  override forward([x, target, scores]: [Blob, Blob, Blob], [loss]: [Blob]): void {
    let sum = 0;
    this.#each(x, target, (pixel, own, wanted) => {
      const { inner, union } = overlap(own, wanted);
      const angle = 1 - Math.cos(own[4]! - wanted[4]!);
      sum += scores.data[pixel]! * (ANGLE * angle - Math.log((inner + 1) / (union + 1)));
    });
    loss.data[0] = sum / scores.count;
  }

  override backward(
    [loss]: [Blob],
    propagateDown: boolean[],
    [x, target, scores]: [Blob, Blob, Blob],
  ): void {
    if (propagateDown[1]) target.diff.fill(0);
    if (propagateDown[2]) scores.diff.fill(0);
    if (!propagateDown[0]) return;
    const to = x.diff, factor = loss.diff[0]! / scores.count;
    this.#each(x, target, (pixel, own, wanted, placeOf) => {
      const { inner, union, width, height } = overlap(own, wanted), weight = factor * scores.data[pixel]!;
      for (let k = 0; k < 4; k++) {
        const across = k % 2 === 0 ? own[1]! + own[3]! : own[0]! + own[2]!;
        const more = own[k]! <= wanted[k]! ? (k % 2 === 0 ? width : height) : 0;
        to[placeOf(k)] = weight * ((across - more) / (union + 1) - more / (inner + 1));
      }
      to[placeOf(4)] = weight * ANGLE * Math.sin(own[4]! - wanted[4]!);
    });
  }

  /** Calls with each pixel, its five numbers in both bottoms, and where they are. */
  #each(
    x: Blob,
    target: Blob,
    call: (pixel: number, own: number[], wanted: number[], placeOf: (k: number) => number) => void,
  ): void {
    const [items = 0, , height = 0, width = 0] = x.shape, area = height * width;
    const values = x.data, targets = target.data, all = [0, 1, 2, 3, 4];
    for (let n = 0; n < items; n++) {
      for (let at = 0; at < area; at++) {
        const placeOf = (k: number) => (n * 5 + k) * area + at;
        const own = all.map((k) => values[placeOf(k)]!), wanted = all.map((k) => targets[placeOf(k)]!);
        call(n * area + at, own, wanted, placeOf);
      }
    }
  }
}

interface Overlap {
  readonly width: number;
  readonly height: number;
  readonly inner: number;
  readonly union: number;
}

/** How the boxes of a pixel overlap, by their distances. */
function overlap(own: readonly number[], wanted: readonly number[]): Overlap {
  const side = (k: number) => Math.min(own[k]!, wanted[k]!) + Math.min(own[k + 2]!, wanted[k + 2]!);
  const area = (box: readonly number[]) => (box[0]! + box[2]!) * (box[1]! + box[3]!);
  const height = side(0), width = side(1), inner = width * height;
  return { width, height, inner, union: area(own) + area(wanted) - inner };
}
