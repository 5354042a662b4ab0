/**
 * A text as a field of a CSV table (RFC 4180): in quotes where it has to be.
 *
 * ```ts
 * import { csvField } from "./csv_field.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(["cat", "cat, black", 'the "cat"'].map((text) => csvField(text)), [
 *   "cat",
 *   '"cat, black"',
 *   '"the ""cat"""',
 * ]);
 * ```
 */
export function csvField(text: string, delimiter = ","): string {
  return /["\r\n]/.test(text) || text.includes(delimiter) ? `"${text.replaceAll('"', '""')}"` : text;
}
