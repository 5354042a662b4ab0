import { registerHooks } from "node:module";

const versions = new Map<string, number>();
const MARK = "crema-edit";
let hooked = false;

/**
 * Makes the next import of a module, from any module, read its file again. Deno identifies modules by their
 * URL, so from then on imports resolve to its URL with the number of the edit; nothing else changes, neither
 * `import.meta.dirname` nor lines in stack traces. A module that imported it before keeps the old one.
 */
export function renewModule(url: string): void {
  if (!hooked) {
    hooked = true;
    registerHooks({
      resolve: (name, context, next) => {
        const found = next(name, context);
        const version = versions.get(found.url);
        return version === undefined ? found : { ...found, url: versionOf(found.url, version) };
      },
    });
  }
  versions.set(url, (versions.get(url) ?? 0) + 1);
}

/**
 * A text whose URLs of modules are as the user knows them, without the numbers of edits.
 *
 * ```ts
 * import { asWritten } from "./module_versions.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(asWritten("at file:///home/me/loss.ts?crema-edit=2:7:11"), "at file:///home/me/loss.ts:7:11");
 * ```
 */
export function asWritten(text: string): string {
  return text.replaceAll(new RegExp(`[?&]${MARK}=\\d+`, "g"), "");
}

function versionOf(url: string, version: number): string {
  return `${url}${url.includes("?") ? "&" : "?"}${MARK}=${version}`;
}
