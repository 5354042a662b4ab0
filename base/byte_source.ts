import { CremaError } from "./error.ts";
import { readBytes } from "./read_bytes.ts";

/** Bytes that are read in ranges: of a large file, only those that are needed are in memory. */
export interface ByteSource {
  /** Number of bytes. */
  readonly size: number;
  /** Path of the file, for error messages. */
  readonly file: string | undefined;
  /** A copy of the bytes of a range. Throws a CremaError when they are not all there. */
  read(offset: number, length: number): Uint8Array<ArrayBuffer>;
}

/**
 * A source of bytes in memory.
 *
 * ```ts
 * import { bytesSource } from "./byte_source.ts";
 * import assert from "node:assert/strict";
 *
 * const source = bytesSource(Uint8Array.of(1, 2, 3));
 * assert.deepEqual(source.read(1, 2), Uint8Array.of(2, 3));
 * assert.throws(() => source.read(2, 2), /Expected 2 bytes from byte 2 on but found 1/);
 * ```
 */
export function bytesSource(bytes: Uint8Array, file?: string): ByteSource {
  return {
    size: bytes.length,
    file,
    read: (offset, length) => {
      const found = Uint8Array.from(bytes.subarray(offset, offset + length));
      return whole(found, offset, length, file);
    },
  };
}

/**
 * A file as a source of bytes; what is no file, such as a pipe, is read at once. `what` names what is expected there.
 * The file is opened for each range, so that there is nothing to close. Throws a CremaError when it can't be read.
 */
export async function fileSource(path: string, what: string): Promise<ByteSource> {
  const stat = await Deno.stat(path).catch(() => undefined);
  // A folder, and a file that is missing, are errors that reading words well.
  if (!stat?.isFile) return bytesSource(await readBytes(path, what), path);
  return {
    size: stat.size,
    file: path,
    read: (offset, length) => whole(readRange(path, what, offset, length), offset, length, path),
  };
}

function readRange(path: string, what: string, offset: number, length: number): Uint8Array<ArrayBuffer> {
  try {
    using file = Deno.openSync(path);
    file.seekSync(offset, Deno.SeekMode.Start);
    const bytes = new Uint8Array(length);
    let at = 0;
    while (at < length) {
      const count = file.readSync(bytes.subarray(at));
      if (count === null) break;
      at += count;
    }
    return bytes.subarray(0, at);
  } catch (cause) {
    throw new CremaError(`Expected ${what} but found ${(cause as Error).message}`, { file: path, cause });
  }
}

function whole(
  bytes: Uint8Array<ArrayBuffer>,
  offset: number,
  length: number,
  file: string | undefined,
): Uint8Array<ArrayBuffer> {
  if (bytes.length === length) return bytes;
  throw new CremaError(`Expected ${length} bytes from byte ${offset} on but found ${bytes.length}`, {
    file,
    hint: "The file was cut, or changed while it was read.",
  });
}
