import { NativeStruct } from "../native_struct.ts";
import { structs } from "../structs.ts";
import type { EngineSymbols } from "../symbols.ts";
import {
  type AxisShape,
  checkLength,
  checkRoom,
  checkShape,
  checkWhole,
  type Floats,
  floatsLength,
} from "./check.ts";
import { ReductionOps } from "./reductions.ts";
import { counted } from "../../base/counted.ts";

/** The sizes of a matrix product; see {@link Ops.gemm}. */
export interface GemmShape {
  /** Rows of op(A) and C. */
  readonly m: number;
  /** Columns of op(B) and C. */
  readonly n: number;
  /** Columns of op(A), rows of op(B). */
  readonly k: number;
  /** Whether A is stored as (k, m). */
  readonly transA?: boolean | undefined;
  /** Whether B is stored as (n, k). */
  readonly transB?: boolean | undefined;
  /** From the start of one row of A to the start of the next; default its width. */
  readonly lda?: number | undefined;
  /** The same for B. */
  readonly ldb?: number | undefined;
  /** The same for C. */
  readonly ldc?: number | undefined;
  /** Default 1. */
  readonly alpha?: number | undefined;
  /** Default 0: the old values of C are ignored. */
  readonly beta?: number | undefined;
}

/** The sizes of many matrix products; see {@link Ops.gemmBatch}. */
export interface GemmBatchShape extends GemmShape {
  /** How many products there are: (outer, inner). With attention, `inner` counts the heads. */
  readonly batch: readonly [outer: number, inner: number];
  /** From the start of one product's A to the next one's, along outer and along inner. */
  readonly strideA: readonly [outer: number, inner: number];
  /** The same for B. */
  readonly strideB: readonly [outer: number, inner: number];
  /** The same for C. */
  readonly strideC: readonly [outer: number, inner: number];
}

/** The sizes of a matrix times a vector; see {@link Ops.gemv}. */
export interface GemvShape {
  /** Rows of A. */
  readonly m: number;
  /** Columns of A. */
  readonly n: number;
  /** Whether to multiply by Aᵀ. */
  readonly transA?: boolean | undefined;
  /** From the start of one row of A to the start of the next; default n. */
  readonly lda?: number | undefined;
  /** Default 1. */
  readonly alpha?: number | undefined;
  /** Default 0: the old values of y are ignored. */
  readonly beta?: number | undefined;
}

/** How windows move over an image, as in Caffe's convolutions; see {@link Ops.im2col}. */
export interface ConvolutionWindow {
  /** Channels of the image. */
  readonly channels: number;
  /** Its height. */
  readonly height: number;
  /** Its width. */
  readonly width: number;
  /** Height and width of the window; one number for both. */
  readonly kernel: number | readonly [height: number, width: number];
  /** How far it moves; default 1. */
  readonly stride?: number | readonly [height: number, width: number] | undefined;
  /** Zeros around the image; default 0. */
  readonly pad?: number | readonly [height: number, width: number] | undefined;
  /** Distance between the window's taps; default 1. */
  readonly dilation?: number | readonly [height: number, width: number] | undefined;
}

/** Inputs and outputs of {@link Ops.normalizeBackward}. */
export interface NormalizeBackward {
  /** The input of forward: (rows, n). */
  readonly x: Floats;
  /** The gradient of y. */
  readonly dy: Floats;
  /** As in forward: one per column. */
  readonly gamma?: Floats | undefined;
  /** From forward: one per row. */
  readonly mean: Floats;
  /** From forward: one per row. */
  readonly rstd: Floats;
  /** The gradient of x, which is overwritten. */
  readonly dx?: Floats | undefined;
  /** The gradient of gamma, which is added to. */
  readonly dgamma?: Floats | undefined;
  /** The gradient of beta, which is added to. */
  readonly dbeta?: Floats | undefined;
}

/**
 * Vector math: the engine's own kernels for layers in TypeScript, vectorized, and on several threads if an
 * array is large. Arrays are views of blobs, parts of them (`subarray`), or any other Float32Array. Lengths
 * are checked: a RangeError says what does not fit, such as a stale view, which has no values, and a TypeError
 * that an array holds no 32-bit floats. An output may
 * be the same array as an input unless a function says otherwise; the result is undefined for arrays that
 * overlap in part.
 */
export class Ops extends ReductionOps {
  readonly #failed: (status: number) => void;
  // Structs of crema.h, used by one call at a time.
  readonly #batch = new NativeStruct(structs.crema_gemm_batch);
  readonly #window = new NativeStruct(structs.crema_window);

