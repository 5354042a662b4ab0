import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, resolve } from "node:path";

/** The npm package with the native files for this platform. */
export const PLATFORM_PACKAGE: string = `@crema/engine-${Deno.build.os}-${
  Deno.build.arch === "aarch64" ? "arm64" : "x64"
}`;

/** Path of a native file: in the checkout, where `path` begins at the root, or else in the npm package. */
export function nativeFile(path: string): string {
  const built = resolve(import.meta.dirname ?? ".", "..", path);
  return existsSync(built) ? built : packagedFile(basename(path)) ?? built;
}

/** Path of a file in the npm package for this platform; undefined when that package is not installed. */
export function packagedFile(name: string): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(`${PLATFORM_PACKAGE}/${name}`);
  } catch {
    return undefined; // the caller reports the missing file
  }
}
