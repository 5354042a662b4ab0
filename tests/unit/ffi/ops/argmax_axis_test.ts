import assert from "node:assert/strict";
import { opsTest } from "./ops_case.ts";

/** The first position of the greatest value. Rows are whole vectors long, and one value more. */
const ROWS: readonly [values: (number | undefined)[], first: number][] = [
  [[], 0],
  [[1, 1], 0],
  [[-1, 2, 2], 1],
  [[, , NaN, 5, NaN], 2],
  [[NaN], 0],
  [[-Infinity, Infinity, NaN, Infinity], 2],
];

opsTest(
  "argmaxAxis finds the first of the greatest values, and the first NaN, in rows and in columns",
  (ops) => {
    for (const length of [4, 5, 8, 33, 257]) {
      const cases = ROWS.filter(([values]) => values.length <= length);
      const rows = cases.map(([values]) => Float32Array.from({ length }, (_, i) => values[i] ?? -2));
      const first = Float32Array.from(cases, ([, at]) => at);
      const y = first.slice().fill(-1);
      ops.argmaxAxis(
        { outer: rows.length, axis: length },
        Float32Array.from(rows.flatMap((row) => [...row])),
        y,
      );
      assert.deepEqual(y, first, `rows of ${length}`);
      const columns = Float32Array.from(
        { length: length * rows.length },
        (_, i) => rows[i % rows.length]![Math.floor(i / rows.length)]!,
      );
      ops.argmaxAxis({ axis: length, inner: rows.length }, columns, y.fill(-1));
      assert.deepEqual(y, first, `columns of ${length}`);
    }
  },
);
