import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, resolve } from "node:path";

/** The npm package that holds what was built for this kind of machine. */
export const PLATFORM_PACKAGE: string = `@crema/engine-${Deno.build.os}-${
  Deno.build.arch === "aarch64" ? "arm64" : "x64"
}`;

/** Where something is that was built: at a path from the root of the checkout, or else in the npm package. */
export function nativeFile(path: string): string {
  const built = resolve(import.meta.dirname ?? ".", "..", path);
  return existsSync(built) ? built : packagedFile(basename(path)) ?? built;
}

/** Where the npm package for this kind of machine has a file; undefined where that package is not installed. */
export function packagedFile(name: string): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(`${PLATFORM_PACKAGE}/${name}`);
  } catch {
    return undefined; // not from npm, or not for this kind of machine: who needs the file says what is missing
  }
}
