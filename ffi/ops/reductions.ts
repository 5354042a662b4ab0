import {
  AB,
  type AxisShape,
  type CheckedShape,
  checkLength,
  checkShape,
  commonLength,
  countedLength,
  type Floats,
} from "./check.ts";
import { CombineCode, RandomCode, ReduceCode } from "./codes.ts";
import { ElementwiseOps } from "./elementwise.ts";

/** A place in a sequence of random numbers. */
export interface RandomSource {
  /** The sequence: a seed gives the same numbers on every machine of one kind. */
  readonly seed: number | bigint;
  /** Where in the sequence the first value is; default 0. Add the array's length for the next fill. */
  readonly offset?: number | bigint | undefined;
}

/** Vector math that reduces an array, or an axis of it, and the ways back; and random numbers. */
export class ReductionOps extends ElementwiseOps {
  /** Σ x; blocks of 512 values are summed in 32 bits, and the sums of the blocks in 64. */
  sum(x: Floats): number {
    return this.symbols.crema_ops_reduce(ReduceCode.SUM, countedLength("x", x), x);
  }

  /** Σ |x|. */
  asum(x: Floats): number {
    return this.symbols.crema_ops_reduce(ReduceCode.ASUM, countedLength("x", x), x);
  }

  /** Σ x². */
  sumSquares(x: Floats): number {
    return this.symbols.crema_ops_reduce(ReduceCode.SUMSQ, countedLength("x", x), x);
  }

  /** √Σ x². */
  nrm2(x: Floats): number {
    return Math.sqrt(this.sumSquares(x));
  }

  /** Σ a b. */
  dot(a: Floats, b: Floats): number {
    return this.symbols.crema_ops_dot(commonLength(a, b, AB), a, b);
  }

  /** difference = a − b; returns Σ (a − b)². */
  squaredDistance(a: Floats, b: Floats, difference: Floats): number {
    const length = commonLength(a, b, AB);
    checkLength("difference", difference, length);
    return this.symbols.crema_ops_squared_distance(length, a, b, difference);
  }

  /** The greatest value; NaN if one is. Throws a RangeError for an empty array. */
  max(x: Floats): number {
    return this.symbols.crema_ops_reduce(ReduceCode.MAX, some(x), x);
  }

  /** The least value; NaN if one is. Throws a RangeError for an empty array. */
  min(x: Floats): number {
    return this.symbols.crema_ops_reduce(ReduceCode.MIN, some(x), x);
  }

  /** Index of the first greatest value (a NaN is greatest). Throws a RangeError for an empty array. */
  argmax(x: Floats): number {
    return this.symbols.crema_ops_argmax(some(x), x);
  }

  /** y[o, i] = Σₐ x[o, a, i]; y has outer · inner values. */
  sumAxis(shape: AxisShape, x: Floats, y: Floats): void {
    this.#reduce(ReduceCode.SUM, shape, x, y);
  }

  /** y[o, i] = the mean over a of x[o, a, i]. */
  meanAxis(shape: AxisShape, x: Floats, y: Floats): void {
    const { axis } = this.#reduce(ReduceCode.SUM, shape, x, y);
    this.scale(1 / axis, y);
  }

  /** y[o, i] = Σₐ |x[o, a, i]|. */
  asumAxis(shape: AxisShape, x: Floats, y: Floats): void {
    this.#reduce(ReduceCode.ASUM, shape, x, y);
  }

  /** y[o, i] = Σₐ x[o, a, i]². */
  sumSquaresAxis(shape: AxisShape, x: Floats, y: Floats): void {
    this.#reduce(ReduceCode.SUMSQ, shape, x, y);
  }

  /** y[o, i] = the greatest of x[o, a, i] over a. */
  maxAxis(shape: AxisShape, x: Floats, y: Floats): void {
    this.#reduce(ReduceCode.MAX, shape, x, y, 1);
  }

  /** y[o, i] = the least of x[o, a, i] over a. */
  minAxis(shape: AxisShape, x: Floats, y: Floats): void {
    this.#reduce(ReduceCode.MIN, shape, x, y, 1);
  }

  /** y[o, i] = the first a with the greatest x[o, a, i]. */
  argmaxAxis(shape: AxisShape, x: Floats, y: Floats): void {
    const { outer, axis, inner } = checkShape("x", x, shape, 1);
    checkLength("y", y, outer * inner);
    this.symbols.crema_ops_argmax_axis(outer, axis, inner, x, y);
  }

  /** y[o, a, i] = x[o, a, i] + v[o, i], with v as from {@link sumAxis}. y may be x. */
  addAxis(shape: AxisShape, x: Floats, v: Floats, y: Floats): void {
    this.#combineAxis(CombineCode.ADD, shape, x, v, y);
  }

  /** y[o, a, i] = x[o, a, i] − v[o, i]. */
  subAxis(shape: AxisShape, x: Floats, v: Floats, y: Floats): void {
    this.#combineAxis(CombineCode.SUB, shape, x, v, y);
  }

  /** y[o, a, i] = x[o, a, i] · v[o, i]. */
  mulAxis(shape: AxisShape, x: Floats, v: Floats, y: Floats): void {
    this.#combineAxis(CombineCode.MUL, shape, x, v, y);
  }

