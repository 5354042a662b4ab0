import assert from "node:assert/strict";
import type { Engine } from "../../../../ffi/engine.ts";
import type { Floats, Ops } from "../../../../ffi/ops/mod.ts";
import { made, opsTest } from "./ops_case.ts";

/** Enough values for several threads, in unequal parts. */
const N = 300_007;
const SHAPE = { outer: 37, axis: 31, inner: 201 };
const [ROWS, COLUMNS] = [1021, 257];

/** The results of every function of vector math for large arrays, by its name. */
function results(ops: Ops): Map<string, Floats> {
  const a = made(N, 1, 1), b = made(N, 2, 3), found = new Map<string, Floats>();
  const before = made(N, 7);
  const array = (name: string, length: number, run: (y: Floats) => void) => {
    const y = before.slice(0, length);
    run(y);
    found.set(name, y);
  };
  const number = (name: string, value: number) => found.set(name, Float32Array.of(value));
  const positive = a.map((value) => Math.abs(value) + 0.1);

  for (const name of ["copy", "abs", "sign", "exp", "tanh", "sigmoid", "erf", "relu", "gelu"] as const) {
    array(name, N, (y) => ops[name](a, y));
  }
  for (const name of ["add", "sub", "mul", "div", "mulAdd", "maximum", "minimum"] as const) {
    array(name, N, (y) => ops[name](a, b, y));
  }
  for (const name of ["tanhBackward", "sigmoidBackward", "reluBackward", "geluBackward"] as const) {
    array(name, N, (y) => ops[name](a, b, y));
  }
  array("sqrt", N, (y) => ops.sqrt(positive, y));
  array("log", N, (y) => ops.log(positive, y));
  array("powx", N, (y) => ops.powx(1.7, positive, y));
  array("fill", N, (y) => ops.fill(3, y));
  array("scale", N, (y) => ops.scale(0.3, a, y));
  array("addScalar", N, (y) => ops.addScalar(0.3, a, y));
  array("axpy", N, (y) => ops.axpy(0.3, a, y));
  array("axpby", N, (y) => ops.axpby(0.3, a, 0.7, y));
  for (const name of ["sum", "asum", "sumSquares", "nrm2", "max", "min", "argmax"] as const) {
    number(name, ops[name](a));
  }
  number("dot", ops.dot(a, b));
  array("squaredDistance", N, (y) => number("its sum", ops.squaredDistance(a, b, y)));

  const { outer, axis, inner } = SHAPE, count = outer * axis * inner;
  const x = a.subarray(0, count), dy = b.subarray(0, count), v = made(axis, 3), r = made(outer * inner, 4);
  for (
    const name of [
      "sumAxis",
      "meanAxis",
      "asumAxis",
      "sumSquaresAxis",
      "maxAxis",
      "minAxis",
      "argmaxAxis",
    ] as const
  ) array(name, outer * inner, (y) => ops[name](SHAPE, x, y));
  for (const name of ["addAxis", "subAxis", "mulAxis", "mulAddAxis", "divAxis"] as const) {
    array(name, count, (y) => ops[name](SHAPE, x, r, y));
  }
  for (const name of ["addVector", "subVector", "mulVector", "mulAddVector", "divVector"] as const) {
    array(name, count, (y) => ops[name](SHAPE, x, v, y));
  }
  array("sumVector", axis, (y) => ops.sumVector(SHAPE, x, y, 0.5));
  array("dotVector", axis, (y) => ops.dotVector(SHAPE, x, dy, y, 0.5));
  for (const name of ["softmax", "logSoftmax"] as const) array(name, count, (y) => ops[name](SHAPE, x, y));
  for (const name of ["softmaxBackward", "logSoftmaxBackward"] as const) {
    array(name, count, (y) => ops[name](SHAPE, found.get(name.replace("Backward", ""))!, dy, y));
  }
  for (const name of ["uniform", "gaussian"] as const) {
    array(name, N, (y) => ops[name](-1, 2, { seed: 5 }, y));
  }
  array("bernoulli", N, (y) => ops.bernoulli(0.3, { seed: 5 }, y));

  const rows = a.subarray(0, ROWS * COLUMNS), above = b.subarray(0, ROWS * COLUMNS);
  const gamma = made(COLUMNS, 5), mean = new Float32Array(ROWS), rstd = new Float32Array(ROWS);
  array("normalize", rows.length, (y) => ops.normalize(ROWS, rows, { gamma, beta: gamma }, y, mean, rstd));
  const dgamma = made(COLUMNS, 8), dbeta = made(COLUMNS, 9);
  array(
    "normalizeBackward",
    rows.length,
    (dx) => ops.normalizeBackward(ROWS, { x: rows, dy: above, gamma, mean, rstd, dx, dgamma, dbeta }),
  );
  found.set("its mean", mean).set("its rstd", rstd).set("its dgamma", dgamma).set("its dbeta", dbeta);

  const [m, n, k] = [301, 203, 117];
  array("gemm", m * n, (y) => ops.gemm({ m, n, k, beta: 0.5 }, a, b, y));
  array("gemm of transposed ones", m * n, (y) => ops.gemm({ m, n, k, transA: true, transB: true }, a, b, y));
  array("gemv", 541, (y) => ops.gemv({ m: 541, n: 547 }, a, b.subarray(0, 547), y));
  array(
    "gemv of a transposed one",
    547,
    (y) => ops.gemv({ m: 541, n: 547, transA: true }, a, b.subarray(0, 541), y),
  );
  array("gemmBatch", 24 * 50 * 40, (y) => {
    const strides = { strideA: [3000, 1500], strideB: [2400, 1200], strideC: [4000, 2000] } as const;
    ops.gemmBatch({ m: 50, n: 40, k: 30, batch: [12, 2], ...strides }, a, b, y);
  });
  const window = { channels: 7, height: 61, width: 67, kernel: 3, pad: 1 };
  const taps = ops.columnsShape(window).reduce((product, size) => product * size);
  array("im2col", taps, (y) => ops.im2col(window, a.subarray(0, 7 * 61 * 67), y));
  array("col2im", 7 * 61 * 67, (y) => ops.col2im(window, b.subarray(0, taps), y));
  return found;
}