  /** Engines call this: `load` returns their functions, at the first use; `failed` throws a status's error. */
  constructor(load: () => EngineSymbols, failed: (status: number) => void) {
    super(load);
    this.#failed = failed;
  }

  /**
   * C = α op(A) op(B) + β C, in row-major order: op(A) is (m, k), op(B) is (k, n), C is (m, n). With
   * `transA`, A is stored as (k, m); with `transB`, B is stored as (n, k). C must not overlap A or B.
   */
  gemm(shape: GemmShape, a: Floats, b: Floats, c: Floats): void {
    const { m, n, k, transA = false, transB = false, alpha = 1, beta = 0 } = shape;
    const { lda = transA ? m : k, ldb = transB ? k : n, ldc = n } = shape;
    checkProduct(m, n, k);
    checkWhole("lda", lda, transA ? m : k);
    checkWhole("ldb", ldb, transB ? k : n);
    checkWhole("ldc", ldc, n);
    checkRoom("A", a, extent(transA ? k : m, transA ? m : k, lda));
    checkRoom("B", b, extent(transB ? n : k, transB ? k : n, ldb));
    checkRoom("C", c, extent(m, n, ldc));
    const { symbols } = this;
    const [la, lb, lc] = [Math.max(1, lda), Math.max(1, ldb), Math.max(1, ldc)];
    const status = symbols.crema_ops_gemm(
      transA ? 1 : 0,
      transB ? 1 : 0,
      m,
      n,
      k,
      alpha,
      a,
      la,
      b,
      lb,
      beta,
      c,
      lc,
    );
    if (status !== 0) this.#failed(status);
  }

  /**
   * Many products of one size. The product of outer index i and inner index j begins at
   * i · stride[0] + j · stride[1] in each array. With the heads of attention as `inner`, q, k and v need not
   * be copied apart.
   */
  gemmBatch(shape: GemmBatchShape, a: Floats, b: Floats, c: Floats): void {
    const { m, n, k, transA = false, transB = false, alpha = 1, beta = 0 } = shape;
    const { lda = transA ? m : k, ldb = transB ? k : n, ldc = n } = shape;
    const { batch: [outer, inner], strideA: [aOuter, aInner], strideB: [bOuter, bInner] } = shape;
    const { strideC: [cOuter, cInner] } = shape;
    checkProduct(m, n, k);
    checkWhole("lda", lda, transA ? m : k);
    checkWhole("ldb", ldb, transB ? k : n);
    checkWhole("ldc", ldc, n);
    checkWhole("batch[0]", outer);
    checkWhole("batch[1]", inner);
    const reach = (name: string, outerStride: number, innerStride: number) => {
      checkWhole(`${name}[0]`, outerStride);
      checkWhole(`${name}[1]`, innerStride);
      return (outer - 1) * outerStride + (inner - 1) * innerStride;
    };
    const some = outer * inner > 0;
    const reachA = reach("strideA", aOuter, aInner), reachB = reach("strideB", bOuter, bInner);
    const reachC = reach("strideC", cOuter, cInner);
    checkRoom("A", a, some ? reachA + extent(transA ? k : m, transA ? m : k, lda) : 0);
    checkRoom("B", b, some ? reachB + extent(transB ? n : k, transB ? k : n, ldb) : 0);
    checkRoom("C", c, some ? reachC + extent(m, n, ldc) : 0);
    if (!some) return;
    const struct = this.#batch, { fields } = struct;
    struct.setInt32(fields.transpose_a, transA ? 1 : 0);
    struct.setInt32(fields.transpose_b, transB ? 1 : 0);
    struct.setInt32(fields.m, m);
    struct.setInt32(fields.n, n);
    struct.setInt32(fields.k, k);
    struct.setInt32(fields.lda, Math.max(1, lda));
    struct.setInt32(fields.ldb, Math.max(1, ldb));
    struct.setInt32(fields.ldc, Math.max(1, ldc));
    struct.setInt32(fields.outer, outer);
    struct.setInt32(fields.inner, inner);
    struct.setInt32(fields.a_outer_stride, aOuter);
    struct.setInt32(fields.a_inner_stride, aInner);
    struct.setInt32(fields.b_outer_stride, bOuter);
    struct.setInt32(fields.b_inner_stride, bInner);
    struct.setInt32(fields.c_outer_stride, cOuter);
    struct.setInt32(fields.c_inner_stride, cInner);
    const status = this.symbols.crema_ops_gemm_batch(struct.bytes, alpha, a, b, beta, c);
    if (status !== 0) this.#failed(status);
  }

