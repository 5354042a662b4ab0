import type { Engine } from "../ffi/mod.ts";

/**
 * Makes a net or a solver, with memory recycled as in the commands or not. What others make after it keeps its memory:
 * the engine's options would count for that too.
 */
export async function recycled<T>(
  engine: Engine,
  make: (options: { compute: { recycle: boolean } }) => Promise<T>,
  recycle = true,
): Promise<T> {
  try {
    return await make({ compute: { recycle } });
  } finally {
    engine.compute({ recycle: false });
  }
}
