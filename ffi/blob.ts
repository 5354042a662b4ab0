import { CremaError } from "../base/error.ts";
import type { Engine } from "./engine.ts";
import type { Lifetime } from "./lifetime.ts";
import { floatsLength } from "./ops/check.ts";
import { viewAt } from "./view_registry.ts";
import { counted } from "../base/counted.ts";

/** The most axes that a blob can have, as in Caffe. */
const MAX_AXES = 32;

/** Receives a shape from the engine, for one call at a time. */
const dims = new Int32Array(MAX_AXES);
const sums = new Float64Array(2);
const asum = sums.subarray(0, 1);
const sumsq = sums.subarray(1, 2);
const EMPTY = new Float32Array();

/**
 * An array of floats with a shape, (N, C, H, W) for images, and its gradient: the input and output of layers.
 * It belongs to a net; once the net is disposed, every use throws a CremaError.
 */
export class Blob {
  readonly #engine: Engine;
  readonly #lifetime: Lifetime;
  readonly #pointer: Deno.PointerObject;
  #shape: readonly number[] = Object.freeze([]);
  #data = EMPTY;
  #dataAddress = 0n;
  #diff = EMPTY;
  #diffAddress = 0n;

  /** Wraps a `crema_blob*`; nets and layers do this. */
  constructor(engine: Engine, lifetime: Lifetime, pointer: Deno.PointerObject) {
    this.#engine = engine;
    this.#lifetime = lifetime;
    this.#pointer = pointer;
  }

  /** The sizes of the axes, outermost first; empty for a scalar. */
  get shape(): readonly number[] {
    const axes = this.#readShape();
    const shape = this.#shape;
    let same = shape.length === axes;
    for (let axis = 0; same && axis < axes; axis++) same = shape[axis] === dims[axis];
    return same ? shape : this.#shape = Object.freeze(Array.from(dims.subarray(0, axes)));
  }

  /** The number of values: the product of the shape, 1 for a scalar. */
  get count(): number {
    const axes = this.#readShape();
    let count = 1;
    for (let axis = 0; axis < axes; axis++) count *= dims[axis]!;
    return count;
  }

  /** The number of axes. */
  get numAxes(): number {
    return this.#readShape();
  }

  /** Size of axis 0, 1 if there is none. Throws a CremaError for a blob of more than 4 axes. */
  get num(): number {
    return this.#legacy(0);
  }

  /** Size of axis 1, 1 if there is none. Throws a CremaError for a blob of more than 4 axes. */
  get channels(): number {
    return this.#legacy(1);
  }

  /** Size of axis 2, 1 if there is none. Throws a CremaError for a blob of more than 4 axes. */
  get height(): number {
    return this.#legacy(2);
  }

  /** Size of axis 3, 1 if there is none. Throws a CremaError for a blob of more than 4 axes. */
  get width(): number {
    return this.#legacy(3);
  }

