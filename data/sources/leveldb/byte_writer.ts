/** Collects LevelDB's encodings, one after the other. */
export class ByteWriter {
  #bytes = new Uint8Array(4096);
  #length = 0;

  /** Number of bytes so far. */
  get length(): number {
    return this.#length;
  }

  /** The bytes so far: a view, valid until more is added. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Adds bytes as they are. */
  put(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Adds a number of up to 53 bits, seven to a byte, the lowest first. */
  varint(value: number): void {
    this.#reserve(8);
    for (; value >= 0x80; value = Math.floor(value / 128)) {
      this.#bytes[this.#length++] = value % 128 | 0x80;
    }
    this.#bytes[this.#length++] = value;
  }

  /** Adds a number in four bytes, the lowest first. */
  fixed32(value: number): void {
    this.#reserve(4);
    new DataView(this.#bytes.buffer).setUint32(this.#length, value, true);
    this.#length += 4;
  }

  /** Adds bytes after their length. */
  string(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.put(bytes);
  }

  /** Begins anew. */
  clear(): void {
    this.#length = 0;
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + count));
    larger.set(this.bytes);
    this.#bytes = larger;
  }
}
