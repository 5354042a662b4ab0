/** The encodings of text with two bytes per character, as `TextDecoder` calls them. */
export type Utf16 = "utf-16le" | "utf-16be";

/**
 * Whether bytes are text of two bytes per character, and in which order: marked as such, or with every other byte 0.
 *
 * ```ts
 * import { utf16Of } from "./utf16.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(utf16Of(Uint8Array.of(0x61, 0, 0x62, 0)), "utf-16le");
 * assert.equal(utf16Of(Uint8Array.of(0xfe, 0xff, 0, 0x61)), "utf-16be");
 * assert.equal(utf16Of(new TextEncoder().encode("a,b\n")), undefined);
 * ```
 */
export function utf16Of(bytes: Uint8Array): Utf16 | undefined {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return "utf-16le";
  if (first === 0xfe && second === 0xff) return "utf-16be";
  const head = bytes.subarray(0, Math.min(bytes.length & ~1, 512));
  if (head.length < 4) return undefined;
  const isEmpty = (side: number) => head.every((byte, at) => at % 2 === side ? byte === 0 : byte !== 0);
  return isEmpty(1) ? "utf-16le" : isEmpty(0) ? "utf-16be" : undefined;
}
