/**
 * A number of bytes for people, in kilobytes or megabytes.
 *
 * ```ts
 * import { sizeText } from "./size_text.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual([sizeText(1234), sizeText(5e6)], ["1.2 KB", "5.0 MB"]);
 * ```
 */
export function sizeText(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} KB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
