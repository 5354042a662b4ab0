/**
 * What to do about a path at which nothing was found, when it looks like one of Windows: in a prototxt, a
 * backslash begins an escape, so that the path may hold a tab in its place. `otherwise` is the hint for other
 * paths.
 *
 * ```ts
 * import { pathHint } from "./path_hint.ts";
 * import assert from "node:assert/strict";
 *
 * assert.match(pathHint(String.raw`data\train`)!, /Write '\/'/);
 * assert.equal(pathHint("data/train"), undefined);
 * ```
 */
export function pathHint(path: string, otherwise?: string): string | undefined {
  // deno-lint-ignore no-control-regex -- what \a, \b, \t, \n, \v, \f and \r stand for
  if (!/[\\\x07-\x0d]/.test(path)) return otherwise;
  return "Write '/' between folders: a backslash is no separator here, and begins an escape in a prototxt.";
}