  /** y = α op(A) x + β y, where A is (m, n); with `transA`, op(A) is Aᵀ. y must not overlap A or x. */
  gemv(shape: GemvShape, a: Floats, x: Floats, y: Floats): void {
    const { m, n, transA = false, lda = n, alpha = 1, beta = 0 } = shape;
    checkWhole("m", m);
    checkWhole("n", n);
    checkWhole("lda", lda, n);
    checkRoom("A", a, extent(m, n, lda));
    checkLength("x", x, transA ? m : n);
    checkLength("y", y, transA ? n : m);
    const status = this.symbols.crema_ops_gemv(transA ? 1 : 0, m, n, alpha, a, Math.max(1, lda), x, beta, y);
    if (status !== 0) this.#failed(status);
  }

  /** y[o, a, i] = exp(x[o, a, i]) / Σ over the axis. y may be x. */
  softmax(shape: AxisShape, x: Floats, y: Floats): void {
    this.#softmax(0, shape, x, y);
  }

  /** dx = y (dy − Σ over the axis of y dy), where y = softmax x. dx may be dy. */
  softmaxBackward(shape: AxisShape, y: Floats, dy: Floats, dx: Floats): void {
    this.#softmaxBackward(0, shape, y, dy, dx);
  }

  /** y = the logarithm of softmax x; exact even where softmax itself is too small for a float. */
  logSoftmax(shape: AxisShape, x: Floats, y: Floats): void {
    this.#softmax(1, shape, x, y);
  }

  /** dx = dy − exp(y) · Σ over the axis of dy, where y = logSoftmax x. */
  logSoftmaxBackward(shape: AxisShape, y: Floats, dy: Floats, dx: Floats): void {
    this.#softmaxBackward(1, shape, y, dy, dx);
  }

  /**
   * Gives each of the `rows` rows of x mean 0 and variance 1: y = (x − mean) · rstd · gamma + beta, where
   * rstd = 1 / √(variance + epsilon) and the variance is that of the row (divided by n). mean and rstd
   * receive one value per row; gamma and beta, if given, have one value per column.
   */
  normalize(
    rows: number,
    x: Floats,
    options: { gamma?: Floats | undefined; beta?: Floats | undefined; epsilon?: number | undefined },
    y: Floats,
    mean: Floats,
    rstd: Floats,
  ): void {
    const { gamma, beta, epsilon = 1e-5 } = options;
    const { columns, length } = this.#columns(rows, x);
    checkLength("y", y, length);
    checkLength("mean", mean, rows);
    checkLength("rstd", rstd, rows);
    if (gamma !== undefined) checkLength("gamma", gamma, columns);
    if (beta !== undefined) checkLength("beta", beta, columns);
    this.symbols.crema_ops_normalize(
      rows,
      columns,
      x,
      gamma ?? null,
      beta ?? null,
      epsilon,
      y,
      mean,
      rstd,
    );
  }

  /** The gradients of {@link normalize}. dx may be dy. */
  normalizeBackward(rows: number, of: NormalizeBackward): void {
    const { x, dy, gamma, mean, rstd, dx, dgamma, dbeta } = of;
    const { columns, length } = this.#columns(rows, x);
    checkLength("dy", dy, length);
    checkLength("mean", mean, rows);
    checkLength("rstd", rstd, rows);
    if (dx !== undefined) checkLength("dx", dx, length);
    if (gamma !== undefined) checkLength("gamma", gamma, columns);
    if (dgamma !== undefined) checkLength("dgamma", dgamma, columns);
    if (dbeta !== undefined) checkLength("dbeta", dbeta, columns);
    const status = this.symbols.crema_ops_normalize_backward(
      rows,
      columns,
      x,
      dy,
      gamma ?? null,
      mean,
      rstd,
      dx ?? null,
      dgamma ?? null,
      dbeta ?? null,
    );
    if (status !== 0) this.#failed(status);
  }

  /** The shape of im2col's columns: (channels, kernel height, kernel width, out height, out width). */
  columnsShape(window: ConvolutionWindow): [number, number, number, number, number] {
    return this.#setWindow(window).columns;
  }

