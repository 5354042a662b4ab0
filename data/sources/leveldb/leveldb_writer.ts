import { CremaError } from "../../../base/error.ts";
import type { RecordWriter } from "../record_writer.ts";
import { ByteWriter } from "./byte_writer.ts";
import { logOf } from "./log_writer.ts";
import { Field } from "./manifest.ts";
import { TableWriter } from "./table_writer.ts";
import { isThere } from "../is_there.ts";

/** A table ends once it has this many bytes. */
const TABLE_SIZE = 32 * 2 ** 20;
/** The last level, which LevelDB never compacts. */
const LEVEL = 6;
/** The number of the manifest's file. */
const MANIFEST = 1;

interface WrittenTable {
  number: number;
  size: number;
  smallest: Uint8Array;
  largest: Uint8Array;
}

/**
 * Writes a LevelDB that Caffe can read. Keys must come in ascending order, as Caffe's tools write them: so the tables
 * can be written as they will stay. Everything goes to a temporary folder, which `finish` renames.
 */
export class LeveldbWriter implements RecordWriter {
  readonly #path: string;
  readonly #folder: string;
  readonly #tables: WrittenTable[] = [];
  #table: { writer: TableWriter; file: Deno.FsFile; number: number } | undefined;
  #last: Uint8Array = new Uint8Array();
  #count = 0;
  #open = true;

  /** Begins a LevelDB for the folder `path`. Throws a CremaError when something exists there. */
  constructor(path: string) {
    if (isThere(path)) {
      throw new CremaError(`Expected no file or folder '${path}' but found one`, {
        hint: "Remove it, or choose another name.",
      });
    }
    this.#path = path;
    this.#folder = `${path}.${crypto.randomUUID().slice(0, 8)}.tmp`;
    Deno.mkdirSync(this.#folder, { recursive: true });
  }

  get count(): number {
    return this.#count;
  }

  /** Adds bytes under a key. Throws a CremaError unless the key comes after the last one in the order of its bytes. */
  writeBytes(key: string, value: Uint8Array): void {
    if (!this.#open) {
      throw new CremaError(`Expected the LevelDB '${this.#path}' to be open but found it finished`);
    }
    const bytes = new TextEncoder().encode(key);
    if (this.#count > 0 && compare(bytes, this.#last) <= 0) {
      throw new CremaError(`Expected keys in ascending order but found '${key}'`, { file: this.#path });
    }
    this.#last = bytes;
    this.#count++;
    const { writer } = this.#table ??= this.#beginTable();
    writer.add(internalKey(bytes, this.#count), value);
    if (writer.size >= TABLE_SIZE) this.#endTable();
  }

  finish(): void {
    if (!this.#open) return;
    this.#endTable();
    const name = `MANIFEST-${String(MANIFEST).padStart(6, "0")}`;
    Deno.writeFileSync(`${this.#folder}/${name}`, logOf(this.#edit()));
    Deno.writeTextFileSync(`${this.#folder}/CURRENT`, `${name}\n`);
    this.#open = false;
    Deno.renameSync(this.#folder, this.#path);
  }

  /** Closes the LevelDB. Removes it if it was not finished. */
  [Symbol.dispose](): void {
    this.#table?.file.close();
    this.#table = undefined;
    if (!this.#open) return;
    this.#open = false;
    if (isThere(this.#folder)) Deno.removeSync(this.#folder, { recursive: true });
  }

  #beginTable() {
    const number = MANIFEST + 1 + this.#tables.length;
    const path = `${this.#folder}/${String(number).padStart(6, "0")}.ldb`;
    const file = Deno.openSync(path, { write: true, createNew: true });
    const write = (bytes: Uint8Array) => {
      while (bytes.length > 0) bytes = bytes.subarray(file.writeSync(bytes));
    };
    return { writer: new TableWriter(write), file, number };
  }

  #endTable(): void {
    if (this.#table === undefined) return;
    const { writer, file, number } = this.#table;
    const size = writer.finish();
    file.syncDataSync();
    file.close();
    this.#table = undefined;
    this.#tables.push({ number, size, smallest: writer.smallest!, largest: writer.largest });
  }

  /** The change from nothing to these tables. */
  #edit(): Uint8Array {
    const next = MANIFEST + 1 + this.#tables.length;
    const edit = new ByteWriter();
    edit.varint(Field.COMPARATOR);
    edit.string(new TextEncoder().encode("leveldb.BytewiseComparator"));
    edit.varint(Field.LOG_NUMBER);
    edit.varint(next); // a log that is not there: every record is in a table
    edit.varint(Field.NEXT_FILE);
    edit.varint(next + 1);
    edit.varint(Field.LAST_SEQUENCE);
    edit.varint(this.#count);
    for (const { number, size, smallest, largest } of this.#tables) {
      for (const value of [Field.NEW_FILE, LEVEL, number, size]) edit.varint(value);
      edit.string(smallest);
      edit.string(largest);
    }
    return edit.bytes;
  }
}

/** The key, and in eight bytes, the lowest first: a one, which says that it is there, and its number. */
function internalKey(key: Uint8Array, sequence: number): Uint8Array {
  const whole = new Uint8Array(key.length + 8);
  whole.set(key);
  new DataView(whole.buffer).setBigUint64(key.length, BigInt(sequence) << 8n | 1n, true);
  return whole;
}

function compare(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}
