import type { EngineSymbols } from "../symbols.ts";
import { checkLength, commonLength, type Floats } from "./check.ts";
import { CombineCode, MapCode } from "./codes.ts";

/** Vector math value by value. Every array has as many values; y (dx) may be one of the inputs. */
export class ElementwiseOps {
  readonly #load: () => EngineSymbols;
  #symbols: EngineSymbols | undefined;

  /** Made by an engine; `load` gives its functions at the first use. */
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

  /** y = value, everywhere. */
  fill(value: number, y: Floats): void {
    this.symbols.crema_ops_fill(value, commonLength(y, y), y);
  }

  /** y = α x + y. */
  axpy(alpha: number, x: Floats, y: Floats): void {
    this.symbols.crema_ops_axpby(alpha, commonLength(x, y), x, 1, y);
  }

  /** y = α x + β y; with β = 0 what y held does not count, NaNs neither. */
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

  /** y = a b, value by value. */
  mul(a: Floats, b: Floats, y: Floats): void {
    this.#combine(CombineCode.MUL, a, b, y);
  }

  /** y = y + a b, value by value. */
  mulAdd(a: Floats, b: Floats, y: Floats): void {
    this.#combine(CombineCode.MUL_ADD, a, b, y);
  }

  /** y = a / b. */
  div(a: Floats, b: Floats, y: Floats): void {
    this.#combine(CombineCode.DIV, a, b, y);
  }

  /** y = the greater of a and b; NaN where one of them is. */
  maximum(a: Floats, b: Floats, y: Floats): void {
    this.#combine(CombineCode.MAX, a, b, y);
  }

  /** y = the lesser of a and b; NaN where one of them is. */
  minimum(a: Floats, b: Floats, y: Floats): void {
    this.#combine(CombineCode.MIN, a, b, y);
  }

  /** y = |x|. */
  abs(x: Floats, y: Floats): void {
    this.#map(MapCode.ABS, x, y);
  }

  /** y = −1, 0 or 1, as x is below, at or above 0. */
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

  /** y = ln x; −∞ of 0, NaN of less. */
  log(x: Floats, y: Floats): void {
    this.#map(MapCode.LOG, x, y);
  }

  /** y = x to the power p, as C's pow has it. Fastest for p = −2, −1, 1, 2, 3. */
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

  /** dx = dy where x > 0, else negativeSlope · dy. y = relu x will do for x, unless negativeSlope is negative. */
  reluBackward(x: Floats, dy: Floats, dx: Floats, negativeSlope = 0): void {
    this.#backward(MapCode.RELU, negativeSlope, x, dy, dx);
  }

  /** y = x Φ(x), Φ being the standard normal distribution function, not an approximation of it. */
  gelu(x: Floats, y: Floats): void {
    this.#map(MapCode.GELU, x, y);
  }

  /** dx = dy (Φ(x) + x φ(x)). */
  geluBackward(x: Floats, dy: Floats, dx: Floats): void {
    this.#backward(MapCode.GELU, 0, x, dy, dx);
  }

  #map(code: number, x: Floats, y: Floats): void {
    this.symbols.crema_ops_map(code, 0, commonLength(x, y), x, y);
  }

  #backward(code: number, parameter: number, values: Floats, dy: Floats, dx: Floats): void {
    const length = commonLength(values, dy, "dy");
    if (dx.length !== length) checkLength("dx", dx, length);
    this.symbols.crema_ops_map_backward(code, parameter, length, values, dy, dx);
  }

  #combine(code: number, a: Floats, b: Floats, y: Floats): void {
    const length = commonLength(a, b, "b");
    if (y.length !== length) checkLength("y", y, length);
    this.symbols.crema_ops_combine(code, length, a, b, y);
  }
}
