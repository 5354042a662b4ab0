/**
 * crema.h's codes for functions of one value. tests/unit/ffi/ops/ops_test.ts compares these tables with the
 * header.
 */
export const MapCode = {
  ABS: 0,
  SIGN: 1,
  SQRT: 2,
  EXP: 3,
  LOG: 4,
  TANH: 5,
  SIGMOID: 6,
  ERF: 7,
  RELU: 8,
  GELU: 9,
  POWX: 10,
  ADD_SCALAR: 11,
  SCALE: 12,
} as const;

/** Functions of two values. */
export const CombineCode = { ADD: 0, SUB: 1, MUL: 2, DIV: 3, MAX: 4, MIN: 5, MUL_ADD: 6 } as const;

/** Functions of many values. */
export const ReduceCode = { MAX: 4, MIN: 5, SUM: 7, ASUM: 8, SUMSQ: 9, DOT: 10 } as const;

/** Distributions. */
export const RandomCode = { UNIFORM: 0, GAUSSIAN: 1, BERNOULLI: 2 } as const;
