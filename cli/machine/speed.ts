import type { Engine } from "../../ffi/mod.ts";

/** How fast a machine computes. */
export interface MachineSpeed {
  /** Billions of floating-point operations per second in a product of matrices, with all threads. */
  gflops: number;
  /** The same with one thread. */
  gflopsOfOne: number;
  /** Gigabytes per second, read and written together, in a copy of more than the caches hold. */
  bandwidth: number;
}

const SIZE = 768;
const COPIED = 64 * 2 ** 20;

/** Measures an engine for about a second: of several runs the fastest counts. */
export function measureSpeed(engine: Engine, milliseconds = 250): MachineSpeed {
  const { threads } = engine;
  const [a, b, c] = [1, 2, 3].map((k) => Float32Array.from({ length: SIZE ** 2 }, (_, i) => (i * k) % 7 - 3));
  const multiply = () => engine.ops.gemm({ m: SIZE, n: SIZE, k: SIZE }, a!, b!, c!);
  const gflops = () => 2 * SIZE ** 3 / (fastest(multiply, milliseconds) * 1e6);
  const withAll = gflops();
  try {
    engine.threads = 1;
    const gflopsOfOne = gflops();
    engine.threads = threads;
    const from = new Float32Array(COPIED / 4).fill(1), to = new Float32Array(COPIED / 4);
    const copy = fastest(() => engine.ops.copy(from, to), milliseconds);
    return { gflops: withAll, gflopsOfOne, bandwidth: 2 * COPIED / (copy * 1e6) };
  } finally {
    engine.threads = threads;
  }
}

/** Milliseconds of the fastest run within a budget, the first of which only warms up. */
function fastest(run: () => void, budget: number): number {
  run();
  let best = Infinity;
  const end = performance.now() + budget;
  do {
    const start = performance.now();
    run();
    best = Math.min(best, performance.now() - start);
  } while (performance.now() < end);
  return best;
}
