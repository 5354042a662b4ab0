import { CremaError } from "../../../base/error.ts";
import { readDatum } from "../datum.ts";
import type { RecordSource, SourceRecord } from "../record_source.ts";
import { LeveldbFiles, type Version } from "./leveldb_entries.ts";
import type { TableFile } from "./manifest.ts";
import { type BlockHandle, Table } from "./table.ts";

/** How to open a {@link LeveldbSource}. */
export interface LeveldbSourceOptions {
  /**
   * Whether to go through the whole database at first, for the number of records and the place of each. Without that, a
   * backward jump begins at the start again.
   */
  listed?: boolean | undefined;
  /** Reads the values. Default: they are Datum messages. */
  parse?: ((bytes: Uint8Array) => SourceRecord) | undefined;
}

/**
 * A LevelDB of Datum messages, Caffe's default database. Records come in the order of their keys. The files are read,
 * never written and not locked; each block's checksum is checked.
 */
export class LeveldbSource implements RecordSource {
  /** The folder. */
  readonly name: string;
  /** Number of records, if the source is listed. */
  readonly count: number | undefined;
  readonly #files: LeveldbFiles;
  readonly #parse: (bytes: Uint8Array) => SourceRecord;
  readonly #list: RecordList | undefined;
  #records: Generator<Version>;
  /** The record that `#records` gives next. */
  #index = 0;
  /** The next record to read. */
  #wanted = 0;
  /** The key of the last record that was read, and which it was. */
  #last: { index: number; key: Uint8Array } | undefined;

  /** Opens the LevelDB in a folder. Throws a CremaError when there is none, or it is damaged. */
  constructor(folder: string, { listed = false, parse = readDatum }: LeveldbSourceOptions = {}) {
    this.name = folder;
    this.#parse = parse;
    this.#files = new LeveldbFiles(folder);
    this.#records = this.#files.records();
    if (listed) {
      this.#list = new RecordList(this.#files);
      this.count = this.#list.count;
    }
  }

  /** Makes the record `index` the next one to read. Without a list, the records before it are read and skipped. */
  seek(index: number): void {
    if (!Number.isInteger(index) || index < 0 || index > (this.count ?? Infinity)) {
      throw new CremaError(`Expected a record of '${this.name}' but found the number ${index}`);
    }
    this.#wanted = index;
  }

  /** Reads the next record. Returns undefined after the last. Throws a CremaError when it or its file is damaged. */
  read(): SourceRecord | undefined {
    const index = this.#wanted;
    const found = this.#list === undefined ? this.#goTo(index) : this.#list.read(index);
    if (found === undefined) return undefined;
    this.#wanted++;
    this.#last = { index, key: found.key };
    return this.#parse(found.value);
  }

  /** Names the record by its key, if it is the last one that was read. */
  describe(index: number): string | undefined {
    return this.#last?.index === index ? `key '${new TextDecoder().decode(this.#last.key)}'` : undefined;
  }

  /** Closes the files. */
  [Symbol.dispose](): void {
    this.#records.return(undefined);
    this.#list?.[Symbol.dispose]();
  }

  #goTo(index: number): Pick<Version, "key" | "value"> | undefined {
    try {
      if (index < this.#index) this.#rewind();
      while (true) {
        const next = this.#records.next();
        if (next.done) {
          if (index > this.#index) {
            throw new CremaError(
              `Expected more than ${index} records in '${this.name}' but found ${this.#index}`,
              {
                hint: "Was the data changed since the position was saved?",
              },
            );
          }
          this.#rewind();
          return undefined;
        }
        if (this.#index++ === index) return next.value;
      }
    } catch (error) {
      this.#rewind(); // a generator that has thrown is at its end
      throw error;
    }
  }

  #rewind(): void {
    this.#records.return(undefined);
    this.#records = this.#files.records();
    this.#index = 0;
  }
}

/** Where every record is, for reading in any order. The values that are only in the logs stay in memory. */
class RecordList implements Disposable {
  readonly #folder: string;
  readonly #records: Pick<Version, "key" | "place">[] = [];
  readonly #logged = new Map<number, Uint8Array<ArrayBuffer>>();
  readonly #tables = new Map<number, Table>();
  #block: { table: TableFile; handle: BlockHandle; bytes: Uint8Array<ArrayBuffer> } | undefined;

  constructor(files: LeveldbFiles) {
    this.#folder = files.folder;
    for (const { key, value, place } of files.records()) {
      if (place === undefined) this.#logged.set(this.#records.length, value);
      // A copy: the key may be a view of much more.
      this.#records.push({ key: key.slice(), place });
    }
  }

  get count(): number {
    return this.#records.length;
  }

  read(index: number): Pick<Version, "key" | "value"> | undefined {
    const record = this.#records[index];
    if (record === undefined) return undefined;
    const { key, place } = record;
    if (place === undefined) return { key, value: this.#logged.get(index)! };
    const { table, block, at, length } = place;
    if (this.#block?.table !== table || this.#block.handle.offset !== block.offset) {
      this.#block = { table, handle: block, bytes: this.#open(table).block(block) };
    }
    return { key, value: this.#block.bytes.subarray(at, at + length) };
  }

  [Symbol.dispose](): void {
    for (const table of this.#tables.values()) table[Symbol.dispose]();
    this.#tables.clear();
  }

  #open(file: TableFile): Table {
    let table = this.#tables.get(file.number);
    if (table === undefined) this.#tables.set(file.number, table = new Table(this.#folder, file));
    return table;
  }
}
