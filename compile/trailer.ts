import { createHash } from "node:crypto";
import xxhash from "xxhash-wasm";

/** Bytes of a trailer: `struct Trailer` of launcher/program.h. */
export const TRAILER_BYTES = 112;

const MAGIC = new TextEncoder().encode("CREMA\0P1");

/** The end of a compiled file: where its list of files is, and what its bytes must be. */
export interface Trailer {
  /** Where the manifest begins. */
  manifestOffset: number;
  /** Bytes of the manifest. */
  manifestSize: number;
  /** Bytes of the whole file. */
  size: number;
  /** SHA-256 of everything before the trailer, in hexadecimal: it names the program. */
  sha256: string;
}

const { create64, h64Raw } = await xxhash();

/** Computes both hashes of the bytes before a trailer, piece by piece. */
export class TrailerHash {
  readonly #fast = create64();
  readonly #strong = createHash("sha256");

  /** Takes the next bytes. */
  update(bytes: Uint8Array): void {
    this.#fast.update(bytes);
    this.#strong.update(bytes);
  }

  /** The trailer of a file with these bytes before it. */
  trailer(at: Pick<Trailer, "manifestOffset" | "manifestSize" | "size">): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(TRAILER_BYTES), view = new DataView(bytes.buffer);
    for (const [i, value] of [at.manifestOffset, at.manifestSize, at.size].entries()) {
      view.setBigUint64(8 * i, BigInt(value), true);
    }
    view.setBigUint64(24, this.#fast.digest(), true);
    bytes.set(new TextEncoder().encode(this.#strong.digest("hex")), 32);
    view.setBigUint64(96, h64Raw(bytes.subarray(0, 96)), true);
    bytes.set(MAGIC, 104);
    return bytes;
  }
}

/** Reads a trailer; undefined when the bytes are no trailer, or were changed. */
export function readTrailer(bytes: Uint8Array): Trailer | undefined {
  if (bytes.length !== TRAILER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (MAGIC.some((byte, i) => bytes[104 + i] !== byte)) return undefined;
  if (view.getBigUint64(96, true) !== h64Raw(bytes.subarray(0, 96))) return undefined;
  const [manifestOffset, manifestSize, size] = [0, 8, 16].map((at) => Number(view.getBigUint64(at, true)));
  const sha256 = new TextDecoder().decode(bytes.subarray(32, 96));
  return { manifestOffset: manifestOffset!, manifestSize: manifestSize!, size: size!, sha256 };
}
