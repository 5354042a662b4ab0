import { packagedFile } from "../../ffi/native_file.ts";
import { CremaError } from "../../base/error.ts";

/** The functions of lmdb.h that we use, each with its C declaration. */
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
  /** int mdb_env_info(MDB_env* env, MDB_envinfo* stat) */
  mdb_env_info: { parameters: ["usize", "buffer"], result: "i32" },
  /** int mdb_env_stat(MDB_env* env, MDB_stat* stat) */
  mdb_env_stat: { parameters: ["usize", "buffer"], result: "i32" },
  /** int mdb_env_sync(MDB_env* env, int force) */
  mdb_env_sync: { parameters: ["usize", "i32"], result: "i32" },
  /** int mdb_reader_check(MDB_env* env, int* dead) */
  mdb_reader_check: { parameters: ["usize", "buffer"], result: "i32" },
  /** int mdb_txn_begin(MDB_env* env, MDB_txn* parent, unsigned flags, MDB_txn** txn) */
  mdb_txn_begin: { parameters: ["usize", "usize", "u32", "buffer"], result: "i32" },
  /** int mdb_txn_commit(MDB_txn* txn) */
  mdb_txn_commit: { parameters: ["usize"], result: "i32" },
  /** void mdb_txn_abort(MDB_txn* txn) */
  mdb_txn_abort: { parameters: ["usize"], result: "void" },
  /** int mdb_dbi_open(MDB_txn* txn, const char* name, unsigned flags, MDB_dbi* dbi) */
  mdb_dbi_open: { parameters: ["usize", "usize", "u32", "buffer"], result: "i32" },
  /** int mdb_stat(MDB_txn* txn, MDB_dbi dbi, MDB_stat* stat) */
  mdb_stat: { parameters: ["usize", "u32", "buffer"], result: "i32" },
  /** int mdb_put(MDB_txn* txn, MDB_dbi dbi, MDB_val* key, MDB_val* data, unsigned flags) */
  mdb_put: { parameters: ["usize", "u32", "buffer", "buffer", "u32"], result: "i32" },
  /** int mdb_cursor_open(MDB_txn* txn, MDB_dbi dbi, MDB_cursor** cursor) */
  mdb_cursor_open: { parameters: ["usize", "u32", "buffer"], result: "i32" },
  /** void mdb_cursor_close(MDB_cursor* cursor) */
  mdb_cursor_close: { parameters: ["usize"], result: "void" },
  /** int mdb_cursor_get(MDB_cursor* cursor, MDB_val* key, MDB_val* data, MDB_cursor_op op) */
  mdb_cursor_get: { parameters: ["usize", "buffer", "buffer", "i32"], result: "i32" },
} as const;

/** liblmdb's functions, typed. */
export type LmdbLibrary = Deno.StaticForeignLibraryInterface<typeof symbols>;

/** Flags for mdb_env_open, from lmdb.h. */
export const MDB_NOSYNC = 0x10000, MDB_RDONLY = 0x20000, MDB_NOTLS = 0x200000, MDB_NOLOCK = 0x400000;
/** Operations for mdb_cursor_get, from lmdb.h. */
export const MDB_FIRST = 0, MDB_NEXT = 8;
/** Error codes, from lmdb.h. */
export const MDB_NOTFOUND = -30798, MDB_MAP_FULL = -30792;

let library: LmdbLibrary | undefined;

/**
 * liblmdb's functions, loaded at the first call. Throws a CremaError that says what to install when it is
 * missing.
 */
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
