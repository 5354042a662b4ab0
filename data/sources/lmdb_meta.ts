/** A meta page: one of the two snapshots that an LMDB file holds. */
export interface LmdbMeta {
  /** Bytes per page. */
  pageSize: number;
  /** Number of pages that the snapshot may use. */
  pages: number;
  /** The transaction that wrote it. The snapshot with the higher number is the newer one. */
  transaction: bigint;
  /** Flags of the main database, from lmdb.h. */
  flags: number;
  /** Number of pages from the root to a leaf, both included; 0 without records. */
  depth: number;
  /** Number of records. */
  entries: number;
  /** Page number of the root; undefined without records. */
  root: number | undefined;
}

/** Bytes used on a meta page: a page header, then an MDB_meta. */
export const META_BYTES = 152;

/** What is wrong with a meta page, as text for an error message. */
export interface MetaFault {
  /** What was found. */
  found: string;
  /** What to do about it. */
  hint?: string | undefined;
}

const MAGIC = 0xbeefc0de, MAGIC_SWAPPED = 0xdec0efbe, VERSION = 1;
const META_PAGE = 0x08;
const NO_PAGE = 0xffff_ffff_ffff_ffffn;
const SMALLEST_PAGE = 512, LARGEST_PAGE = 32768;
/** The depth limit of liblmdb. */
const DEEPEST = 32;
/** The fewest bytes that a record takes on a page: a node header and an entry in the table of nodes. */
const LEAST_RECORD = 10;

/**
 * Parses the first {@link META_BYTES} of a meta page. The layout is that of liblmdb 0.9 on 64-bit little-endian
 * machines (mdb.c: MDB_page, MDB_meta, MDB_db).
 */
export function parseMeta(bytes: Uint8Array): LmdbMeta | MetaFault {
  if (bytes.length < META_BYTES) return { found: `${bytes.length} bytes` };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(16, true) !== MAGIC) {
    const foreign = view.getUint32(16, true) === MAGIC_SWAPPED || view.getUint32(12, true) === MAGIC;
    return foreign
      ? {
        found: "one from a different kind of machine",
        hint: "Make the database on a 64-bit little-endian machine.",
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

/** Describes a contradiction in a meta page. */
function faultOf({ pageSize, pages, depth, entries, root }: LmdbMeta): string | undefined {
  if (pages < 2) return `${pages} pages`;
  if (root === undefined) {
    return entries === 0 && depth === 0 ? undefined : `${entries} records without a root page`;
  }
  if (root < 2 || root >= pages) return `a root on page ${root} of ${pages}`;
  if (depth < 1 || depth > DEEPEST) return `a tree of depth ${depth}`;
  if (entries < 1 || entries > pages * Math.floor(pageSize / LEAST_RECORD)) {
    return `${entries} records on ${pages} pages`;
  }
  return undefined;
}
