import type { Engine } from "../ffi/mod.ts";
import { fastest } from "./measure.ts";

const BYTES = 256 * 2 ** 20;
const BUDGET = 500;

/**
 * The memory bandwidth that a plain copy of 256 MiB reaches, in GB/s, read and written bytes together. The fastest of a
 * few runs.
 */
export function copyBandwidth(engine: Engine): number {
  const from = new Float32Array(BYTES / 4).fill(1), to = new Float32Array(BYTES / 4);
  const milliseconds = fastest(() => engine.ops.copy(from, to), BUDGET);
  return 2 * BYTES / (milliseconds * 1e6);
}
