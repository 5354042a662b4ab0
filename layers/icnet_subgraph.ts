import type { Blob } from "../ffi/blob.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../onnx/mod.ts";
import { numbers } from "../onnx/export/exported_layer.ts";
import { Layer } from "./layer.ts";
import { refuseInPlace } from "./shared/refuse_in_place.ts";

/** Sizes and steps of a branch's windows along one axis. */
interface Windows {
  readonly size: number;
  readonly step: number;
}

/** The branches: the windows over the rows, and those over the columns. */
const BRANCHES: readonly (readonly [rows: Windows, columns: Windows])[] = [
  [{ size: 33, step: 33 }, { size: 65, step: 65 }],
  [{ size: 17, step: 16 }, { size: 33, step: 32 }],
  [{ size: 13, step: 10 }, { size: 25, step: 20 }],
  [{ size: 8, step: 5 }, { size: 15, step: 10 }],
];

/** What one index of an axis is a sum of: neighbouring indices of another, from `first` on, with their weights. */
interface Taps {
  readonly first: number;
  readonly weights: readonly number[];
}

/** The poolings and the resizing of a branch. */
interface Branch {
  readonly pool: readonly [rows: readonly Taps[], columns: readonly Taps[]];
  readonly resize: readonly [rows: readonly Taps[], columns: readonly Taps[]];
}

/**
 * The pyramid pooling of ICNet: y = x + Σ resize(pool(x)), with four average poolings whose windows are made for images of
 * 33 × 65 positions: 33 × 65, 17 × 33, 13 × 25 and 8 × 15, in steps of 33 × 65, 16 × 32, 10 × 20 and 5 × 10. What is pooled is resized to
 * x's size, linearly and with its corners in the corners. Bottom and top: (N, C, H, W). Windows end at the border, and are
 * divided by how many positions they have. The gradient goes back the same way.
 *
 * Zhao et al.: ICNet for Real-Time Semantic Segmentation, ECCV 2018, arXiv:1704.08545; ICNetSubgraph of Synopsys' Caffe.
 */
export class ICNetSubgraphLayer extends Layer {
  static type = "ICNetSubgraph";
  static bottoms = 1;
  static tops = 1;
  static examples = [{ bottoms: [[2, 1, 12, 11]] }];
  #size = "";
  #branches: readonly Branch[] = [];

