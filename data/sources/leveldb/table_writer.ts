import { ByteWriter } from "./byte_writer.ts";
import { crc32c, mask } from "../../../base/crc32c.ts";

/** A block ends once it has this many bytes, as with Caffe's options. */
const BLOCK = 65536;
/** A key is written whole after this many that share bytes with the one before. */
const RESTART = 16;
const MAGIC_LOW = 0x8b80fb57, MAGIC_HIGH = 0xdb477524;

/**
 * Makes a table of a LevelDB of entries that come in the order of their keys: blocks without compression, an index
 * of them, and a footer. The keys are internal ones, with LevelDB's eight bytes at the end.
 */
export class TableWriter {
  readonly #write: (bytes: Uint8Array) => void;
  readonly #index = new BlockWriter(1);
  readonly #block = new BlockWriter(RESTART);
  #size = 0;
  /** The first key, once there is one. */
  smallest: Uint8Array | undefined;
  /** The last key so far. */
  largest: Uint8Array = new Uint8Array();

  /** `write` is called with the bytes of the file, one piece after the other. */
  constructor(write: (bytes: Uint8Array) => void) {
    this.#write = write;
  }

  /** Number of bytes so far, without the block that is being filled. */
  get size(): number {
    return this.#size;
  }

  /** Adds an entry. */
  add(key: Uint8Array, value: Uint8Array): void {
    this.smallest ??= key;
    this.largest = key;
    this.#block.add(key, value);
    if (this.#block.size >= BLOCK) this.#endBlock();
  }

  /** Writes what remains. Returns the size of the whole file. */
  finish(): number {
    this.#endBlock();
    const meta = this.#put(new BlockWriter(1));
    const index = this.#put(this.#index);
    const footer = new ByteWriter();
    footer.put(meta);
    footer.put(index);
    footer.put(new Uint8Array(40 - footer.length));
    footer.fixed32(MAGIC_LOW);
    footer.fixed32(MAGIC_HIGH);
    this.#out(footer.bytes);
    return this.#size;
  }

  #endBlock(): void {
    if (this.#block.isEmpty) return;
    this.#index.add(this.largest, this.#put(this.#block));
  }

  /** Writes a block and empties it. Returns where it is, as the index has it. */
  #put(block: BlockWriter): Uint8Array {
    const bytes = block.take();
    const handle = new ByteWriter();
    handle.varint(this.#size);
    handle.varint(bytes.length);
    const trailer = new ByteWriter();
    trailer.put(Uint8Array.of(0)); // no compression
    const whole = new Uint8Array(bytes.length + 1);
    whole.set(bytes);
    trailer.fixed32(mask(crc32c(whole)));
    this.#out(bytes);
    this.#out(trailer.bytes);
    return handle.bytes.slice();
  }

  #out(bytes: Uint8Array): void {
    this.#write(bytes);
    this.#size += bytes.length;
  }
}

/** Entries of which each key leaves out what it shares with the one before, but for those at restart points. */
class BlockWriter {
  readonly #out = new ByteWriter();
  readonly #interval: number;
  #restarts = [0];
  #since = 0;
  #last: Uint8Array = new Uint8Array();

  constructor(interval: number) {
    this.#interval = interval;
  }

  get size(): number {
    return this.#out.length;
  }

  get isEmpty(): boolean {
    return this.#out.length === 0;
  }

  add(key: Uint8Array, value: Uint8Array): void {
    if (this.#since === this.#interval) {
      this.#restarts.push(this.#out.length);
      this.#since = 0;
    }
    let shared = 0;
    if (this.#since > 0) {
      while (shared < key.length && key[shared] === this.#last[shared]) shared++;
    }
    this.#out.varint(shared);
    this.#out.varint(key.length - shared);
    this.#out.varint(value.length);
    this.#out.put(key.subarray(shared));
    this.#out.put(value);
    this.#last = key;
    this.#since++;
  }

  /** The whole block; the next one begins. */
  take(): Uint8Array {
    for (const restart of this.#restarts) this.#out.fixed32(restart);
    this.#out.fixed32(this.#restarts.length);
    const bytes = this.#out.bytes.slice();
    this.#out.clear();
    this.#restarts = [0];
    this.#since = 0;
    return bytes;
  }
}