/** Products may be divided differently among more threads, and then be rounded differently. */
const PRODUCTS = /^gem/;

function resultsWith(threads: number, engine: Engine, ops: Ops): Map<string, Floats> {
  const before = engine.threads;
  try {
    engine.threads = threads;
    return results(ops);
  } finally {
    engine.threads = before;
  }
}

opsTest("any number of threads gives the same values", (ops, engine) => {
  const alone = resultsWith(1, engine, ops);
  const methods = new Set<string>();
  for (let type = Object.getPrototypeOf(ops); type !== Object.prototype; type = Object.getPrototypeOf(type)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(type))) {
      if (typeof value === "function" && name !== "constructor") methods.add(name);
    }
  }
  methods.delete("columnsShape");
  assert.deepEqual([...methods].filter((name) => !alone.has(name)), [], "every function is here");
  for (const threads of [2, 3, 5]) {
    for (const [name, values] of resultsWith(threads, engine, ops)) {
      const expected = alone.get(name)!, what = `${name} with ${threads} threads`;
      const tolerance = PRODUCTS.test(name) ? 1e-4 : 0;
      assert.equal(values.length, expected.length);
      for (let i = 0; i < values.length; i++) {
        const [value, wanted] = [values[i]!, expected[i]!];
        if (value === wanted || Math.abs(value - wanted) <= tolerance * Math.max(1, Math.abs(wanted))) {
          continue;
        }
        assert.fail(`${what}: ${value} for ${wanted} at ${i}`);
      }
    }
  }
});