  /** y[o, a, i] = y[o, a, i] + x[o, a, i] · v[o, i]. */
  mulAddAxis(shape: AxisShape, x: Floats, v: Floats, y: Floats): void {
    this.#combineAxis(CombineCode.MUL_ADD, shape, x, v, y);
  }

  /** y[o, a, i] = x[o, a, i] / v[o, i]. */
  divAxis(shape: AxisShape, x: Floats, v: Floats, y: Floats): void {
    this.#combineAxis(CombineCode.DIV, shape, x, v, y);
  }

  /** y[o, a, i] = x[o, a, i] + v[a]: one bias per channel. y may be x. */
  addVector(shape: AxisShape, x: Floats, v: Floats, y: Floats): void {
    this.#combineVector(CombineCode.ADD, shape, x, v, y);
  }

  /** y[o, a, i] = x[o, a, i] − v[a]. */
  subVector(shape: AxisShape, x: Floats, v: Floats, y: Floats): void {
    this.#combineVector(CombineCode.SUB, shape, x, v, y);
  }

  /** y[o, a, i] = x[o, a, i] · v[a]: one scale per channel. */
  mulVector(shape: AxisShape, x: Floats, v: Floats, y: Floats): void {
    this.#combineVector(CombineCode.MUL, shape, x, v, y);
  }

  /** y[o, a, i] = y[o, a, i] + x[o, a, i] · v[a]. */
  mulAddVector(shape: AxisShape, x: Floats, v: Floats, y: Floats): void {
    this.#combineVector(CombineCode.MUL_ADD, shape, x, v, y);
  }

  /** y[o, a, i] = x[o, a, i] / v[a]. */
  divVector(shape: AxisShape, x: Floats, v: Floats, y: Floats): void {
    this.#combineVector(CombineCode.DIV, shape, x, v, y);
  }

  /** v[a] = β v[a] + Σ over o and i of x[o, a, i]: with β = 1 the gradient of a bias. */
  sumVector(shape: AxisShape, x: Floats, v: Floats, beta = 0): void {
    const { outer, axis, inner } = checkShape("x", x, shape);
    checkLength("v", v, axis);
    this.symbols.crema_ops_sum_vector(outer, axis, inner, x, null, beta, v);
  }

  /** v[a] = β v[a] + Σ over o and i of x[o, a, i] · z[o, a, i]: with β = 1 the gradient of a scale. */
  dotVector(shape: AxisShape, x: Floats, z: Floats, v: Floats, beta = 0): void {
    const { outer, axis, inner, length } = checkShape("x", x, shape);
    checkLength("z", z, length);
    checkLength("v", v, axis);
    this.symbols.crema_ops_sum_vector(outer, axis, inner, x, z, beta, v);
  }

  /** y = uniform random numbers of 24 bits each, at least low and below high (rounding may reach it). */
  uniform(low: number, high: number, source: RandomSource, y: Floats): void {
    this.#random(RandomCode.UNIFORM, low, high, source, y);
  }

  /** y = normal random numbers with this mean and standard deviation. */
  gaussian(mean: number, std: number, source: RandomSource, y: Floats): void {
    this.#random(RandomCode.GAUSSIAN, mean, std, source, y);
  }

  /** y = 1 with this probability, else 0, at random. */
  bernoulli(probability: number, source: RandomSource, y: Floats): void {
    this.#random(RandomCode.BERNOULLI, probability, 0, source, y);
  }

  #reduce(code: number, shape: AxisShape, x: Floats, y: Floats, least = 0): CheckedShape {
    const checked = checkShape("x", x, shape, least), { outer, axis, inner } = checked;
    checkLength("y", y, outer * inner);
    this.symbols.crema_ops_reduce_axis(code, outer, axis, inner, x, y);
    return checked;
  }

  #combineAxis(code: number, shape: AxisShape, x: Floats, v: Floats, y: Floats): void {
    const { outer, axis, inner, length } = checkShape("x", x, shape);
    checkLength("v", v, outer * inner);
    checkLength("y", y, length);
    this.symbols.crema_ops_combine_axis(code, outer, axis, inner, x, v, y);
  }

  #combineVector(code: number, shape: AxisShape, x: Floats, v: Floats, y: Floats): void {
    const { outer, axis, inner, length } = checkShape("x", x, shape);
    checkLength("v", v, axis);
    checkLength("y", y, length);
    this.symbols.crema_ops_combine_vector(code, outer, axis, inner, x, v, y);
  }

  #random(code: number, a: number, b: number, { seed, offset = 0 }: RandomSource, y: Floats): void {
    const from = word(seed), at = word(offset);
    this.symbols.crema_ops_random(code, a, b, from, at, countedLength("y", y), y);
  }
}

/** The length of an array. Throws a RangeError when it is empty. */
function some(x: Floats): number {
  const length = countedLength("x", x);
  if (length === 0) throw new RangeError("Expected x to have a value but found none");
  return length;
}

/** A seed or offset as 64 bits. Throws a RangeError unless it is whole. */
function word(value: number | bigint): bigint {
  return BigInt.asUintN(64, BigInt(value));
}
