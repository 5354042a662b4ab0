import type { Engine, Floats, Ops } from "../ffi/mod.ts";
import { inTurn } from "./measure.ts";

/** The median time of one function of vector math, in microseconds, and the rate that this makes. */
export interface OpRow {
  op: string;
  engine: string;
  us: number;
  rate: number;
  unit: "GB/s" | "GFLOP/s";
}

/** A call to measure, and how much it moves (bytes) or computes (floating-point operations). */
interface Measured {
  op: string;
  /** Bytes read and written, or operations. */
  amount: number;
  unit: OpRow["unit"];
  run: (ops: Ops) => void;
}

/** A call is repeated for about so many microseconds, at 10 GB/s or 100 GFLOP/s. */
const ROUND_US = 300;

/** Measures vector math on every engine, in turn: on arrays that fit the first cache, on large ones, and matrix products. */
export function benchOps(engines: readonly Engine[]): OpRow[] {
  const rows: OpRow[] = [];
  for (const { op, amount, unit, run } of [...overArrays(1000), ...overArrays(1 << 22), ...products()]) {
    const expected = amount / (unit === "GB/s" ? 1e4 : 1e5);
    const calls = Math.max(1, Math.min(1000, Math.round(ROUND_US / expected)));
    const medians = inTurn(
      engines.map(({ ops }) => () => {
        for (let i = 0; i < calls; i++) run(ops);
      }),
      { rounds: 15, warmUp: 3 },
    );
    for (const [i, engine] of engines.entries()) {
      const us = 1000 * medians[i]! / calls;
      rows.push({ op, engine: engine.name, us, rate: amount / us / 1000, unit });
    }
  }
  return rows;
}

function overArrays(n: number): Measured[] {
  const [x, y, z] = [1, 2, 3].map((k) => filled(n, k)) as [Floats, Floats, Floats];
  const name = n >= 1 << 20 ? `${n >> 20} Mi` : `${n}`;
  const of = (op: string, arrays: number, run: (ops: Ops) => void): Measured => ({
    op: `${op}, ${name}`,
    amount: 4 * n * arrays,
    unit: "GB/s",
    run,
  });
  // Rows of 8, like scores of classes; and 8 planes per item, like channels.
  const rows = { outer: n / 8, axis: 8 }, outer = n > 1000 ? 8 : 1;
  const planes = { outer, axis: 8, inner: n / 8 / outer };
  const [row, plane] = [filled(n / 8, 4), filled(8, 5)];
  const unary = (["exp", "log", "tanh", "relu", "gelu"] as const).map((op) =>
    of(op, 2, (ops) => ops[op](x, z))
  );
  const binary = (["add", "sub", "mul", "div"] as const).map((op) => of(op, 3, (ops) => ops[op](x, y, z)));
  const numbers = (["sum", "asum", "nrm2", "max", "argmax"] as const).map((op) =>
    of(op, 1, (ops) => void ops[op](x))
  );
  const reductions = (["sumAxis", "maxAxis", "argmaxAxis"] as const).map((op) =>
    of(`${op} of 8`, 9 / 8, (ops) => ops[op](rows, x, row))
  );
  const broadcasts = (["addAxis", "mulAxis"] as const).map((op) =>
    of(`${op} of 8`, 17 / 8, (ops) => ops[op](rows, x, row, z))
  );
  const vectors = (["addVector", "mulVector"] as const).map((op) =>
    of(`${op} of 8`, 2, (ops) => ops[op](planes, x, plane, z))
  );
  return [
    of("axpy", 3, (ops) => ops.axpy(1e-3, x, y)),
    of("scale", 2, (ops) => ops.scale(0.5, x, z)),
    ...binary,
    ...unary,
    of("geluBackward", 3, (ops) => ops.geluBackward(x, y, z)),
    of("dot", 2, (ops) => void ops.dot(x, y)),
    ...numbers,
    ...reductions,
    ...broadcasts,
    ...vectors,
    of("sumVector of 8", 1, (ops) => ops.sumVector(planes, x, plane)),
    of("dotVector of 8", 2, (ops) => ops.dotVector(planes, x, y, plane)),
    of("softmax of 8", 2, (ops) => ops.softmax(rows, x, z)),
    of("uniform", 1, (ops) => ops.uniform(0, 1, { seed: 1 }, z)),
    of("gaussian", 1, (ops) => ops.gaussian(0, 1, { seed: 1 }, z)),
    of("bernoulli", 1, (ops) => ops.bernoulli(0.5, { seed: 1 }, z)),
  ];
}

function products(): Measured[] {
  const [a, b, c] = [1, 2, 3].map((k) => filled(1 << 18, k)) as [Floats, Floats, Floats];
  const size = 512;
  const window = { channels: 64, height: 56, width: 56, kernel: 3, pad: 1 };
  const image = filled(64 * 56 * 56, 4), columns = filled(9 * image.length, 5);
  return [
    {
      op: "gemm, 512 x 512 x 512",
      amount: 2 * size ** 3,
      unit: "GFLOP/s",
      run: (ops) => ops.gemm({ m: size, n: size, k: size }, a, b, c),
    },
    {
      op: "gemv, 512 x 512",
      amount: 2 * size ** 2,
      unit: "GFLOP/s",
      run: (ops) => ops.gemv({ m: size, n: size }, a, b.subarray(0, size), c.subarray(0, size)),
    },
    {
      op: "gemmBatch, 16 x 128 x 128 x 32",
      amount: 2 * 16 * 128 * 128 * 32,
      unit: "GFLOP/s",
      run: (ops) =>
        ops.gemmBatch(
          {
            m: 128,
            n: 128,
            k: 32,
            transB: true,
            batch: [1, 16],
            strideA: [0, 4096],
            strideB: [0, 4096],
            strideC: [0, 16384],
          },
          a,
          b,
          c,
        ),
    },
    {
      op: "im2col, 64 x 56 x 56, kernel 3",
      amount: 4 * (image.length + columns.length),
      unit: "GB/s",
      run: (ops) => ops.im2col(window, image, columns),
    },
    {
      op: "col2im, 64 x 56 x 56, kernel 3",
      amount: 4 * (image.length + columns.length),
      unit: "GB/s",
      run: (ops) => ops.col2im(window, columns, image),
    },
  ];
}

/** Numbers from 0 to 1, the same in every run. */
function filled(n: number, k: number): Floats {
  return Float32Array.from({ length: n }, (_, i) => (i * 7919 + k * 104729) % 1009 / 1009);
}
