// Ours: sharp encodes PNG too, but it is large, native and asynchronous, and these pictures are small.
import { crc32, deflateSync } from "node:zlib";
import { joinBytes } from "../base/join_bytes.ts";

/** An image of bytes, row by row. */
export interface PixelImage {
  /** `width * height * channels` values from 0 to 255. */
  pixels: Uint8Array;
  width: number;
  height: number;
  /** 1 for grey, 3 for red, green and blue. */
  channels: 1 | 3;
}

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/**
 * An image as the bytes of a PNG file (https://www.w3.org/TR/png-3/), eight bits a channel.
 *
 * ```ts
 * import { encodePng } from "./encode_png.ts";
 * import assert from "node:assert/strict";
 *
 * const png = encodePng({ pixels: new Uint8Array([0, 255]), width: 2, height: 1, channels: 1 });
 * assert.equal(new TextDecoder("latin1").decode(png.subarray(1, 4)), "PNG");
 * ```
 */
export function encodePng({ pixels, width, height, channels }: PixelImage): Uint8Array {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header[8] = 8; // bits
  header[9] = channels === 1 ? 0 : 2; // grey, or colours

  const stride = width * channels;
  const rows = new Uint8Array((stride + 1) * height); // each row begins with its filter: 0 for none
  for (let row = 0; row < height; row++) {
    rows.set(pixels.subarray(row * stride, (row + 1) * stride), row * (stride + 1) + 1);
  }
  return joinBytes([
    new Uint8Array(SIGNATURE),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", new Uint8Array()),
  ]);
}

/** Length, type, content, and the CRC-32 of the last two. */
function chunk(type: string, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(content.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, content.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(content, 8);
  view.setUint32(content.length + 8, crc32(bytes.subarray(4, content.length + 8)));
  return bytes;
}
