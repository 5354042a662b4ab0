import type { LmdbFile } from "./lmdb_file.ts";

// Layout of MDB_page and MDB_node, as in liblmdb's mdb.c.
const PAGE_HEADER = 16, NODE_HEADER = 8;
const BRANCH = 0x01, LEAF = 0x02, OVERFLOW = 0x04;
/** The flags that distinguish the kinds of pages. */
const KIND = 0x6f;
const KINDS: Readonly<Record<number, string>> = {
  [BRANCH]: "a branch page",
  [LEAF]: "a leaf page",
  [OVERFLOW]: "an overflow page",
};
const IN_OVERFLOW = 0x01, SUB_DATABASE = 0x02;

/** A page of nodes in the order of their keys. Every offset is checked against the page before it is used. */
class NodePage {
  /** Number of nodes. */
  count = 0;
  /** Number of the page. */
  number = -1;
  protected readonly file: LmdbFile;
  protected readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #kind: number;
  /** Offset of the first node in memory. */
  #upper = 0;

  constructor(file: LmdbFile, kind: number) {
    this.file = file;
    this.bytes = new Uint8Array(file.meta.pageSize);
    this.#kind = kind;
  }

  /** Reads a page. Throws a CremaError when it is damaged or of another kind, and then has no nodes. */
  load(number: number): void {
    this.count = 0;
    this.number = number;
    this.bytes.set(this.file.read(number));
    checkHeader(this.file, this.bytes, number, this.#kind);
    const lower = u16(this.bytes, 12), upper = u16(this.bytes, 14);
    if (lower <= PAGE_HEADER || lower > upper || upper > this.bytes.length || lower % 2 !== 0) {
      throw this.file.damaged(number, "nodes", `bounds ${lower} and ${upper}`);
    }
    this.#upper = upper;
    this.count = (lower - PAGE_HEADER) / 2;
  }

  /** The offset of the node `index`, whose header is within the page. */
  protected node(index: number): number {
    const at = u16(this.bytes, PAGE_HEADER + 2 * index);
    if (at < this.#upper || at + NODE_HEADER > this.bytes.length) {
      throw this.file.damaged(this.number, `node ${index}`, `it at byte ${at}`);
    }
    return at;
  }
}

/** A branch page, whose nodes point to other pages. */
export class LmdbBranch extends NodePage {
  /** For pages of `file`. */
  constructor(file: LmdbFile) {
    super(file, BRANCH);
  }

  /** The page that the node `index` points to. Throws a CremaError when it is outside of the file. */
  child(index: number): number {
    const at = this.node(index), { bytes } = this;
    const page = u32(bytes, at) + u16(bytes, at + 4) * 2 ** 32;
    if (page < 2 || page >= this.file.meta.pages) {
      throw this.file.damaged(this.number, `a page from 2 to ${this.file.meta.pages - 1}`, `page ${page}`);
    }
    return page;
  }
}

/** A leaf page, whose nodes are records. */
export class LmdbLeaf extends NodePage {
  /** For pages of `file`. */
  constructor(file: LmdbFile) {
    super(file, LEAF);
  }

  /** The key of the node `index`, valid until the next `load`. Throws a CremaError when the page is damaged. */
  key(index: number): Uint8Array {
    const at = this.node(index);
    return this.#part(index, at + NODE_HEADER, u16(this.bytes, at + 6));
  }

  /**
   * The value of the node `index`, valid until the next `value` or `load`. Throws a CremaError when the page is
   * damaged, or the node is a named database.
   */
  value(index: number): Uint8Array<ArrayBuffer> {
    const { bytes } = this;
    const at = this.node(index);
    const size = u32(bytes, at), flags = u16(bytes, at + 4);
    const start = at + NODE_HEADER + u16(bytes, at + 6);
    if (flags === 0) return this.#part(index, start, size);
    if (flags === SUB_DATABASE) {
      throw this.file.damaged(this.number, "a record", "a named database, which Crema does not read");
    }
    if (flags !== IN_OVERFLOW) throw this.file.damaged(this.number, "a record", `flags ${flags}`);
    const place = this.#part(index, start, 8);
    return this.#overflow(index, u32(place, 0) + u32(place, 4) * 2 ** 32, size);
  }

  /** A value on overflow pages: one page header, then its bytes. */
  #overflow(index: number, page: number, size: number): Uint8Array<ArrayBuffer> {
    const { file } = this, { pageSize, pages } = file.meta;
    const count = Math.ceil((PAGE_HEADER + size) / pageSize);
    if (page < 2 || page + count > pages) {
      throw file.damaged(
        this.number,
        `node ${index} to have its value on pages from 2 to ${pages - 1}`,
        `${count} from page ${page} on`,
      );
    }
    const bytes = file.read(page, count);
    checkHeader(file, bytes, page, OVERFLOW);
    if (u32(bytes, 12) < count) throw file.damaged(page, `${count} overflow pages`, `${u32(bytes, 12)}`);
    return bytes.subarray(PAGE_HEADER, PAGE_HEADER + size);
  }

  #part(index: number, start: number, length: number): Uint8Array<ArrayBuffer> {
    if (start + length > this.bytes.length) {
      throw this.file.damaged(this.number, `node ${index}`, `it to end at byte ${start + length}`);
    }
    return this.bytes.subarray(start, start + length);
  }
}

/** Throws a CremaError unless the header of a page has this kind and number. */
function checkHeader(file: LmdbFile, bytes: Uint8Array, number: number, kind: number): void {
  const found = u16(bytes, 10) & KIND;
  if (found !== kind) {
    throw file.damaged(number, KINDS[kind]!, KINDS[found] ?? `one of flags ${found}`);
  }
  const own = u32(bytes, 0) + u32(bytes, 4) * 2 ** 32;
  if (own !== number) throw file.damaged(number, "that page", `page ${own}`);
}

function u16(bytes: Uint8Array, at: number): number {
  return bytes[at]! | bytes[at + 1]! << 8;
}

function u32(bytes: Uint8Array, at: number): number {
  return u16(bytes, at) + u16(bytes, at + 2) * 65536;
}
