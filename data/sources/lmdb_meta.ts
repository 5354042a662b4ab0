/** What a meta page tells: one of the two snapshots that an LMDB keeps of itself. */
export interface LmdbMeta {
  /** Bytes of a page, everywhere in the file. */
  pageSize: number;
  /** Number of pages that the snapshot may use; later ones are of no concern to it. */
  pages: number;
  /** The transaction that wrote it. Of the two snapshots the one with the higher number is the newer. */
  transaction: bigint;
  /** Flags of the main database, from lmdb.h: how keys are ordered, and whether they may have several values. */
  flags: number;
  /** Number of pages on the way from the root to a record, both counted; 0 for a database without records. */
  depth: number;
  /** Number of records. */
  entries: number;
  /** Number of the root's page; undefined for a database without records. */
  root: number | undefined;
}

/** Bytes of a meta page that are in use: a page's header, then an MDB_meta. */
export const META_BYTES = 152;

/** What a meta page is not, in the words of an error: "but found {@link MetaFault.found}". */
export interface MetaFault {
  /** What is there instead. */
  found: string;
  /** What to do about it. */
  hint?: string | undefined;
}

const MAGIC = 0xbeefc0de, MAGIC_SWAPPED = 0xdec0efbe, VERSION = 1;
const META_PAGE = 0x08;
const NO_PAGE = 0xffff_ffff_ffff_ffffn;
const SMALLEST_PAGE = 512, LARGEST_PAGE = 32768;
/** The deepest tree that liblmdb goes through. */
const DEEPEST = 32;
/** The least that a record takes of a page: its header and its place in the table of nodes. */
const LEAST_RECORD = 10;

/**
 * Reads a meta page from its first {@link META_BYTES}, or says what is there instead. The layout is that of liblmdb 0.9
 * on machines of 64 bits, little-endian (mdb.c: MDB_page, MDB_meta, MDB_db).
 */
export function parseMeta(bytes: Uint8Array): LmdbMeta | MetaFault {
  if (bytes.length < META_BYTES) return { found: `${bytes.length} bytes` };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(16, true) !== MAGIC) {
    const foreign = view.getUint32(16, true) === MAGIC_SWAPPED || view.getUint32(12, true) === MAGIC;
    return foreign
      ? {
        found: "one of another kind of machine",
        hint: "Make the database on a little-endian machine of 64 bits.",
      }
      : { found: "something else" };
  }
  const version = view.getUint32(20, true);
  if (version !== VERSION) {
    return { found: `format version ${version}`, hint: "Make the database with liblmdb 0.9." };
  }
  if ((view.getUint16(10, true) & META_PAGE) === 0) return { found: "a page of another kind" };
  const pageSize = view.getUint32(40, true);
  const isPowerOfTwo = (pageSize & (pageSize - 1)) === 0;
  if (pageSize < SMALLEST_PAGE || pageSize > LARGEST_PAGE || !isPowerOfTwo) {
    return { found: `a page size of ${pageSize}` };
  }
  const pages = Number(view.getBigUint64(136, true)) + 1;
  const root = view.getBigUint64(128, true);
  const meta: LmdbMeta = {
    pageSize,
    pages,
    transaction: view.getBigUint64(144, true),
    flags: view.getUint16(92, true),
    depth: view.getUint16(94, true),
    entries: Number(view.getBigUint64(120, true)),
    root: root === NO_PAGE ? undefined : Number(root),
  };
  const fault = faultOf(meta);
  return fault === undefined ? meta : { found: fault };
}

/** What contradicts itself in a meta page. */
function faultOf({ pageSize, pages, depth, entries, root }: LmdbMeta): string | undefined {
  if (pages < 2) return `${pages} pages`;
  if (root === undefined) {
    return entries === 0 && depth === 0 ? undefined : `${entries} records and no page of them`;
  }
  if (root < 2 || root >= pages) return `a root on page ${root} of ${pages}`;
  if (depth < 1 || depth > DEEPEST) return `a tree of depth ${depth}`;
  if (entries < 1 || entries > pages * Math.floor(pageSize / LEAST_RECORD)) {
    return `${entries} records on ${pages} pages`;
  }
  return undefined;
}