  /**
   * The values that each tap of the window sees in one image: columns of shape (channels, kernel height,
   * kernel width, out height, out width), 0 outside the image. A convolution is then one matrix product.
   */
  im2col(window: ConvolutionWindow, image: Floats, columns: Floats): void {
    this.#checkColumns(window, image, columns);
    const status = this.symbols.crema_ops_im2col(this.#window.bytes, image, columns);
    if (status !== 0) this.#failed(status);
  }

  /** The way back: each pixel of the image becomes the sum of the columns that saw it. */
  col2im(window: ConvolutionWindow, columns: Floats, image: Floats): void {
    this.#checkColumns(window, image, columns);
    const status = this.symbols.crema_ops_col2im(this.#window.bytes, columns, image);
    if (status !== 0) this.#failed(status);
  }

  #softmax(log: number, shape: AxisShape, x: Floats, y: Floats): void {
    const { outer, axis, inner, length } = checkShape("x", x, shape);
    checkLength("y", y, length);
    this.symbols.crema_ops_softmax(log, outer, axis, inner, x, y);
  }

  #softmaxBackward(log: number, shape: AxisShape, y: Floats, dy: Floats, dx: Floats): void {
    const { outer, axis, inner, length } = checkShape("y", y, shape);
    checkLength("dy", dy, length);
    checkLength("dx", dx, length);
    this.symbols.crema_ops_softmax_backward(log, outer, axis, inner, y, dy, dx);
  }

  #columns(rows: number, x: Floats): { columns: number; length: number } {
    checkWhole("rows", rows);
    const length = floatsLength("x", x);
    if (rows === 0 ? length !== 0 : length % rows !== 0) {
      throw new RangeError(
        `Expected x to have ${counted(rows, "row")} of equal length but found ${counted(length, "value")}`,
      );
    }
    const columns = rows === 0 ? 0 : length / rows;
    checkWhole("the length of a row", columns);
    return { columns, length };
  }

  /** Sets the struct of the window. Returns the number of values of an image, and the shape of its columns. */
  #setWindow(window: ConvolutionWindow): {
    image: number;
    columns: [number, number, number, number, number];
  } {
    const { channels, height, width } = window;
    const pair = (name: string, value: number | readonly [number, number], least: number) => {
      const [y, x] = typeof value === "number" ? [value, value] : value;
      checkWhole(name, y, least);
      checkWhole(name, x, least);
      return [y, x] as const;
    };
    for (const [name, size] of Object.entries({ channels, height, width })) checkWhole(name, size);
    const kernel = pair("kernel", window.kernel, 1);
    const stride = pair("stride", window.stride ?? 1, 1);
    const pad = pair("pad", window.pad ?? 0, 0);
    const dilation = pair("dilation", window.dilation ?? 1, 1);
    const struct = this.#window, { fields } = struct;
    struct.setInt32(fields.channels, channels);
    struct.setInt32(fields.height, height);
    struct.setInt32(fields.width, width);
    struct.setInt32(fields.kernel_height, kernel[0]);
    struct.setInt32(fields.kernel_width, kernel[1]);
    struct.setInt32(fields.stride_height, stride[0]);
    struct.setInt32(fields.stride_width, stride[1]);
    struct.setInt32(fields.pad_height, pad[0]);
    struct.setInt32(fields.pad_width, pad[1]);
    struct.setInt32(fields.dilation_height, dilation[0]);
    struct.setInt32(fields.dilation_width, dilation[1]);
    const out = (size: number, i: 0 | 1) =>
      Math.max(0, Math.floor((size + 2 * pad[i] - (dilation[i] * (kernel[i] - 1) + 1)) / stride[i]) + 1);
    return {
      image: channels * height * width,
      columns: [channels, kernel[0], kernel[1], out(height, 0), out(width, 1)],
    };
  }

  #checkColumns(window: ConvolutionWindow, image: Floats, columns: Floats): void {
    const sizes = this.#setWindow(window);
    checkLength("image", image, sizes.image);
    const length = sizes.columns.reduce((a, b) => a * b);
    checkWhole("the size of columns", length);
    checkLength("columns", columns, length);
  }
}

/** How many values a matrix spans whose rows are `leading` apart. */
function extent(rows: number, columns: number, leading: number): number {
  return rows === 0 || columns === 0 ? 0 : (rows - 1) * leading + columns;
}

function checkProduct(m: number, n: number, k: number): void {
  checkWhole("m", m);
  checkWhole("n", n);
  checkWhole("k", k);
}
