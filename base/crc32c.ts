/** Tables for four bytes at a time. The polynomial is Castagnoli's, reflected. */
const TABLES = [0, 1, 2, 3].map(() => new Uint32Array(256)) as [Uint32Array, ...Uint32Array[]];
for (let byte = 0; byte < 256; byte++) {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  TABLES[0][byte] = value;
}
for (let table = 1; table < 4; table++) {
  for (let byte = 0; byte < 256; byte++) {
    const before = TABLES[table - 1]![byte]!;
    TABLES[table]![byte] = (before >>> 8) ^ TABLES[0][before & 255]!;
  }
}
const [T0, T1, T2, T3] = TABLES as [Uint32Array, Uint32Array, Uint32Array, Uint32Array];

/**
 * The CRC-32C (Castagnoli, RFC 3720 appendix B.4) of bytes from `start` to `end`.
 *
 * ```ts
 * import { crc32c } from "./crc32c.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(crc32c(new TextEncoder().encode("123456789")), 0xe3069283);
 * ```
 */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let value = 0xffffffff, at = start;
  for (; at + 4 <= end; at += 4) {
    value ^= bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16 | bytes[at + 3]! << 24;
    value = T3[value & 255]! ^ T2[value >>> 8 & 255]! ^ T1[value >>> 16 & 255]! ^ T0[value >>> 24]!;
  }
  for (; at < end; at++) value = T0[(value ^ bytes[at]!) & 255]! ^ value >>> 8;
  return ~value >>> 0;
}

/** The CRC-32C that was stored as `masked`: it is rotated, and a constant is added. */
export function unmask(masked: number): number {
  const rotated = (masked - 0xa282ead8) >>> 0;
  return (rotated >>> 17 | rotated << 15) >>> 0;
}

/**
 * The form in which LevelDB and TFRecord files store a CRC-32C, so that the CRC of data that holds CRCs stays a good one:
 * {@link unmask} undoes it.
 */
export function mask(value: number): number {
  return ((value >>> 15 | value << 17) + 0xa282ead8) >>> 0;
}
