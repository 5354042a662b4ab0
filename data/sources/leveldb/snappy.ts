import { ByteReader, OutOfBytesError } from "./byte_reader.ts";

/**
 * Decompresses a block in Snappy's format: the length, then literals and copies of what came before. Throws an
 * OutOfBytesError when the block is damaged.
 *
 * ```ts
 * import { decompressSnappy } from "./snappy.ts";
 * import assert from "node:assert/strict";
 *
 * // Six bytes: a literal of 2, and a copy of 4 bytes from 2 bytes before.
 * const block = new Uint8Array([6, 4, 97, 98, 1, 2]);
 * assert.equal(new TextDecoder().decode(decompressSnappy(block)), "ababab");
 * ```
 */
export function decompressSnappy(block: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const reader = new ByteReader(block), length = reader.varint();
  // The densest copy gives 64 bytes for 3.
  if (length > 32 * block.length) throw new OutOfBytesError(`Expected fewer than ${length} bytes`);
  const out = new Uint8Array(length);
  let to = 0;
  while (!reader.done) {
    const tag = reader.byte(), kind = tag & 3;
    if (kind === 0) {
      let count = tag >> 2;
      if (count >= 60) {
        const bytes = count - 59;
        count = 0;
        for (let i = 0; i < bytes; i++) count += reader.byte() * 2 ** (8 * i);
      }
      count++;
      if (count > length - to) throw new OutOfBytesError("Expected a shorter literal");
      out.set(reader.bytes(count), to);
      to += count;
      continue;
    }
    const count = kind === 1 ? (tag >> 2 & 7) + 4 : (tag >> 2) + 1;
    const offset = kind === 1
      ? (tag >> 5) * 256 + reader.byte()
      : kind === 2
      ? reader.byte() + reader.byte() * 256
      : reader.fixed32();
    if (offset === 0 || offset > to || count > length - to) {
      throw new OutOfBytesError("Expected a copy within the block");
    }
    // A copy may overlap what it makes.
    if (offset >= count) out.copyWithin(to, to - offset, to - offset + count);
    else for (let i = 0; i < count; i++) out[to + i] = out[to - offset + i]!;
    to += count;
  }
  if (to !== length) throw new OutOfBytesError(`Expected ${length} bytes but found ${to}`);
  return out;
}
