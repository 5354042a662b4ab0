import { isFloat } from "../read_tensor.ts";
import type { ElementType, OnnxTensor } from "../tensor.ts";
import { NodeError } from "./node_error.ts";
import { broadcastShape, shapeText } from "./shape_rules.ts";
import { countOf, stridesOf, tensorOf, valuesOf } from "./tensor_values.ts";

type Binary = (a: number, b: number) => number;

const truth = (value: boolean): number => value ? 1 : 0;

/** Operators of two numbers (Max, Min, Sum: of any) whose result has the operands' type. */
export const ARITHMETIC: Readonly<Record<string, Binary>> = {
  Add: (a, b) => a + b,
  Div: (a, b) => a / b,
  Max: (a, b) => Math.max(a, b),
  Min: (a, b) => Math.min(a, b),
  Mul: (a, b) => a * b,
  Pow: (a, b) => a ** b,
  Sub: (a, b) => a - b,
  Sum: (a, b) => a + b,
};

/** Operators of two numbers whose result is a truth value. */
export const COMPARISONS: Readonly<Record<string, Binary>> = {
  And: (a, b) => truth(a !== 0 && b !== 0),
  Equal: (a, b) => truth(a === b),
  Greater: (a, b) => truth(a > b),
  GreaterOrEqual: (a, b) => truth(a >= b),
  Less: (a, b) => truth(a < b),
  LessOrEqual: (a, b) => truth(a <= b),
  Or: (a, b) => truth(a !== 0 || b !== 0),
  Xor: (a, b) => truth((a !== 0) !== (b !== 0)),
};

/** Operators of one number. */
export const FUNCTIONS: Readonly<Record<string, (value: number) => number>> = {
  Abs: Math.abs,
  Ceil: Math.ceil,
  Exp: Math.exp,
  Floor: Math.floor,
  Log: Math.log,
  Neg: (value) => -value,
  Not: (value) => truth(value === 0),
  Reciprocal: (value) => 1 / value,
  Round: roundToEven,
  Sign: Math.sign,
  Sqrt: Math.sqrt,
};

/** Applies an operator of two numbers to all of two tensors, whose axes of 1 are repeated. */
export function combined(a: OnnxTensor, b: OnnxTensor, operator: Binary, type: ElementType): OnnxTensor {
  const shape = broadcastShape(a.shape, b.shape), count = countOf(shape);
  const left = valuesOf(a), right = valuesOf(b);
  const [fromA, fromB] = [placesIn(a.shape, shape), placesIn(b.shape, shape)];
  const isWhole = !isFloat(type);
  const values = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const value = operator(left[fromA(i)]!, right[fromB(i)]!);
    values[i] = isWhole ? Math.trunc(value) : value;
  }
  return tensorOf(values, shape, type);
}

/** Applies an operator of one number to all of a tensor. */
export function mapped(tensor: OnnxTensor, operator: (value: number) => number): OnnxTensor {
  return tensorOf(Float64Array.from(valuesOf(tensor), operator), tensor.shape, tensor.type);
}

/** The tensor in another type; floats that become whole numbers are cut. */
export function cast(tensor: OnnxTensor, type: ElementType): OnnxTensor {
  return tensorOf(valuesOf(tensor), tensor.shape, type);
}

/** Takes `yes` where `condition` is not 0, else `no`. */
export function chosen(condition: OnnxTensor, yes: OnnxTensor, no: OnnxTensor): OnnxTensor {
  const shape = broadcastShape(condition.shape, yes.shape, no.shape), count = countOf(shape);
  const [from, fromYes, fromNo] = [condition, yes, no].map((each) => placesIn(each.shape, shape));
  const tests = valuesOf(condition), right = valuesOf(yes), wrong = valuesOf(no);
  const values = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    values[i] = tests[from!(i)]! !== 0 ? right[fromYes!(i)]! : wrong[fromNo!(i)]!;
  }
  return tensorOf(values, shape, yes.type);
}

/** How to reduce values that are numbered from 0: the beginning, each step, and the end. */
interface Reduction {
  readonly begin: number;
  readonly step: Binary;
  readonly end?: (sum: number, count: number) => number;
}

/** Operators that reduce axes. */
export const REDUCTIONS: Readonly<Record<string, Reduction>> = {
  ReduceL1: { begin: 0, step: (sum, value) => sum + Math.abs(value) },
  ReduceL2: { begin: 0, step: (sum, value) => sum + value * value, end: Math.sqrt },
  ReduceMax: { begin: -Infinity, step: Math.max },
  ReduceMean: { begin: 0, step: (sum, value) => sum + value, end: (sum, count) => sum / count },
  ReduceMin: { begin: Infinity, step: Math.min },
  ReduceProd: { begin: 1, step: (product, value) => product * value },
  ReduceSum: { begin: 0, step: (sum, value) => sum + value },
  ReduceSumSquare: { begin: 0, step: (sum, value) => sum + value * value },
};

/** Reduces axes of a tensor, which become axes of 1 or, without `keeps`, go. */
export function reduced(
  tensor: OnnxTensor,
  axes: readonly number[],
  keeps: boolean,
  { begin, step, end = (sum) => sum }: Reduction,
): OnnxTensor {
  const kept = tensor.shape.map((dim, i) => axes.includes(i) ? 1 : dim);
  if (countOf(tensor.shape) === 0) {
    throw new NodeError(`Expected values but found ${shapeText(tensor.shape)}`);
  }
  const sums = new Float64Array(countOf(kept)).fill(begin), to = placesIn(kept, tensor.shape);
  const values = valuesOf(tensor);
  for (let i = 0; i < values.length; i++) sums[to(i)] = step(sums[to(i)]!, values[i]!);
  const each = values.length / sums.length;
  return tensorOf(
    sums.map((sum) => end(sum, each)),
    keeps ? kept : kept.filter((_, i) => !axes.includes(i)),
    tensor.type,
  );
}

/** Where an item of a shape, by its number, is in a smaller one whose axes of 1 are repeated. */
function placesIn(small: readonly number[], shape: readonly number[]): (index: number) => number {
  if (countOf(small) === 1) return () => 0;
  if (small.length === shape.length && small.every((dim, i) => dim === shape[i])) return (index) => index;
  const apart = stridesOf(shape), own = stridesOf(small), missing = shape.length - small.length;
  const steps = shape.map((_, i) => i < missing || small[i - missing] === 1 ? 0 : own[i - missing]!);
  return (index) => {
    let place = 0;
    for (let i = 0; i < steps.length; i++) {
      const at = Math.floor(index / apart[i]!);
      index -= at * apart[i]!;
      place += at * steps[i]!;
    }
    return place;
  };
}

function roundToEven(value: number): number {
  const below = Math.floor(value), rest = value - below;
  return rest < 0.5 || (rest === 0.5 && below % 2 === 0) ? below : below + 1;
}
