import { CremaError } from "../../base/error.ts";
import { readDatum } from "./datum.ts";
import { LmdbFile } from "./lmdb_file.ts";
import { LmdbLeaf } from "./lmdb_page.ts";
import { LmdbWalk } from "./lmdb_walk.ts";
import type { RecordSource, SourceRecord } from "./record_source.ts";
import { counted } from "../../base/counted.ts";

/** Flag for databases with several values per key, from lmdb.h. */
const MDB_DUPSORT = 0x04;

/**
 * An LMDB of Datum messages, as Caffe stores its datasets. Records come in the order of their keys. The file is
 * read, never mapped into memory, so damage is an error. No lock is taken: the records are those of the moment
 * when the database was opened, as long as no other process writes to it.
 */
export class LmdbSource implements RecordSource {
  /** The folder. */
  readonly name: string;
  /** Number of records. */
  readonly count: number;
  readonly #file: LmdbFile;
  readonly #parse: (bytes: Uint8Array) => SourceRecord;
  readonly #leaf: LmdbLeaf;
  #walk: LmdbWalk;
  /** The first record on the leaf. */
  #first = 0;
  /** The next record. */
  #index = 0;
  #leaves: LeafTable | undefined;

  /**
   * Opens the LMDB in a folder. Throws a CremaError when there is none, or it is damaged, or allows several
   * values per key. `parse` reads the values, which are Datum messages by default.
   */
  constructor(folder: string, parse: (bytes: Uint8Array) => SourceRecord = readDatum) {
    this.name = folder;
    this.#parse = parse;
    this.#file = new LmdbFile(folder);
    const { flags, entries } = this.#file.meta;
    if ((flags & MDB_DUPSORT) !== 0) {
      this.#file[Symbol.dispose]();
      throw new CremaError(
        `Expected one value per key in '${folder}' but found an LMDB that allows several (MDB_DUPSORT)`,
        { hint: "Make the database without that flag, as Caffe's tools do." },
      );
    }
    this.count = entries;
    this.#leaf = new LmdbLeaf(this.#file);
    this.#walk = new LmdbWalk(this.#file);
  }

  /** Makes the record `index` the next one to read; `count` is the end. */
  seek(index: number): void {
    if (!Number.isInteger(index) || index < 0 || index > this.count) {
      throw new CremaError(
        `Expected a record from 0 to ${this.count - 1} in '${this.name}' but found ${index}`,
      );
    }
    // A backward jump, other than to the start, means shuffled reading: there will be many more.
    if (index !== 0 && index < this.#index) this.#leaves ??= this.#listLeaves();
    this.#index = index;
  }

  /**
   * Reads the next record. Returns undefined after the last. Throws a CremaError when it is not a Datum, or a
   * page is damaged.
   */
  read(): SourceRecord | undefined {
    if (this.#index === this.count) return undefined;
    return this.#parse(this.#leaf.value(this.#find(this.#index++)));
  }

  /** Names the record `index` by its key. Returns undefined when the key cannot be read. */
  describe(index: number): string | undefined {
    try {
      return `key '${new TextDecoder().decode(this.#leaf.key(this.#find(index)))}'`;
    } catch (error) {
      if (error instanceof CremaError) return undefined; // the error that led here says more
      throw error;
    }
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }

  /** Loads the leaf that holds a record. Returns the index of the record on it. */
  #find(index: number): number {
    if (index >= this.#first && index < this.#first + this.#leaf.count) return index - this.#first;
    try {
      if (this.#leaves !== undefined) this.#jump(index, this.#leaves);
      else this.#goOn(index);
      return index - this.#first;
    } catch (error) {
      this.#rewind();
      throw error;
    }
  }

  #jump(index: number, { pages, firsts }: LeafTable): void {
    const at = leafOf(index, firsts);
    this.#leaf.load(pages[at]!);
    this.#first = firsts[at]!;
    const expected = firsts[at + 1]! - this.#first, found = this.#leaf.count;
    if (found !== expected) {
      throw this.#file.damaged(pages[at]!, counted(expected, "record"), `${found}`);
    }
  }

  #goOn(index: number): void {
    if (index < this.#first) this.#rewind();
    while (index >= this.#first + this.#leaf.count) {
      this.#first += this.#leaf.count;
      this.#leaf.load(this.#nextLeaf(this.#walk, this.#first));
      this.#checkEnd(this.#walk, this.#first + this.#leaf.count);
    }
  }

  #rewind(): void {
    this.#walk = new LmdbWalk(this.#file);
    this.#first = 0;
    this.#leaf.count = 0;
  }

  /** Walks the whole database. */
  #listLeaves(): LeafTable {
    const walk = new LmdbWalk(this.#file), leaf = new LmdbLeaf(this.#file);
    const pages: number[] = [], firsts = [0];
    for (let count = 0; count < this.count;) {
      leaf.load(this.#nextLeaf(walk, count));
      count += leaf.count;
      this.#checkEnd(walk, count);
      pages.push(leaf.number);
      firsts.push(count);
    }
    return { pages: Float64Array.from(pages), firsts: Float64Array.from(firsts) };
  }

  #nextLeaf(walk: LmdbWalk, count: number): number {
    const page = walk.next();
    if (page !== undefined) return page;
    throw this.#miscounted(`${count}`);
  }

  /** Throws a CremaError when the database has more records than the meta page says; `count` were passed. */
  #checkEnd(walk: LmdbWalk, count: number): void {
    if (count < this.count || (count === this.count && walk.next() === undefined)) return;
    throw this.#miscounted("more");
  }

  #miscounted(found: string): CremaError {
    return new CremaError(`Expected ${counted(this.count, "record")} in '${this.name}' but found ${found}`, {
      hint: "The file is damaged: copy it or make it again.",
    });
  }
}

/** All leaves, in the order of their keys. */
interface LeafTable {
  /** The page number of each leaf. */
  pages: Float64Array;
  /** The first record on each leaf; then the number of all records. */
  firsts: Float64Array;
}

/** The index of the leaf that holds a record. */
function leafOf(index: number, firsts: Float64Array): number {
  let low = 0, high = firsts.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (firsts[middle]! <= index) low = middle;
    else high = middle;
  }
  return low;
}
