import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../onnx/mod.ts";
import { lengths, reshaped, shapeOf } from "../onnx/graph_parts.ts";
import { numbers } from "../onnx/export/exported_layer.ts";
import { Layer, type LayerContext } from "./layer.ts";
import { refuseInPlace } from "./shared/refuse_in_place.ts";

const element = z.number().optional();

/** `st_param` of a {@link SpatialTransformerLayer}. */
export const SpatialTransformerParams = z.strictObject({
  transform_type: z.literal("affine").default("affine").describe("the kind of transformation"),
  sampler_type: z.literal("bilinear").default("bilinear").describe("how values between pixels are found"),
  output_H: z.int().positive().optional().describe("the top's height; by default the bottom's"),
  output_W: z.int().positive().optional().describe("the top's width; by default the bottom's"),
  to_compute_dU: z.boolean().default(true).describe("whether the images have a gradient"),
  theta_1_1: element.describe("a fixed element of θ, which the second bottom then leaves out"),
  theta_1_2: element.describe("likewise"),
  theta_1_3: element.describe("likewise"),
  theta_2_1: element.describe("likewise"),
  theta_2_2: element.describe("likewise"),
  theta_2_3: element.describe("likewise"),
});

const ELEMENTS = ["theta_1_1", "theta_1_2", "theta_1_3", "theta_2_1", "theta_2_2", "theta_2_3"] as const;

/**
 * Samples images through an affine transformation of each: with u = 2 h / H′ − 1 and v = 2 w / W′ − 1 at the top's pixel
 * (h, w), the bottom is read, bilinearly, at row (θ₁₁ u + θ₁₂ v + θ₁₃ + 1) H / 2 and column
 * (θ₂₁ u + θ₂₂ v + θ₂₃ + 1) W / 2, with zeros outside. Bottoms: images (N, C, H, W), and the elements of θ that are not
 * fixed, row by row, (N, 6 or fewer); top: (N, C, H′, W′). Both bottoms have a gradient.
 *
 * Jaderberg, Simonyan, Zisserman, Kavukcuoglu: Spatial Transformer Networks, NIPS 2015; SpatialTransformer of
 * daerduoCarey's fork of Caffe.
 */
export class SpatialTransformerLayer extends Layer<z.output<typeof SpatialTransformerParams>> {
  static type = "SpatialTransformer";
  static typeParam = "st_param";
  static params = SpatialTransformerParams;
  static bottoms = 2;
  static tops = 1;
  static examples = [
    {
      bottoms: [[2, 2, 4, 3], {
        shape: [2, 6],
        values: [0.83, 0.11, 0.07, -0.09, 0.71, 0.13],
        gradient: true,
      }],
    },
    {
      bottoms: [[2, 1, 3, 3], { shape: [2, 2], values: [0.13, 0.21], gradient: true }],
      param: { output_H: 2, output_W: 4, theta_1_1: 0.61, theta_1_2: 0, theta_2_1: 0, theta_2_2: 0.57 },
    },
  ];
  readonly #fixed: readonly (number | undefined)[];

  /** Reads the parameters. */
  constructor(context: LayerContext<z.output<typeof SpatialTransformerParams>>) {
    super(context);
    this.#fixed = ELEMENTS.map((name) => this.param[name]);
  }

  override reshape([x, theta]: [Blob, Blob], [y]: [Blob]): void {
    refuseInPlace([x], [y]);
    const [items = 0, channels = 0, height = 0, width = 0] = x.shape;
    if (x.numAxes !== 4) {
      throw new RangeError(`Expected images (N, C, H, W) but found (${x.shape.join(", ")})`);
    }
    const free = this.#fixed.filter((value) => value === undefined).length;
    if (theta.count !== items * free) {
      throw new RangeError(
        `Expected ${free} elements of θ for each of ${items} images but found ${theta.count} in all`,
      );
    }
    y.reshape(items, channels, this.param.output_H ?? height, this.param.output_W ?? width);
  }