  override reshape([x]: [Blob], [y]: [Blob]): void {
    refuseInPlace([x], [y]);
    const [, , height = 0, width = 0] = x.shape;
    // A smaller image has no window of the last branches.
    if (x.numAxes !== 4 || height < 4 || width < 6) {
      throw new RangeError(
        `Expected a bottom (N, C, H, W) of at least 4 × 6 positions but found (${x.shape.join(", ")})`,
      );
    }
    y.reshapeLike(x);
    if (this.#size === `${height} ${width}`) return;
    this.#size = `${height} ${width}`;
    this.#branches = BRANCHES.map(([down, across]) => {
      const rows = poolTaps(height, down), columns = poolTaps(width, across);
      return {
        pool: [rows, columns],
        resize: [resizeTaps(rows.length, height), resizeTaps(columns.length, width)],
      };
    });
  }

  override forward([x]: [Blob], [y]: [Blob]): void {
    const [items = 0, channels = 0, height = 0, width = 0] = x.shape, planes = items * channels;
    this.ops.copy(x.data, y.data);
    for (const { pool, resize } of this.#branches) {
      const across = pool[1].length, down = pool[0].length;
      const narrow = gather(pool[1], x.data, { outer: planes * height, size: width, inner: 1 });
      const pooled = gather(pool[0], narrow, { outer: planes, size: height, inner: across });
      const tall = gather(resize[0], pooled, { outer: planes, size: down, inner: across });
      this.ops.axpy(1, gather(resize[1], tall, { outer: planes * height, size: across, inner: 1 }), y.data);
    }
  }

  override backward([y]: [Blob], [wanted]: boolean[], [x]: [Blob]): void {
    if (!wanted) return;
    const [items = 0, channels = 0, height = 0, width = 0] = x.shape, planes = items * channels;
    this.ops.copy(y.diff, x.diff);
    for (const { pool, resize } of this.#branches) {
      const across = pool[1].length, down = pool[0].length;
      const tall = scatter(resize[1], y.diff, { outer: planes * height, size: across, inner: 1 });
      const pooled = scatter(resize[0], tall, { outer: planes, size: down, inner: across });
      const narrow = scatter(pool[0], pooled, { outer: planes, size: height, inner: across });
      this.ops.axpy(1, scatter(pool[1], narrow, { outer: planes * height, size: width, inner: 1 }), x.diff);
    }
  }

  /** What {@link forward} computes, in ONNX. */
  static onnx(graph: GraphBuilder, layer: OnnxLayer): readonly OnnxValue[] {
    const [x] = layer.bottoms, [height, width] = numbers(layer, x.shape.slice(2)) as [number, number];
    const matrix = (length: number, windows: Windows, name: string, transposed: boolean) => {
      const pool = poolTaps(length, windows), resize = resizeTaps(pool.length, length);
      const values = new Float32Array(length * length);
      for (const [i, taps] of resize.entries()) {
        for (const [j, weight] of taps.weights.entries()) {
          const { first, weights } = pool[taps.first + j]!;
          for (const [k, part] of weights.entries()) {
            const at = transposed ? (first + k) * length + i : i * length + first + k;
            values[at]! += weight * part;
          }
        }
      }
      return graph.constant({ shape: [length, length], data: values, type: "float32" }, name);
    };
    const branches = BRANCHES.map(([down, across]) =>
      graph.node("MatMul", [
        matrix(height, down, "rows", false),
        graph.node("MatMul", [x, matrix(width, across, "columns", true)]),
      ])
    );
    return [graph.node("Sum", [x, ...branches])];
  }
}

/** The means over windows, as many as touch the axis. */
function poolTaps(length: number, { size, step }: Windows): Taps[] {
  return Array.from({ length: Math.ceil((length - size) / step) + 1 }, (_, i) => {
    const count = Math.min(size, length - i * step);
    return { first: i * step, weights: new Array<number>(count).fill(1 / count) };
  });
}

/** Linear interpolation from `from` to `to` positions, with the outermost ones at the same place. */
function resizeTaps(from: number, to: number): Taps[] {
  return Array.from({ length: to }, (_, i) => {
    const at = to > 1 ? i * (from - 1) / (to - 1) : 0, first = Math.floor(at), part = at - first;
    return { first, weights: first + 1 < from ? [1 - part, part] : [1] };
  });
}

/** An array (outer, size, inner), of which the middle axis is what taps are about. */
interface Layout {
  readonly outer: number;
  readonly size: number;
  readonly inner: number;
}

/** (outer, size, inner) → (outer, taps, inner). */
function gather(
  taps: readonly Taps[],
  from: Float32Array,
  { outer, size, inner }: Layout,
): Float32Array<ArrayBuffer> {
  const to = new Float32Array(outer * taps.length * inner);
  for (let o = 0, start = 0; o < outer; o++) {
    for (const { first, weights } of taps) {
      for (let t = 0, at = (o * size + first) * inner; t < weights.length; t++, at += inner) {
        for (let k = 0; k < inner; k++) to[start + k]! += weights[t]! * from[at + k]!;
      }
      start += inner;
    }
  }
  return to;
}

/** The transpose of {@link gather}: (outer, taps, inner) → (outer, size, inner). */
function scatter(
  taps: readonly Taps[],
  from: Float32Array,
  { outer, size, inner }: Layout,
): Float32Array<ArrayBuffer> {
  const to = new Float32Array(outer * size * inner);
  for (let o = 0, start = 0; o < outer; o++) {
    for (const { first, weights } of taps) {
      for (let t = 0, at = (o * size + first) * inner; t < weights.length; t++, at += inner) {
        for (let k = 0; k < inner; k++) to[at + k]! += weights[t]! * from[start + k]!;
      }
      start += inner;
    }
  }
  return to;
}
