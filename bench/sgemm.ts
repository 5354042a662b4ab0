import type { Engine } from "../ffi/mod.ts";
import { fastest } from "./measure.ts";

/** The fastest product of matrices with a number of threads. */
export interface SgemmPeak {
  threads: number;
  /** The engine that did it. */
  engine: string;
  /** Rows, columns and depth. */
  size: number;
  gflops: number;
}

const SIZES = [512, 1024, 2048];
/** Milliseconds for each size. */
const BUDGET = 150;

/**
 * The yardstick of this machine, in GFLOP/s: the best that any of the engines' products of square matrices reaches, with
 * one thread, twice as many and so on, and last with the engines' own number. Of a few runs the fastest counts.
 */
export function sgemmPeaks(engines: readonly Engine[]): SgemmPeak[] {
  const { threads } = engines[0]!;
  const counts = [...powersBelow(threads), threads];
  const largest = SIZES.at(-1)! ** 2;
  const [a, b, c] = [1, 2, 3].map((k) => Float32Array.from({ length: largest }, (_, i) => (i * k) % 7 - 3));
  try {
    return counts.map((count) => {
      for (const engine of engines) engine.threads = count;
      const found = engines.flatMap((engine) =>
        SIZES.map((size): SgemmPeak => {
          const n = size ** 2, shape = { m: size, n: size, k: size };
          const [x, y, z] = [a!.subarray(0, n), b!.subarray(0, n), c!.subarray(0, n)];
          const milliseconds = fastest(() => engine.ops.gemm(shape, x, y, z), BUDGET);
          return { threads: count, engine: engine.name, size, gflops: 2 * size ** 3 / (milliseconds * 1e6) };
        })
      );
      return found.reduce((best, each) => each.gflops > best.gflops ? each : best);
    });
  } finally {
    for (const engine of engines) engine.threads = threads;
  }
}

function powersBelow(count: number): number[] {
  return Array.from({ length: Math.ceil(Math.log2(count)) }, (_, i) => 2 ** i);
}
