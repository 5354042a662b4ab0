import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { pathHint } from "../../base/path_hint.ts";
import { CremaError } from "../../base/error.ts";
import { type LmdbMeta, META_BYTES, parseMeta } from "./lmdb_meta.ts";
import { counted } from "../../base/counted.ts";

/** Bytes that are read at once when pages are read in order. */
const READ_AHEAD = 256 * 1024;
/** Number of pages that may be skipped when pages are read in order. */
const GAP = 8;
const HINT = "The file is damaged or truncated: copy it or make it again.";

/**
 * The data file of an LMDB, `data.mdb`, read page by page. What is read is the newest snapshot at the time of
 * opening.
 *
 * liblmdb maps the file into memory and trusts its contents, so a file that is damaged, or truncated while it
 * is read, ends the process. Here ordinary reads are used, and every number from the file is checked before use.
 */
export class LmdbFile implements Disposable {
  /** Path of the file, for messages. */
  readonly path: string;
  /** The snapshot. */
  readonly meta: LmdbMeta;
  readonly #file: number;
  /** Bytes that were read ahead: `#ahead` of them, from `#start` in the file. */
  #window = new Uint8Array();
  #start = 0;
  #ahead = 0;
  /** Pages that were read without reading ahead. */
  #single = new Uint8Array();
  /** The page after the last one that was asked for. */
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
        throw new CremaError(
          `Expected '${this.path}' to have ${counted(pages * pageSize, "byte")} but found ${size}`,
          {
            hint: HINT,
          },
        );
      }
    } catch (error) {
      closeSync(this.#file);
      throw error;
    }
  }

  /**
   * Reads `count` pages, from `page` on. The bytes are valid until the next call. Throws a CremaError when the
   * file has no such pages, or no longer has them.
   */
  read(page: number, count = 1): Uint8Array<ArrayBuffer> {
    const { pageSize, pages } = this.meta;
    const length = count * pageSize, start = page * pageSize;
    if (page < 0 || count < 1 || page + count > pages) {
      throw this.damaged(page, `a page from 0 to ${pages - 1}`, `${counted(count, "page")} from there`);
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
    throw this.damaged(page, counted(length, "byte"), `${found}`);
  }

  /** An error about a page. It says whether another process has written to the database. */
  damaged(page: number, expected: string, found: string): CremaError {
    return new CremaError(`Expected ${expected} on page ${page} of '${this.path}' but found ${found}`, {
      hint: this.#hasChanged()
        ? "Another process changed the database during reading: wait until it has finished."
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

  /** Fills `bytes` from `start` in the file on. Returns the number of bytes that there were. */
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

/** Opens `data.mdb`. Throws a CremaError that says what is there instead. */
function openData(folder: string, path: string): number {
  const missing = (found: string, hint?: string, cause?: unknown) =>
    new CremaError(`Expected an LMDB at '${folder}' but found ${found}`, { hint, cause });
  try {
    // Opening a pipe could block forever.
    const { isFile, size } = Deno.statSync(path);
    if (!isFile) throw missing("a data.mdb that is not a file");
    if (size === 0) throw missing("an empty data.mdb", HINT);
    return openSync(path, "r");
  } catch (cause) {
    if (cause instanceof CremaError || cause instanceof Deno.errors.NotCapable) throw cause;
    if (!(cause instanceof Deno.errors.NotFound || cause instanceof Deno.errors.NotADirectory)) {
      throw missing(`that it can't be opened: ${(cause as Error).message}`, undefined, cause);
    }
    const hint = pathHint(
      folder,
      "A relative path is looked up from the current folder, then from the prototxt's.",
    );
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
