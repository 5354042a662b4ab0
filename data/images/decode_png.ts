import { crc32, inflateSync } from "node:zlib";
import { joinBytes } from "../../base/join_bytes.ts";
import type { Pixels } from "./resize_pixels.ts";

/** Of more pixels than these the libraries' own decoder is as fast, and works beside other threads. */
const MOST_PIXELS = 1 << 16;

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** Channels of the colour types that are decoded here: grey, colour, colour and alpha. */
const CHANNELS: Partial<Record<number, number>> = { 0: 1, 2: 3, 6: 4 };

/** Chunks that change no pixel. */
const IGNORED = new Set(["pHYs", "tIME", "bKGD", "sRGB", "gAMA"]);

/** What the header of a PNG says. */
interface Header {
  width: number;
  height: number;
  channels: number;
}

/**
 * The pixels of a small PNG file of the simplest kind: 8 bits per channel, not interlaced, without a palette, profiles or
 * an orientation. That takes a fraction of what a general decoder needs to begin, which for thousands of small images is
 * most of its time. Undefined for all other files, damaged ones too: those are for the general decoder, and its errors.
 * Portable Network Graphics Specification, third edition, https://www.w3.org/TR/png-3/
 */
export function decodeSmallPng(bytes: Uint8Array): Pixels | undefined {
  if (!SIGNATURE.every((byte, i) => bytes[i] === byte)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let header: Header | undefined, ended = false;
  const parts: Uint8Array[] = [];
  for (let at = SIGNATURE.length; !ended;) {
    if (at + 12 > bytes.length) return undefined;
    const length = view.getUint32(at), end = at + 8 + length;
    if (end + 4 > bytes.length) return undefined;
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8)), data = bytes.subarray(at + 8, end);
    if (crc32(bytes.subarray(at + 4, end)) !== view.getUint32(end)) return undefined;
    if (type === "IHDR" && header === undefined) {
      header = headerOf(data);
      if (header === undefined) return undefined;
    } else if (type === "IDAT") parts.push(data);
    else if (type === "IEND") ended = true;
    else if (!IGNORED.has(type)) return undefined;
    at = end + 4;
  }
  return header && unpack(header, parts);
}

function headerOf(data: Uint8Array): Header | undefined {
  if (data.length !== 13) return undefined;
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const width = view.getUint32(0), height = view.getUint32(4);
  const [depth, type, compression, filter, interlace] = data.subarray(8);
  const channels = CHANNELS[type!];
  const isSimple = depth === 8 && channels !== undefined && compression === 0 && filter === 0 &&
    interlace === 0;
  if (!isSimple || width === 0 || height === 0 || width * height > MOST_PIXELS) return undefined;
  return { width, height, channels };
}

/** Inflates the rows, and undoes the filter of each. */
function unpack({ width, height, channels }: Header, parts: readonly Uint8Array[]): Pixels | undefined {
  const row = width * channels, wanted = height * (row + 1);
  let rows: Uint8Array;
  try {
    rows = inflateSync(parts.length === 1 ? parts[0]! : joinBytes(parts), { maxOutputLength: wanted });
  } catch {
    return undefined;
  }
  if (rows.length !== wanted) return undefined;
  const data = new Uint8Array(height * row);
  for (let y = 0; y < height; y++) {
    const from = y * (row + 1) + 1;
    if (!undoFilter(rows[from - 1]!, rows.subarray(from, from + row), data, y * row, row, channels)) {
      return undefined;
    }
  }
  return { width, height, channels, data };
}

/** Writes a row to `data` from `at` on. Returns false for a filter that does not exist. */
function undoFilter(
  filter: number,
  from: Uint8Array,
  data: Uint8Array,
  at: number,
  row: number,
  step: number,
): boolean {
  const isFirst = at === 0;
  switch (filter) {
    case 0:
      data.set(from, at);
      return true;
    case 1: // the difference from the pixel to the left
      for (let i = 0; i < row; i++) data[at + i] = from[i]! + (i < step ? 0 : data[at + i - step]!);
      return true;
    case 2: // from the pixel above
      for (let i = 0; i < row; i++) data[at + i] = from[i]! + (isFirst ? 0 : data[at + i - row]!);
      return true;
    case 3: // from the mean of both
      for (let i = 0; i < row; i++) {
        const left = i < step ? 0 : data[at + i - step]!, above = isFirst ? 0 : data[at + i - row]!;
        data[at + i] = from[i]! + ((left + above) >> 1);
      }
      return true;
    case 4: // from that of left, above and their corner which is nearest to left + above − corner (Paeth)
      for (let i = 0; i < row; i++) {
        const left = i < step ? 0 : data[at + i - step]!, above = isFirst ? 0 : data[at + i - row]!;
        const corner = i < step || isFirst ? 0 : data[at + i - row - step]!;
        const a = Math.abs(above - corner),
          b = Math.abs(left - corner),
          c = Math.abs(left + above - 2 * corner);
        data[at + i] = from[i]! + (a <= b && a <= c ? left : b <= c ? above : corner);
      }
      return true;
    default:
      return false;
  }
}
