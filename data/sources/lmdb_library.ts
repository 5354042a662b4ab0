import { packagedFile } from "../../ffi/native_file.ts";
import { CremaError } from "../../base/error.ts";

/** The functions of lmdb.h that the writer uses, each with its C declaration. */
const symbols = {
  /** const char* mdb_strerror(int err) */
  mdb_strerror: { parameters: ["i32"], result: "pointer" },
  /** int mdb_env_create(MDB_env** env) */
  mdb_env_create: { parameters: ["buffer"], result: "i32" },
  /** int mdb_env_open(MDB_env* env, const char* path, unsigned flags, mdb_mode_t mode) */
  mdb_env_open: { parameters: ["usize", "buffer", "u32", "u32"], result: "i32" },
  /** void mdb_env_close(MDB_env* env) */
  mdb_env_close: { parameters: ["usize"], result: "void" },
  /** int mdb_env_set_mapsize(MDB_env* env, size_t size) */
  mdb_env_set_mapsize: { parameters: ["usize", "usize"], result: "i32" },
  /** int mdb_env_sync(MDB_env* env, int force) */
  mdb_env_sync: { parameters: ["usize", "i32"], result: "i32" },
  /** int mdb_txn_begin(MDB_env* env, MDB_txn* parent, unsigned flags, MDB_txn** txn) */
  mdb_txn_begin: { parameters: ["usize", "usize", "u32", "buffer"], result: "i32" },
  /** int mdb_txn_commit(MDB_txn* txn) */
  mdb_txn_commit: { parameters: ["usize"], result: "i32" },
  /** void mdb_txn_abort(MDB_txn* txn) */
  mdb_txn_abort: { parameters: ["usize"], result: "void" },
  /** int mdb_dbi_open(MDB_txn* txn, const char* name, unsigned flags, MDB_dbi* dbi) */
  mdb_dbi_open: { parameters: ["usize", "usize", "u32", "buffer"], result: "i32" },
  /** int mdb_put(MDB_txn* txn, MDB_dbi dbi, MDB_val* key, MDB_val* data, unsigned flags) */
  mdb_put: { parameters: ["usize", "u32", "buffer", "buffer", "u32"], result: "i32" },
} as const;

/** liblmdb's functions, typed. */
export type LmdbLibrary = Deno.StaticForeignLibraryInterface<typeof symbols>;

/** Flag for mdb_env_open, from lmdb.h: transactions are not flushed to disk. */
export const MDB_NOSYNC = 0x10000;
/** Error code, from lmdb.h: the memory map is too small. */
export const MDB_MAP_FULL = -30792;

let library: LmdbLibrary | undefined;

/** liblmdb's functions, loaded at the first call. Throws a CremaError that says what to install where it is missing. */
export function lmdbLibrary(): LmdbLibrary {
  return library ??= open().symbols;
}

const names = Deno.build.os === "darwin" ? ["liblmdb.dylib"] : ["liblmdb.so.0", "liblmdb.so"];

function open(): Deno.DynamicLibrary<typeof symbols> {
  let cause: unknown;
  const packaged = packagedFile("liblmdb.so.0");
  for (const name of packaged === undefined ? names : [packaged, ...names]) {
    try {
      return Deno.dlopen(name, symbols);
    } catch (error) {
      if (error instanceof Deno.errors.NotCapable) throw error;
      cause = error;
    }
  }
  throw new CremaError(`Expected the library ${names[0]} but found none`, {
    hint: "Install it with: apt-get install liblmdb0",
    cause,
  });
}

/** liblmdb's message for a result. */
export function lmdbMessage(result: number): string {
  const text = lmdbLibrary().mdb_strerror(result);
  return text === null ? `error ${result}` : Deno.UnsafePointerView.getCString(text);
}

/** A NUL-terminated string. */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${text}\0`);
}
