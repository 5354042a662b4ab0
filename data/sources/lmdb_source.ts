import { CremaError } from "../../base/error.ts";
import { readDatum } from "./datum.ts";
import { LmdbEnvironment } from "./lmdb_environment.ts";
import { lmdbLibrary, lmdbMessage, MDB_FIRST, MDB_NEXT, MDB_NOTFOUND, MDB_RDONLY } from "./lmdb_library.ts";
import type { RecordSource, SourceRecord } from "./record_source.ts";

/** An LMDB of Datum messages, as Caffe stores its datasets. Records come in the order of their keys. */
export class LmdbSource implements RecordSource {
  /** The folder. */
  readonly name: string;
  /** Number of records. */
  readonly count: number;
  readonly #environment: LmdbEnvironment;
  readonly #transaction: bigint;
  readonly #cursor: bigint;
  // Two MDB_val: { size_t size; void* data }.
  readonly #key = new BigUint64Array(2);
  readonly #value = new BigUint64Array(2);
  #bytes = new Uint8Array(4096);
  /** The next record. */
  #index = 0;
  /** The record at the cursor; -1 before the first move. */
  #cursorIndex = -1;
  /**
   * Address and length of each record, made at the first jump backwards. The transaction keeps them valid.
   */
  #table: BigUint64Array | undefined;
  #disposed = false;

  /** Opens the LMDB in a folder, or uses one that is open. Throws a CremaError when it cannot be read. */
  constructor(source: string | LmdbEnvironment) {
    this.#environment = typeof source === "string" ? LmdbEnvironment.open(source) : source;
    this.name = this.#environment.path;
    const library = lmdbLibrary();
    const result = new BigUint64Array(1);
    const index = new Uint32Array(1);
    const stat = new BigUint64Array(5);
    try {
      this.#check(library.mdb_txn_begin(this.#environment.address, 0n, MDB_RDONLY, result));
    } catch (error) {
      this.#environment[Symbol.dispose]();
      throw error;
    }
    this.#transaction = result[0]!;
    try {
      this.#check(library.mdb_dbi_open(this.#transaction, 0n, 0, index));
      this.#check(library.mdb_stat(this.#transaction, index[0]!, stat));
      this.#check(library.mdb_cursor_open(this.#transaction, index[0]!, result));
    } catch (error) {
      library.mdb_txn_abort(this.#transaction);
      this.#environment[Symbol.dispose]();
      throw error;
    }
    this.#cursor = result[0]!;
    this.count = Number(stat[4]!);
  }

  /** Makes the record `index` the next one to read; `count` is the end. */
  seek(index: number): void {
    if (!Number.isInteger(index) || index < 0 || index > this.count) {
      throw new CremaError(
        `Expected a record from 0 to ${this.count - 1} in '${this.name}' but found ${index}`,
      );
    }
    // A jump backwards, other than to the start, means a shuffled order, which will jump all the time.
    if (index !== 0 && index < this.#index) this.#makeTable();
    this.#index = index;
  }

  /** Reads the next record. Returns undefined after the last. Throws a CremaError when it is not a Datum. */
  read(): SourceRecord | undefined {
    if (this.#index === this.count) return undefined;
    const index = this.#index++;
    if (this.#table !== undefined) return this.#datum(this.#table[2 * index]!, this.#table[2 * index + 1]!);
    this.#moveTo(index);
    return this.#datum(this.#value[1]!, this.#value[0]!);
  }

  /** Names the record `index` by its key. */
  describe(index: number): string {
    this.#moveTo(index);
    return `key '${new TextDecoder().decode(this.#copy(this.#key[1]!, this.#key[0]!))}'`;
  }

  /** Ends the transaction. */
  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    lmdbLibrary().mdb_cursor_close(this.#cursor);
    lmdbLibrary().mdb_txn_abort(this.#transaction);
    this.#environment[Symbol.dispose]();
  }

  #datum(address: bigint, length: bigint): SourceRecord {
    return readDatum(this.#copy(address, length));
  }

  /** Copies bytes out of the memory map. The next copy overwrites them. */
  #copy(address: bigint, length: bigint): Uint8Array {
    const size = Number(length);
    if (size > this.#bytes.length) this.#bytes = new Uint8Array(2 * size);
    const bytes = this.#bytes.subarray(0, size);
    if (size > 0) Deno.UnsafePointerView.copyInto(Deno.UnsafePointer.create(address)!, bytes);
    return bytes;
  }

  /** Moves the cursor to a record. `#key` and `#value` then point to its bytes. */
  #moveTo(index: number): void {
    const library = lmdbLibrary();
    if (index < this.#cursorIndex || this.#cursorIndex < 0) {
      this.#check(library.mdb_cursor_get(this.#cursor, this.#key, this.#value, MDB_FIRST));
      this.#cursorIndex = 0;
    }
    while (this.#cursorIndex < index) {
      this.#check(library.mdb_cursor_get(this.#cursor, this.#key, this.#value, MDB_NEXT));
      this.#cursorIndex++;
    }
  }

  #makeTable(): void {
    if (this.#table !== undefined) return;
    const table = new BigUint64Array(2 * this.count);
    for (let index = 0; index < this.count; index++) {
      this.#moveTo(index);
      table[2 * index] = this.#value[1]!;
      table[2 * index + 1] = this.#value[0]!;
    }
    this.#table = table;
  }

  #check(result: number): void {
    if (result === 0) return;
    const found = result === MDB_NOTFOUND ? "fewer" : lmdbMessage(result);
    throw new CremaError(`Expected ${this.count ?? "readable"} records in '${this.name}' but found ${found}`);
  }
}
