import { existsSync } from "node:fs";

const built = existsSync(new URL("../../../../build/libcaffe/libcrema_libcaffe.so", import.meta.url));

/**
 * Registers a test of the engine "libcaffe". It is ignored if `deno task libcaffe` was not run, unless
 * CREMA_REQUIRE_LIBCAFFE=1 requires it.
 */
export function libcaffeTest(name: string, fn: () => void | Promise<void>): void {
  const ignore = !built && Deno.env.get("CREMA_REQUIRE_LIBCAFFE") !== "1";
  Deno.test({
    name: ignore ? `${name} (needs \`deno task libcaffe\`, which was not run)` : name,
    ignore,
    fn,
  });
}
