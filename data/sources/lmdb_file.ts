import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { CremaError } from "../../base/error.ts";
import { type LmdbMeta, META_BYTES, parseMeta } from "./lmdb_meta.ts";

/** Bytes that are read at once where pages are read in order. */
const READ_AHEAD = 256 * 1024;
/** Pages that may be passed over in what still counts as reading in order. */
const GAP = 8;
const HINT = "The file is damaged or cut off: copy it or make it again.";

/**
 * The file of an LMDB, `data.mdb`, read page by page at the snapshot that is the newest when it is opened.
 *
 * liblmdb maps the file into memory and trusts what is there: a file that is damaged, or cut off while it is read, ends
 * the process. Here it is read by ordinary reads, and every number from the file is checked before it is used.
 */
export class LmdbFile implements Disposable {
  /** The file, for errors. */
  readonly path: string;
  /** The snapshot. */
  readonly meta: LmdbMeta;
  readonly #file: number;
  /** What was read ahead: `#ahead` bytes from `#start` on. */
  #window = new Uint8Array();
  #start = 0;
  #ahead = 0;
  /** What was read by itself. */
  #single = new Uint8Array();
  /** The page after the one that was read last. */
  #next = 0;
  #disposed = false;

  /** Opens the LMDB in a folder. Throws a CremaError when there is none, or it is damaged. */
  constructor(folder: string) {
    this.path = `${folder}/data.mdb`;
    this.#file = openData(folder, this.path);
    try {
      this.meta = this.#newestMeta();
      const { pageSize, pages } = this.meta;
      const { size } = fstatSync(this.#file);
      if (size < pages * pageSize) {
        throw new CremaError(`Expected '${this.path}' to have ${pages * pageSize} bytes but found ${size}`, {
          hint: HINT,
        });
      }
    } catch (error) {
      closeSync(this.#file);
      throw error;
    }
  }

  /**
   * The bytes of `count` pages from `page` on, until the next call. Throws a CremaError when the file has no such pages,
   * or no longer has them.
   */
  read(page: number, count = 1): Uint8Array<ArrayBuffer> {
    const { pageSize, pages } = this.meta;
    const length = count * pageSize, start = page * pageSize;
    if (page < 0 || count < 1 || page + count > pages) {
      throw this.damaged(page, `a page from 0 to ${pages - 1}`, `${count} pages from there`);
    }
    const inOrder = page >= this.#next && page <= this.#next + GAP;
    this.#next = page + count;
    const at = start - this.#start;
    if (at >= 0 && at + length <= this.#ahead) return this.#window.subarray(at, at + length);
    let found;
    if (inOrder && length <= READ_AHEAD / 4) {
      if (this.#window.length === 0) this.#window = new Uint8Array(READ_AHEAD);
      this.#start = start;
      this.#ahead = 0;
      found = this.#ahead = this.#fill(this.#window.subarray(0, pages * pageSize - start), start);
      if (found >= length) return this.#window.subarray(0, length);
    } else {
      if (this.#single.length < length) this.#single = new Uint8Array(length);
      const bytes = this.#single.subarray(0, length);
      found = this.#fill(bytes, start);
      if (found === length) return bytes;
    }
    throw this.damaged(page, `${length} bytes`, `${found}`);
  }

  /** An error about a page, which says whether somebody writes to the database. */
  damaged(page: number, expected: string, found: string): CremaError {
    return new CremaError(`Expected ${expected} on page ${page} of '${this.path}' but found ${found}`, {
      hint: this.#hasChanged()
        ? "Another process changed the database while it was read: read it when that is done."
        : HINT,
    });
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    closeSync(this.#file);
  }

  #newestMeta(): LmdbMeta {
    const first = this.#readMeta(0, 0);
    const second = this.#readMeta(1, first.pageSize);
    if (first.pageSize !== second.pageSize) {
      throw new CremaError(
        `Expected pages of ${first.pageSize} bytes in '${this.path}' but found ${second.pageSize} on page 1`,
        { hint: HINT },
      );
    }
    return first.transaction < second.transaction ? second : first;
  }

  #readMeta(page: number, start: number): LmdbMeta {
    const bytes = new Uint8Array(META_BYTES);
    const meta = parseMeta(bytes.subarray(0, this.#fill(bytes, start)));
    if (!("found" in meta)) return meta;
    throw new CremaError(
      `Expected a meta page of an LMDB on page ${page} of '${this.path}' but found ${meta.found}`,
      { hint: meta.hint ?? HINT },
    );
  }

  #hasChanged(): boolean {
    try {
      return this.#newestMeta().transaction !== this.meta.transaction;
    } catch (error) {
      if (error instanceof CremaError) return false;
      throw error;
    }
  }

  /** Reads into all of `bytes` from `start` on; returns how many bytes there were. */
  #fill(bytes: Uint8Array, start: number): number {
    if (this.#disposed) throw new CremaError(`Expected '${this.path}' to be open but found it closed`);
    let filled = 0;
    try {
      while (filled < bytes.length) {
        const count = readSync(this.#file, bytes, filled, bytes.length - filled, start + filled);
        if (count === 0) break;
        filled += count;
      }
      return filled;
    } catch (cause) {
      throw new CremaError(`Expected to read '${this.path}' but found: ${(cause as Error).message}`, {
        cause,
      });
    }
  }
}

/** Opens `data.mdb`, or says what there is instead. */
function openData(folder: string, path: string): number {
  const missing = (found: string, hint?: string, cause?: unknown) =>
    new CremaError(`Expected an LMDB at '${folder}' but found ${found}`, { hint, cause });
  try {
    // To open what is no file, a pipe say, may last for ever.
    const { isFile, size } = Deno.statSync(path);
    if (!isFile) throw missing("a data.mdb that is no file");
    if (size === 0) throw missing("an empty data.mdb", HINT);
    return openSync(path, "r");
  } catch (cause) {
    if (cause instanceof CremaError || cause instanceof Deno.errors.NotCapable) throw cause;
    if (!(cause instanceof Deno.errors.NotFound || cause instanceof Deno.errors.NotADirectory)) {
      throw missing(`that it can't be opened: ${(cause as Error).message}`, undefined, cause);
    }
    const hint = "A relative path is looked up from the current folder, then from the prototxt's.";
    throw missing(whatIsThere(folder), hint, cause);
  }
}

function whatIsThere(path: string): string {
  const exists = (name: string) => {
    try {
      return Deno.statSync(name);
    } catch {
      return undefined;
    }
  };
  if (exists(`${path}/CURRENT`) !== undefined) return "a LevelDB";
  const there = exists(path);
  if (there === undefined) return "nothing";
  return there.isDirectory ? "a folder without data.mdb" : "a file";
}
