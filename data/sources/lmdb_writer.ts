import { CremaError } from "../../base/error.ts";
import { nativeBytes } from "../../ffi/native_bytes.ts";
import { writeDatum } from "./datum.ts";
import { cString, lmdbLibrary, lmdbMessage, MDB_MAP_FULL, MDB_NOSYNC } from "./lmdb_library.ts";
import type { SourceRecord } from "./record_source.ts";
import type { RecordWriter } from "./record_writer.ts";
import { isThere } from "./is_there.ts";

/** How an {@link LmdbWriter} writes. */
export interface LmdbWriterOptions {
  /** Whether to replace an existing LMDB. Default: false, which makes one an error. */
  overwrite?: boolean | undefined;
  /** Number of records per transaction. Default: 1000, as in Caffe's tools. */
  batch?: number | undefined;
  /** Initial size of the memory map in bytes. It grows as needed. Default: 64 MiB. */
  mapSize?: number | undefined;
}

/**
 * Writes an LMDB of Datum messages that Caffe can read. Keys are the records' numbers in eight digits, as in
 * Caffe's convert_mnist_data. Everything goes to a temporary folder, which `finish` renames. If it is
 * disposed without `finish`, the temporary folder is removed.
 */
export class LmdbWriter implements RecordWriter {
  readonly #path: string;
  readonly #folder: string;
  readonly #overwrite: boolean;
  readonly #batch: number;
  readonly #environment: bigint;
  readonly #pending: { key: Uint8Array; value: Uint8Array }[] = [];
  #mapSize: number;
  #count = 0;
  #open = true;

  /**
   * Begins an LMDB for the folder `path`. Throws a CremaError when something exists there, unless `overwrite`
   * is set.
   */
  constructor(
    path: string,
    { overwrite = false, batch = 1000, mapSize = 64 * 2 ** 20 }: LmdbWriterOptions = {},
  ) {
    if (!overwrite && isThere(path)) {
      throw new CremaError(`Expected no file or folder '${path}' but found one`, {
        hint: "Remove it, or choose another name.",
      });
    }
    this.#path = path;
    this.#overwrite = overwrite;
    this.#batch = batch;
    this.#mapSize = mapSize;
    const result = new BigUint64Array(1);
    this.#check(lmdbLibrary().mdb_env_create(result));
    this.#environment = result[0]!;
    this.#folder = `${path}.${crypto.randomUUID().slice(0, 8)}.tmp`;
    try {
      Deno.mkdirSync(this.#folder, { recursive: true });
      this.#check(lmdbLibrary().mdb_env_set_mapsize(this.#environment, BigInt(mapSize)));
      // No sync until the end: before `finish`, nobody reads these files.
      this.#check(lmdbLibrary().mdb_env_open(this.#environment, cString(this.#folder), MDB_NOSYNC, 0o664));
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /** Number of records written so far. */
  get count(): number {
    return this.#count;
  }

  /** Adds a record. Its key is its number, unless another is given. */
  write(record: SourceRecord, key = String(this.#count).padStart(8, "0")): void {
    this.writeBytes(key, writeDatum(record));
  }

  /**
   * Adds any bytes under a key of 1 to 511 bytes. Do not change the bytes afterwards: they are written later.
   * Throws a TypeError unless they are a Uint8Array.
   */
  writeBytes(key: string, value: Uint8Array): void {
    if (!this.#open) {
      throw new CremaError(`Expected the LMDB '${this.#path}' to be open but found it finished`);
    }
    const bytes = new TextEncoder().encode(key);
    if (bytes.length < 1 || bytes.length > 511) {
      throw new CremaError(`Expected a key of 1 to 511 bytes but found ${bytes.length}`);
    }
    this.#pending.push({ key: bytes, value: nativeBytes(value) });
    this.#count++;
    if (this.#pending.length >= this.#batch) this.#commit();
  }

  /** Writes the remaining records and moves the LMDB to its place. */
  finish(): void {
    if (!this.#open) return;
    this.#commit();
    this.#check(lmdbLibrary().mdb_env_sync(this.#environment, 1));
    this.#close();
    // A folder cannot replace another in one step, so the old one is moved away first.
    const old = `${this.#folder}.old`;
    const replaced = this.#overwrite && isThere(this.#path);
    if (replaced) Deno.renameSync(this.#path, old);
    Deno.renameSync(this.#folder, this.#path);
    if (replaced) Deno.removeSync(old, { recursive: true });
  }

  /** Closes the LMDB. Removes it if it was not finished. */
  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#close();
    if (isThere(this.#folder)) Deno.removeSync(this.#folder, { recursive: true });
  }

  #close(): void {
    this.#open = false;
    lmdbLibrary().mdb_env_close(this.#environment);
  }

  #commit(): void {
    while (!this.#put()) {
      this.#mapSize *= 2;
      this.#check(lmdbLibrary().mdb_env_set_mapsize(this.#environment, BigInt(this.#mapSize)));
    }
    this.#pending.length = 0;
  }

  /**
   * Writes the pending records in one transaction. Returns false, with nothing written, when the map is too
   * small.
   */
  #put(): boolean {
    const library = lmdbLibrary();
    const result = new BigUint64Array(1);
    const index = new Uint32Array(1);
    this.#check(library.mdb_txn_begin(this.#environment, 0n, 0, result));
    const transaction = result[0]!;
    let failure = library.mdb_dbi_open(transaction, 0n, 0, index);
    for (const { key, value } of this.#pending) {
      if (failure !== 0) break;
      failure = library.mdb_put(transaction, index[0]!, mdbValue(key), mdbValue(value), 0);
    }
    if (failure === 0) failure = library.mdb_txn_commit(transaction);
    else library.mdb_txn_abort(transaction);
    if (failure === MDB_MAP_FULL) return false;
    this.#check(failure);
    return true;
  }

  #check(result: number): void {
    if (result === 0) return;
    throw new CremaError(`Expected to write the LMDB '${this.#path}' but found: ${lmdbMessage(result)}`);
  }
}

/** An MDB_val, { size_t size; void* data }, for bytes that must stay alive while it is used. */
function mdbValue(bytes: Uint8Array): BigUint64Array<ArrayBuffer> {
  const address = Deno.UnsafePointer.of(bytes as Uint8Array<ArrayBuffer>);
  return new BigUint64Array([BigInt(bytes.length), Deno.UnsafePointer.value(address)]);
}
