import assert from "node:assert/strict";
import type { Floats, Ops } from "../../../../ffi/ops/mod.ts";
import { made, opsTest } from "./ops_case.ts";

/** Rows and columns: few and short rows, long rows, and enough rows for several threads. */
const SIZES = [[1, 1], [3, 5], [2, 1000], [7, 33], [513, 129], [0, 0]] as const;

function assertNear(found: Floats, expected: ArrayLike<number>, tolerance: number, what: string): void {
  assert.equal(found.length, expected.length, what);
  for (let i = 0; i < found.length; i++) {
    const [f, e] = [found[i]!, expected[i]!];
    assert.ok(Math.abs(f - e) <= tolerance * Math.max(1, Math.abs(e)), `${what}, ${i}: ${f} for ${e}`);
  }
}

const sum = (values: ArrayLike<number>) => Array.from(values).reduce((total, value) => total + value, 0);

/** Each row by the formula, in double: x̂, the mean and 1 / √(variance + ε). */
function exactRows(rows: number, x: Floats, epsilon: number) {
  const columns = rows === 0 ? 0 : x.length / rows;
  return Array.from({ length: rows }, (_, r) => {
    const row = x.subarray(r * columns, (r + 1) * columns), mean = sum(row) / columns;
    const variance = sum(Array.from(row, (value) => (value - mean) ** 2)) / columns;
    const rstd = 1 / Math.sqrt(variance + epsilon);
    return { mean, rstd, normal: Array.from(row, (value) => (value - mean) * rstd) };
  });
}

/** The results of forward, as backward needs them. */
function normalized(ops: Ops, rows: number, x: Floats, epsilon: number): { mean: Floats; rstd: Floats } {
  const mean = new Float32Array(rows), rstd = new Float32Array(rows);
  ops.normalize(rows, x, { epsilon }, new Float32Array(x.length), mean, rstd);
  return { mean, rstd };
}

opsTest("normalize gives rows of mean 0 and variance 1, scaled and shifted by column", (ops) => {
  for (const [rows, columns] of SIZES) {
    const x = made(rows * columns, 1, 3), gamma = made(columns, 2), beta = made(columns, 3);
    for (
      const [options, g, b] of [[{}, 0, 0], [{ gamma }, 1, 0], [{ beta }, 0, 1], [
        { gamma, beta },
        1,
        1,
      ]] as const
    ) {
      for (const epsilon of [1e-5, 0.1]) {
        const exact = exactRows(rows, x, epsilon);
        const y = new Float32Array(x.length).fill(NaN), mean = y.slice(0, rows), rstd = y.slice(0, rows);
        ops.normalize(rows, x, epsilon === 1e-5 ? options : { ...options, epsilon }, y, mean, rstd);
        const what = `${rows} × ${columns}, ${Object.keys(options)}`;
        assertNear(mean, exact.map((row) => row.mean), 1e-6, `mean of ${what}`);
        assertNear(rstd, exact.map((row) => row.rstd), 1e-5, `rstd of ${what}`);
        const expected = exact.flatMap(({ normal }) =>
          normal.map((value, c) => value * (g ? gamma[c]! : 1) + (b ? beta[c]! : 0))
        );
        assertNear(y, expected, 2e-5, what);
        const place = x.slice();
        ops.normalize(rows, place, { ...options, epsilon }, place, mean, rstd);
        assert.deepEqual(place, y, `${what} in place`);
      }
    }
  }
});

opsTest("normalize keeps its precision when the mean is large, and accepts constant rows", (ops) => {
  const x = Float32Array.from({ length: 1000 }, (_, i) => 4096 + (i % 2 === 0 ? 0.5 : -0.5));
  const y = new Float32Array(1000), mean = new Float32Array(1), rstd = new Float32Array(1);
  ops.normalize(1, x, { epsilon: 0 }, y, mean, rstd);
  assertNear(mean, [4096], 0, "mean");
  assertNear(rstd, [2], 1e-6, "rstd");
  assertNear(y, Array.from({ length: 1000 }, (_, i) => i % 2 === 0 ? 1 : -1), 1e-6, "normal");
  ops.normalize(1, new Float32Array(1000).fill(3), { epsilon: 0.25 }, y, mean, rstd);
  assertNear(rstd, [2], 0, "rstd of constant values");
  assertNear(y, new Float32Array(1000), 0, "constant values");
});

opsTest("normalizeBackward gives the gradients of x, gamma and beta", (ops) => {
  const epsilon = 1e-5;
  for (const [rows, columns] of SIZES) {
    const x = made(rows * columns, 1, 1), dy = made(rows * columns, 4), gamma = made(columns, 2);
    const exact = exactRows(rows, x, epsilon);
    for (const scaled of [false, true]) {
      const saved = normalized(ops, rows, x, epsilon);
      const what = `${rows} × ${columns}, ${scaled ? "with" : "without"} gamma`;
      const dgamma = made(columns, 5), dbeta = made(columns, 6);
      const [gammaBefore, betaBefore] = [dgamma.slice(), dbeta.slice()];
      const dx = new Float32Array(x.length).fill(NaN);
      const given = { x, dy, ...saved, ...(scaled ? { gamma } : {}) };
      ops.normalizeBackward(rows, { ...given, dx, dgamma, dbeta });

      const expected = exact.flatMap(({ rstd, normal }, r) => {
        const g = normal.map((_, c) => dy[r * columns + c]! * (scaled ? gamma[c]! : 1));
        const mean = sum(g) / columns, along = sum(g.map((value, c) => value * normal[c]!)) / columns;
        return g.map((value, c) => rstd * (value - mean - normal[c]! * along));
      });
      // A row of one value has a large rstd, and a gradient of nothing but rounding.
      assertNear(dx, expected, columns === 1 ? 1e-3 : 5e-5, `dx of ${what}`);
      const byColumn = (term: (r: number, c: number) => number) =>
        Array.from({ length: columns }, (_, c) => sum(exact.map((_, r) => term(r, c))));
      const dgammas = byColumn((r, c) => dy[r * columns + c]! * exact[r]!.normal[c]!);
      const dbetas = byColumn((r, c) => dy[r * columns + c]!);
      assertNear(dgamma, dgammas.map((value, c) => value + gammaBefore[c]!), 5e-5, `dgamma of ${what}`);
      assertNear(dbeta, dbetas.map((value, c) => value + betaBefore[c]!), 5e-5, `dbeta of ${what}`);

      const place = dy.slice();
      ops.normalizeBackward(rows, { ...given, dy: place, dx: place });
      assert.deepEqual(place, dx, `${what}, dx in the place of dy, and nothing else asked for`);
      const alone = gammaBefore.slice();
      ops.normalizeBackward(rows, { ...given, dgamma: alone });
      assert.deepEqual(alone, dgamma, `${what}, dgamma alone`);
    }
  }
});
