/** A number or a length that runs beyond the end of the bytes. {@link damagedFile} turns it into an error for people. */
export class OutOfBytesError extends RangeError {
  override name = "OutOfBytesError";
}

/** Reads LevelDB's encodings from bytes, one after the other. Throws an OutOfBytesError at their end. */
export class ByteReader {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView<ArrayBuffer>;
  /** The next byte to read. */
  at: number;

  /** Starts at byte `at`. */
  constructor(bytes: Uint8Array<ArrayBuffer>, at = 0) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.at = at;
  }

  /** Whether all bytes are read. */
  get done(): boolean {
    return this.at >= this.#bytes.length;
  }

  /** One byte. */
  byte(): number {
    if (this.at >= this.#bytes.length) throw new OutOfBytesError("Expected another byte");
    return this.#bytes[this.at++]!;
  }

  /** A number of up to 53 bits, seven to a byte, the lowest first. */
  varint(): number {
    let value = 0, scale = 1;
    for (let byte = 0x80; byte >= 0x80; scale *= 128) {
      byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (value > Number.MAX_SAFE_INTEGER) throw new OutOfBytesError("Expected a number of at most 53 bits");
    }
    return value;
  }

  /** Four bytes, the lowest first. */
  fixed32(): number {
    const value = this.#view.getUint32(this.#skip(4), true);
    return value;
  }

  /** Eight bytes, the lowest first. */
  fixed64(): number {
    const at = this.#skip(8);
    return this.#view.getUint32(at, true) + this.#view.getUint32(at + 4, true) * 2 ** 32;
  }

  /** A view of `length` bytes. */
  bytes(length: number): Uint8Array<ArrayBuffer> {
    const at = this.#skip(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** A view of bytes that begin with their length. */
  string(): Uint8Array<ArrayBuffer> {
    return this.bytes(this.varint());
  }

  #skip(length: number): number {
    const at = this.at;
    if (length > this.#bytes.length - at) throw new OutOfBytesError(`Expected ${length} more bytes`);
    this.at += length;
    return at;
  }
}

/** Compares byte strings as LevelDB orders its keys: below 0 if `a` comes first. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    if (a[i] !== b[i]) return a[i]! - b[i]!;
  }
  return a.length - b.length;
}
