import { readFileSync } from "node:fs";

/**
 * The package of a module in a node_modules folder, with its version, as `npm:zod@4.0.0`; undefined for other
 * modules.
 *
 * ```ts
 * import { installedPackage } from "./installed_package.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(installedPackage("file:///home/me/loss.ts"), undefined);
 * ```
 */
export function installedPackage(url: string): string | undefined {
  const [, folder] = /^(file:.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(url) ?? [];
  if (folder === undefined) return undefined;
  try {
    const { name, version } = JSON.parse(readFileSync(new URL(`${folder}/package.json`), "utf8"));
    return typeof name === "string" && typeof version === "string" ? `npm:${name}@${version}` : undefined;
  } catch {
    return undefined; // a folder of that name that holds no package
  }
}
