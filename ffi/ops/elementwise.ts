import type { EngineSymbols } from "../symbols.ts";
import { AB, checkLength, commonLength, countedLength, type Floats } from "./check.ts";
import { CombineCode, MapCode } from "./codes.ts";

/** The names of the inputs of a backward function. */
const BACKWARD = ["the values", "dy"] as const;

/** Vector math, element by element. All arrays have the same length; y (dx) may be one of the inputs. */
export class ElementwiseOps {
  readonly #load: () => EngineSymbols;
  #symbols: EngineSymbols | undefined;

  /** Engines call this: `load` returns their functions, at the first use. */
  constructor(load: () => EngineSymbols) {
    this.#load = load;
  }

  /** The engine's functions. */
  protected get symbols(): EngineSymbols {
    return this.#symbols ??= this.#load();
  }

  /** y = x. */
  copy(x: Floats, y: Floats): void {
    this.symbols.crema_ops_copy(commonLength(x, y), x, y);
  }

  /** y = value, for every element. */
  fill(value: number, y: Floats): void {
    this.symbols.crema_ops_fill(value, countedLength("y", y), y);
  }

  /** y = α x + y. */
  axpy(alpha: number, x: Floats, y: Floats): void {
    this.symbols.crema_ops_axpby(alpha, commonLength(x, y), x, 1, y);
  }

  /** y = α x + β y; with β = 0 the old values of y are ignored, even NaNs. */
  axpby(alpha: number, x: Floats, beta: number, y: Floats): void {
    this.symbols.crema_ops_axpby(alpha, commonLength(x, y), x, beta, y);
  }

  /** y = α x; `scale(alpha, x)` scales x itself. */
  scale(alpha: number, x: Floats, y: Floats = x): void {
    this.symbols.crema_ops_map(MapCode.SCALE, alpha, commonLength(x, y), x, y);
  }

  /** y = x + value. */
  addScalar(value: number, x: Floats, y: Floats = x): void {
    this.symbols.crema_ops_map(MapCode.ADD_SCALAR, value, commonLength(x, y), x, y);
  }

  /** y = a + b. */
  add(a: Floats, b: Floats, y: Floats): void {
    this.#combine(CombineCode.ADD, a, b, y);
  }

  /** y = a − b. */
  sub(a: Floats, b: Floats, y: Floats): void {
    this.#combine(CombineCode.SUB, a, b, y);
  }

  /** y = a b, element by element. */
  mul(a: Floats, b: Floats, y: Floats): void {
    this.#combine(CombineCode.MUL, a, b, y);
  }

  /** y = y + a b, element by element. */
  mulAdd(a: Floats, b: Floats, y: Floats): void {
    this.#combine(CombineCode.MUL_ADD, a, b, y);
  }

  /** y = a / b. */
  div(a: Floats, b: Floats, y: Floats): void {
    this.#combine(CombineCode.DIV, a, b, y);
  }

  /** y = the greater of a and b; NaN if either is. */
  maximum(a: Floats, b: Floats, y: Floats): void {
    this.#combine(CombineCode.MAX, a, b, y);
  }

  /** y = the lesser of a and b; NaN if either is. */
  minimum(a: Floats, b: Floats, y: Floats): void {
    this.#combine(CombineCode.MIN, a, b, y);
  }

  /** y = |x|. */
  abs(x: Floats, y: Floats): void {
    this.#map(MapCode.ABS, x, y);
  }

  /** y = −1, 0 or 1 where x is below, at or above 0. */
  sign(x: Floats, y: Floats): void {
    this.#map(MapCode.SIGN, x, y);
  }

  /** y = √x. */
  sqrt(x: Floats, y: Floats): void {
    this.#map(MapCode.SQRT, x, y);
  }

  /** y = eˣ. */
  exp(x: Floats, y: Floats): void {
    this.#map(MapCode.EXP, x, y);
  }

  /** y = ln x: −∞ for 0, NaN for negative x. */
  log(x: Floats, y: Floats): void {
    this.#map(MapCode.LOG, x, y);
  }

  /** y = xᵖ, as C's pow gives it. Fastest for p = −2, −1, 1, 2, 3. */
  powx(p: number, x: Floats, y: Floats): void {
    this.symbols.crema_ops_map(MapCode.POWX, p, commonLength(x, y), x, y);
  }

  /** y = tanh x. */
  tanh(x: Floats, y: Floats): void {
    this.#map(MapCode.TANH, x, y);
  }

  /** dx = dy (1 − y²), where y = tanh x. */
  tanhBackward(y: Floats, dy: Floats, dx: Floats): void {
    this.#backward(MapCode.TANH, 0, y, dy, dx);
  }

  /** y = 1 / (1 + e⁻ˣ). */
  sigmoid(x: Floats, y: Floats): void {
    this.#map(MapCode.SIGMOID, x, y);
  }

  /** dx = dy y (1 − y), where y = sigmoid x. */
  sigmoidBackward(y: Floats, dy: Floats, dx: Floats): void {
    this.#backward(MapCode.SIGMOID, 0, y, dy, dx);
  }

  /** y = the error function of x. */
  erf(x: Floats, y: Floats): void {
    this.#map(MapCode.ERF, x, y);
  }

  /** y = x where x ≥ 0, else negativeSlope · x. */
  relu(x: Floats, y: Floats, negativeSlope = 0): void {
    this.symbols.crema_ops_map(MapCode.RELU, negativeSlope, commonLength(x, y), x, y);
  }

  /**
   * dx = dy where x > 0, else negativeSlope · dy. x may be y = relu x instead, unless negativeSlope is
   * negative.
   */
  reluBackward(x: Floats, dy: Floats, dx: Floats, negativeSlope = 0): void {
    this.#backward(MapCode.RELU, negativeSlope, x, dy, dx);
  }

  /** y = x Φ(x), where Φ is the standard normal distribution function itself, not an approximation. */
  gelu(x: Floats, y: Floats): void {
    this.#map(MapCode.GELU, x, y);
  }

  /** dx = dy (Φ(x) + x φ(x)), where φ is the standard normal density. */
  geluBackward(x: Floats, dy: Floats, dx: Floats): void {
    this.#backward(MapCode.GELU, 0, x, dy, dx);
  }

  #map(code: number, x: Floats, y: Floats): void {
    this.symbols.crema_ops_map(code, 0, commonLength(x, y), x, y);
  }

  #backward(code: number, parameter: number, values: Floats, dy: Floats, dx: Floats): void {
    const length = commonLength(values, dy, BACKWARD);
    if (dx !== dy) checkLength("dx", dx, length);
    this.symbols.crema_ops_map_backward(code, parameter, length, values, dy, dx);
  }

  #combine(code: number, a: Floats, b: Floats, y: Floats): void {
    const length = commonLength(a, b, AB);
    if (y !== a) checkLength("y", y, length);
    this.symbols.crema_ops_combine(code, length, a, b, y);
  }
}