  /**
   * The values, last axis fastest: the engine's own memory, not a copy. Get it again in every callback instead
   * of keeping it: once the memory is freed, a kept view has length 0. Throws a CremaError when the engine
   * can't provide it.
   */
  get data(): Float32Array<ArrayBuffer> {
    const count = this.count;
    const address = this.#engine.symbols.crema_blob_data(this.#pointer);
    if (address === this.#dataAddress && this.#data.length === count) return this.#data;
    this.#dataAddress = address;
    return this.#data = this.#view(address, count);
  }

  /** The gradients, like {@link data}. */
  get diff(): Float32Array<ArrayBuffer> {
    const count = this.count;
    const address = this.#engine.symbols.crema_blob_diff(this.#pointer);
    if (address === this.#diffAddress && this.#diff.length === count) return this.#diff;
    this.#diffAddress = address;
    return this.#diff = this.#view(address, count);
  }

  /**
   * Gives the blob another shape: `reshape(64, 10)`, `reshape([64, 10])`, or `reshape()` for a scalar. Do not
   * rely on its values being kept. Throws a CremaError when a size is not a whole number or is negative.
   */
  reshape(...shape: number[] | [readonly number[]]): void {
    // A copy: what is checked is what the engine gets, even if the array is a Proxy.
    const sizes = (Array.isArray(shape[0]) ? [...shape[0]] : shape) as readonly number[];
    this.#lifetime.check();
    if (sizes.length > MAX_AXES) {
      throw new CremaError(
        `Expected a blob of at most ${MAX_AXES} axes but found ${sizes.length}`,
      );
    }
    for (const size of sizes) {
      if (!Number.isInteger(size) || size < 0 || size > 0x7fffffff) {
        throw new CremaError(
          `Expected axis sizes to be whole numbers, at least 0, but found (${sizes.join(", ")})`,
        );
      }
    }
    dims.set(sizes);
    this.#engine.check(this.#engine.symbols.crema_blob_reshape(this.#pointer, dims, sizes.length));
  }

  /** Gives the blob the shape of another. */
  reshapeLike(other: Blob): void {
    this.reshape(other.shape);
  }

  /** Copies the values (or gradients) out. The engine keeps its own memory layout. */
  read(what: "data" | "diff" = "data"): Float32Array<ArrayBuffer> {
    const values = new Float32Array(this.count);
    this.#engine.check(
      this.#engine.symbols.crema_blob_read(this.#pointer, flag(what), 0n, values, BigInt(values.length)),
    );
    return values;
  }

  /**
   * Copies values (or gradients) in, from element `offset` on. The engine keeps its own memory layout. Throws
   * a CremaError when they do not fit, and a TypeError when they are no Float32Array.
   */
  write(values: Float32Array<ArrayBuffer>, what: "data" | "diff" = "data", offset = 0): void {
    const count = this.count, length = floatsLength("values", values);
    if (!Number.isInteger(offset) || offset < 0 || offset + length > count) {
      throw new CremaError(
        `Expected at most ${counted(count, "value")} but found ${length} from element ${offset} on`,
      );
    }
    this.#engine.check(
      this.#engine.symbols.crema_blob_write(
        this.#pointer,
        flag(what),
        BigInt(offset),
        values,
        BigInt(length),
      ),
    );
  }

  /** Sum of absolute values and sum of squares, of the values or the gradients. */
  norms(what: "data" | "diff" = "data"): { asum: number; sumsq: number } {
    this.#lifetime.check();
    this.#engine.check(this.#engine.symbols.crema_blob_norms(this.#pointer, flag(what), asum, sumsq));
    return { asum: sums[0]!, sumsq: sums[1]! };
  }

  /**
   * Has passes keep the values or the gradients from now on, where memory is recycled: see `recycle` of
   * {@link ComputeOptions}. So does everything that asks for them.
   */
  keep(what: "data" | "diff" = "data"): void {
    this.#lifetime.check();
    this.#engine.check(this.#engine.symbols.crema_blob_read(this.#pointer, flag(what), 0n, EMPTY, 0n));
  }

  /** For people: `Blob (64, 10)`. */
  toString(): string {
    return this.#lifetime.ended ? "Blob (disposed)" : `Blob (${this.shape.join(", ")})`;
  }

  /** Fills `dims`; returns the number of axes. */
  #readShape(): number {
    if (this.#lifetime.ended) this.#lifetime.check();
    return this.#engine.symbols.crema_blob_shape(this.#pointer, dims, MAX_AXES);
  }

  #legacy(axis: number): number {
    const axes = this.#readShape();
    if (axes > 4) throw new CremaError(`Expected a blob of at most 4 axes but found ${axes}`);
    return axis < axes ? dims[axis]! : 1;
  }

  #view(address: bigint, count: number): Float32Array<ArrayBuffer> {
    if (count === 0) return EMPTY;
    if (address === 0n) throw this.#engine.failure(0);
    return viewAt(address, count);
  }
}

function flag(what: "data" | "diff"): number {
  return what === "diff" ? 1 : 0;
}
