/**
 * Bytes one after the other, in memory of their own.
 *
 * ```ts
 * import { joinBytes } from "./join_bytes.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(joinBytes([Uint8Array.of(1, 2), new Uint8Array(), Uint8Array.of(3)]), Uint8Array.of(1, 2, 3));
 * ```
 */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
