import { Buffer } from "node:buffer";
import { type DecodedColour, decodeImage } from "./decode_image.ts";
import type { Pixels } from "./resize_pixels.ts";

/** The most bytes that a cache takes by default. */
const MOST_BYTES = 256 << 20;

/** A file, and what it was decoded to. */
interface Decoded {
  bytes: Uint8Array;
  colour: DecodedColour;
  pixels: Pixels;
}

/**
 * Decodes image files, and keeps what it decoded in memory as long as there is room, so that the next epoch need not
 * decode them again. The first ones stay: in any order, a cache that drops some for others would find no more. What it
 * returns is always what the file's present bytes decode to.
 */
export class DecodedImages {
  readonly #kept = new Map<number, Decoded>();
  #room: number;

  /** A cache of at most so many bytes. */
  constructor(bytes = MOST_BYTES) {
    this.#room = bytes;
  }

  /** Number of images that are kept. */
  get size(): number {
    return this.#kept.size;
  }

  /**
   * The pixels of an image file, which must not be changed; `index` is its own among all images. The bytes are the
   * caller's no more. Throws a CremaError as `decodeImage` does.
   */
  async decode(index: number, bytes: Uint8Array, colour: DecodedColour): Promise<Pixels> {
    const kept = this.#kept.get(index);
    if (kept !== undefined && kept.colour === colour && isSame(kept.bytes, bytes)) return kept.pixels;
    const pixels = await decodeImage(bytes, colour);
    const takes = pixels.data.length + bytes.length;
    if (kept !== undefined || takes > this.#room) return pixels;
    this.#room -= takes;
    // A view would keep the whole buffer of a decoder.
    const own = { ...pixels, data: new Uint8Array(pixels.data) };
    this.#kept.set(index, { bytes, colour, pixels: own });
    return own;
  }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}
