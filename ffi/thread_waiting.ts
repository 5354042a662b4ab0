/**
 * How often a thread of the engine looks for its next piece of work before it sleeps: for some ten
 * microseconds, about the gap between two pieces of one pass.
 */
const SPINS = "5000";

/**
 * Tells OpenMP's runtime, before a library loads it, to wait only briefly for work. By default it spins for
 * milliseconds, and on a busy machine the threads that spin hold up those that work: LeNet took five to ten
 * times as long. An existing OMP_WAIT_POLICY or GOMP_SPINCOUNT wins.
 */
export function waitBriefly(): void {
  try {
    if (Deno.env.has("OMP_WAIT_POLICY") || Deno.env.has("GOMP_SPINCOUNT")) return;
    Deno.env.set("GOMP_SPINCOUNT", SPINS);
  } catch (error) {
    // Without permission to change the environment the runtime's default stays.
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
  }
}
