/**
 * Turns that a thread of the engine looks for its next piece of work before it sleeps: some ten microseconds, about the
 * gap between two pieces of one pass.
 */
const SPINS = "5000";

/**
 * Tells OpenMP's runtime, before a library brings it in, to wait only briefly for work. By default it turns for
 * milliseconds, and where another program wants the processor too, the thread that turns holds up the one that works:
 * LeNet took five to ten times as long on a busy machine. Who sets OMP_WAIT_POLICY or GOMP_SPINCOUNT decides themselves.
 */
export function waitBriefly(): void {
  try {
    if (Deno.env.has("OMP_WAIT_POLICY") || Deno.env.has("GOMP_SPINCOUNT")) return;
    Deno.env.set("GOMP_SPINCOUNT", SPINS);
  } catch (error) {
    // Without the permission to change the environment the runtime's own choice stands.
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
  }
}
