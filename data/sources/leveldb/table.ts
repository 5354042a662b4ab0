import { closeSync, existsSync, fstatSync, openSync, readSync } from "node:fs";
import { CremaError } from "../../../base/error.ts";
import { ByteReader } from "./byte_reader.ts";
import { crc32c, unmask } from "../../../base/crc32c.ts";
import { damagedFile, readingFile } from "./damaged_file.ts";
import type { TableFile } from "./manifest.ts";
import { decompressSnappy } from "./snappy.ts";

const FOOTER = 48;
/** The last eight bytes of a table, lowest first. */
const MAGIC_LOW = 0x8b80fb57, MAGIC_HIGH = 0xdb477524;

/** Where a block is in a table. */
export interface BlockHandle {
  offset: number;
  /** Number of bytes, without the type and the checksum. */
  size: number;
}

/** An entry of a block: views of it, and of the key of the entry before. */
export interface Entry {
  key: Uint8Array<ArrayBuffer>;
  value: Uint8Array<ArrayBuffer>;
  /** Where the value begins in the block. */
  at: number;
}

/** A table file of a LevelDB: blocks of sorted entries, and an index of the blocks. It is open while it is used. */
export class Table implements Disposable {
  /** The path, for messages. */
  readonly path: string;
  readonly #file: number;
  readonly #size: number;

  /** Opens a table. Throws a CremaError when it is missing or not of the size that the manifest says. */
  constructor(folder: string, { number, size }: TableFile) {
    const name = `${folder}/${String(number).padStart(6, "0")}`;
    this.path = existsSync(`${name}.ldb`) ? `${name}.ldb` : `${name}.sst`;
    try {
      this.#file = openSync(this.path, "r");
    } catch (cause) {
      throw damagedFile(folder, `the table ${number}`, (cause as Error).message, cause);
    }
    this.#size = fstatSync(this.#file).size;
    if (this.#size !== size || size < FOOTER) {
      closeSync(this.#file);
      throw damagedFile(this.path, `${size} bytes`, `${this.#size}`);
    }
  }

  /** The blocks of the table, in order. */
  blocks(): BlockHandle[] {
    return readingFile(this.path, "an index of blocks", () => {
      const footer = this.#read(this.#size - FOOTER, FOOTER);
      const reader = new ByteReader(footer);
      handle(reader);
      const index = handle(reader);
      reader.at = FOOTER - 8;
      if (reader.fixed32() !== MAGIC_LOW || reader.fixed32() !== MAGIC_HIGH) {
        throw damagedFile(this.path, "a table of a LevelDB", "something else");
      }
      const handles: BlockHandle[] = [];
      for (const { value } of entriesOf(this.path, this.block(index))) {
        handles.push(handle(new ByteReader(value)));
      }
      return handles;
    });
  }

  /** The bytes of a block, decompressed. Throws a CremaError when its checksum is wrong. */
  block({ offset, size }: BlockHandle): Uint8Array<ArrayBuffer> {
    const stored = this.#read(offset, size + 5);
    const checksum = new DataView(stored.buffer, size + 1, 4).getUint32(0, true);
    if (crc32c(stored, 0, size + 1) !== unmask(checksum)) {
      throw damagedFile(this.path, "the checksum of a block", `another one at byte ${offset}`);
    }
    const compression = stored[size]!, bytes = stored.subarray(0, size);
    if (compression === 0) return bytes;
    if (compression === 1) return readingFile(this.path, "a block", () => decompressSnappy(bytes));
    throw new CremaError(
      `Expected blocks without compression or with Snappy in '${this.path}' but found ${
        compression === 2 ? "Zstandard" : `number ${compression}`
      }`,
    );
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    closeSync(this.#file);
  }

  #read(start: number, length: number): Uint8Array<ArrayBuffer> {
    if (start < 0 || length > this.#size - start) {
      throw damagedFile(this.path, `bytes below ${this.#size}`, `${length} from ${start} on`);
    }
    const bytes = new Uint8Array(length);
    let filled = 0;
    try {
      while (filled < length) {
        const count = readSync(this.#file, bytes, filled, length - filled, start + filled);
        if (count === 0) throw damagedFile(this.path, `${length} bytes from ${start} on`, `${filled}`);
        filled += count;
      }
    } catch (cause) {
      if (cause instanceof CremaError) throw cause;
      throw new CremaError(`Expected to read '${this.path}' but found: ${(cause as Error).message}`, {
        cause,
      });
    }
    return bytes;
  }
}

/** The entries of a block. Each key is complete: what it shares with the one before is filled in. */
export function* entriesOf(path: string, block: Uint8Array<ArrayBuffer>): Generator<Entry> {
  const count = block.length < 4
    ? -1
    : new DataView(block.buffer, block.byteOffset).getUint32(block.length - 4, true);
  const end = block.length - 4 * (count + 1);
  if (count < 0 || end < 0) throw damagedFile(path, "a block with restart points", `${block.length} bytes`);
  const reader = new ByteReader(block.subarray(0, end));
  let key = new Uint8Array();
  while (!reader.done) {
    const shared = reader.varint(), own = reader.varint(), length = reader.varint();
    if (shared > key.length) throw damagedFile(path, "a key that shares bytes with the last one", "too many");
    const rest = reader.bytes(own);
    const whole = new Uint8Array(shared + own);
    whole.set(key.subarray(0, shared));
    whole.set(rest, shared);
    key = whole;
    const at = reader.at;
    yield { key, value: reader.bytes(length), at };
  }
}

function handle(reader: ByteReader): BlockHandle {
  return { offset: reader.varint(), size: reader.varint() };
}
