import { CremaError } from "../../base/error.ts";

/**
 * Loads sharp, which decodes images. It is large and native, so call this only when there are images. Throws
 * a CremaError.
 */
export async function loadSharp(): Promise<typeof import("sharp").default> {
  try {
    return (await import("sharp")).default;
  } catch (cause) {
    throw new CremaError(
      `Expected the library sharp, which decodes JPEG and PNG, but found: ${(cause as Error).message}`,
      {
        hint:
          "It is an npm package with native code: it needs --allow-ffi, --allow-read, --allow-env and --allow-sys, or -A.",
        cause,
      },
    );
  }
}