  override forward([x, theta]: [Blob, Blob], [y]: [Blob]): void {
    const from = x.data, to = y.data.fill(0), channels = x.shape[1]!;
    const inner = x.shape[2]! * x.shape[3]!, outer = y.shape[2]! * y.shape[3]!;
    this.#eachCorner(x, theta, y, ({ n, pixel, at, rowWeight, columnWeight }) => {
      const weight = rowWeight * columnWeight;
      for (let c = 0; c < channels; c++) {
        to[(n * channels + c) * outer + pixel]! += weight * from[(n * channels + c) * inner + at]!;
      }
    });
  }

  override backward([y]: [Blob], propagateDown: boolean[], [x, theta]: [Blob, Blob]): void {
    const dy = y.diff, from = x.data, [, channels = 0, height = 0, width = 0] = x.shape;
    const dx = propagateDown[0] ? x.diff.fill(0) : undefined,
      dTheta = propagateDown[1] ? theta.diff.fill(0) : undefined;
    const moves = this.param.to_compute_dU ? dx : undefined;
    const inner = height * width, outer = y.shape[2]! * y.shape[3]!;
    const free = [...ELEMENTS.keys()].filter((k) => this.#fixed[k] === undefined);
    this.#eachCorner(x, theta, y, (corner) => {
      const { n, pixel, at, rowWeight, columnWeight, rowSign, columnSign, grid } = corner;
      for (let c = 0; c < channels; c++) {
        const slope = dy[(n * channels + c) * outer + pixel]!, i = (n * channels + c) * inner + at;
        if (moves !== undefined) moves[i]! += rowWeight * columnWeight * slope;
        if (dTheta === undefined) continue;
        const alongRow = rowSign * columnWeight * from[i]! * slope * height / 2;
        const alongColumn = columnSign * rowWeight * from[i]! * slope * width / 2;
        for (const [place, k] of free.entries()) {
          dTheta[n * free.length + place]! += (k < 3 ? alongRow : alongColumn) * grid[k % 3]!;
        }
      }
    });
  }

  /** Calls `run` for each of the up to four pixels of the bottom that a pixel of the top lies between. */
  #eachCorner(x: Blob, thetaBlob: Blob, y: Blob, run: (corner: Corner) => void): void {
    const [items = 0, , height = 0, width = 0] = x.shape, [, , rows = 0, columns = 0] = y.shape;
    const given = thetaBlob.data;
    let next = 0;
    for (let n = 0; n < items; n++) {
      const theta = this.#fixed.map((value) => value ?? given[next++]!);
      for (let pixel = 0; pixel < rows * columns; pixel++) {
        const grid = [
          2 * Math.floor(pixel / columns) / rows - 1,
          2 * (pixel % columns) / columns - 1,
          1,
        ] as const;
        const place = (k: number) => theta[k]! * grid[0] + theta[k + 1]! * grid[1] + theta[k + 2]! + 1;
        const row = place(0) * height / 2, column = place(3) * width / 2;
        for (const [down, right] of [[0, 0], [0, 1], [1, 0], [1, 1]] as const) {
          const m = Math.floor(row) + down, k = Math.floor(column) + right;
          if (!(m >= 0 && m < height && k >= 0 && k < width)) continue;
          run({
            n,
            pixel,
            at: m * width + k,
            rowWeight: 1 - Math.abs(row - m),
            columnWeight: 1 - Math.abs(column - k),
            rowSign: 2 * down - 1,
            columnSign: 2 * right - 1,
            grid,
          });
        }
      }
    }
  }

  /** What {@link forward} computes, in ONNX. */
  static onnx(
    graph: GraphBuilder,
    layer: OnnxLayer<z.output<typeof SpatialTransformerParams>>,
  ): readonly OnnxValue[] {
    const [x, theta] = layer.bottoms, [to] = layer.tops, { param } = layer;
    const [height, width] = numbers(layer, x.shape.slice(2)) as [number, number];
    const [rows, columns] = numbers(layer, to.slice(2)) as [number, number];
    graph.needs(16);
    // θ whole, from its free elements: the columns' part first, as GridSample has it.
    const given = ELEMENTS.map((name) => param[name]),
      free = [...given.keys()].filter((k) => given[k] === undefined);
    const place = (k: number) => (k + 3) % 6;
    const spread = new Float32Array(free.length * 6), fixed = new Float32Array(6);
    for (const [i, k] of free.entries()) spread[6 * i + place(k)] = 1;
    for (const [k, value] of given.entries()) fixed[place(k)] = value ?? 0;
    const flat = reshaped(graph, theta!, [-1, free.length]);
    const moved = free.length === 0
      ? graph.node("Expand", [graph.floats(fixed), shapeOf(graph, [lengths(graph, x, [0]), 6])])
      : graph.node("Add", [
        graph.node("MatMul", [flat, graph.floats(spread, [free.length, 6])]),
        graph.floats(fixed),
      ]);
    const matrix = graph.node("Transpose", [reshaped(graph, moved, [-1, 2, 3])], { perm: [0, 2, 1] });
    const grid = Float32Array.from({ length: 3 * rows * columns }, (_, i) => {
      const pixel = Math.floor(i / 3);
      return i % 3 === 2
        ? 1
        : i % 3 === 1
        ? 2 * (pixel % columns) / columns - 1
        : 2 * Math.floor(pixel / columns) / rows - 1;
    });
    const pixels = graph.constant({ shape: [rows * columns, 3], data: grid, type: "float32" }, "grid");
    // GridSample's places are half a pixel less.
    const places = graph.node("Add", [
      graph.node("MatMul", [pixels, matrix]),
      graph.floats([1 / width, 1 / height]),
    ]);
    return [graph.node("GridSample", [x, reshaped(graph, places, [0, rows, columns, 2])], {
      mode: "bilinear",
      padding_mode: "zeros",
      align_corners: 0,
    })];
  }
}

/** A pixel of the bottom that a pixel of the top takes something of. */
interface Corner {
  /** The image. */
  readonly n: number;
  /** The top's pixel, and the bottom's, in a channel. */
  readonly pixel: number;
  readonly at: number;
  /** The product of both is the part that is taken. */
  readonly rowWeight: number;
  readonly columnWeight: number;
  /** The derivatives of the weights along the row's and the column's place. */
  readonly rowSign: number;
  readonly columnSign: number;
  /** u, v, 1 of the top's pixel. */
  readonly grid: readonly [u: number, v: number, one: number];
}
