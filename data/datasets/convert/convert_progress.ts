/** How a conversion tells what it does, and how it is stopped. */
export interface ConvertProgress {
  /** Called now and then with the number of records written, and of all. */
  onProgress?: ((done: number, total: number) => void) | undefined;
  /** Stops the work. Nothing half-made remains. */
  signal?: AbortSignal | undefined;
}

/** Lets signals and timers run. Throws what `signal` was aborted with. */
export async function turn(signal: AbortSignal | undefined): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve));
  signal?.throwIfAborted();
}
