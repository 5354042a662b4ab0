import { existsSync, globSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** How {@link writeLeveldb} writes a database. */
export interface WriteOptions {
  /** Whether blocks are compressed with Snappy. */
  compressed?: boolean;
  /** Bytes that are kept in a log before they become a table. */
  writeBuffer?: number;
  /** Bytes of a block. */
  blockSize?: number;
  /** Whether to compact all tables at the end. */
  compact?: boolean;
}

const prefix = fileURLToPath(new URL("../../../../../build/libcaffe/prefix/", import.meta.url));

/** Google's LevelDB, which comes with libcaffe (`deno task libcaffe`); undefined when it is not here. */
export const leveldbPath: string | undefined = existsSync(prefix)
  ? globSync(`${prefix}usr/lib/*/libleveldb.so.1*`)[0]
  : undefined;

/**
 * Writes to a LevelDB with Google's own library: each entry in the order given, undefined to delete the key. Makes the
 * database if there is none.
 */
export function writeLeveldb(
  folder: string,
  entries: Iterable<readonly [key: string, value: Uint8Array<ArrayBuffer> | undefined]>,
  { compressed = true, writeBuffer = 4 << 20, blockSize = 4096, compact = false }: WriteOptions = {},
): void {
  const snappy = Deno.dlopen(globSync(`${prefix}usr/lib/*/libsnappy.so.1*`)[0]!, {});
  const { symbols: c } = library();
  const options = c.leveldb_options_create(), write = c.leveldb_writeoptions_create();
  const error = new BigUint64Array(1);
  c.leveldb_options_set_create_if_missing(options, 1);
  c.leveldb_options_set_compression(options, compressed ? 1 : 0);
  c.leveldb_options_set_write_buffer_size(options, BigInt(writeBuffer));
  c.leveldb_options_set_block_size(options, BigInt(blockSize));
  const db = c.leveldb_open(options, new TextEncoder().encode(`${folder}\0`), error);
  const check = () => {
    if (error[0] !== 0n) {
      throw new Error(Deno.UnsafePointerView.getCString(Deno.UnsafePointer.create(error[0]!)!));
    }
  };
  check();
  for (const [name, value] of entries) {
    const key = new TextEncoder().encode(name), length = BigInt(key.length);
    if (value === undefined) c.leveldb_delete(db, write, key, length, error);
    else c.leveldb_put(db, write, key, length, value, BigInt(value.length), error);
    check();
  }
  if (compact) c.leveldb_compact_range(db, null, 0n, null, 0n);
  c.leveldb_close(db);
  snappy.close();
}

function library() {
  return Deno.dlopen(leveldbPath!, {
    leveldb_options_create: { parameters: [], result: "pointer" },
    leveldb_options_set_create_if_missing: { parameters: ["pointer", "u8"], result: "void" },
    leveldb_options_set_compression: { parameters: ["pointer", "i32"], result: "void" },
    leveldb_options_set_write_buffer_size: { parameters: ["pointer", "usize"], result: "void" },
    leveldb_options_set_block_size: { parameters: ["pointer", "usize"], result: "void" },
    leveldb_writeoptions_create: { parameters: [], result: "pointer" },
    leveldb_open: { parameters: ["pointer", "buffer", "buffer"], result: "pointer" },
    leveldb_put: {
      parameters: ["pointer", "pointer", "buffer", "usize", "buffer", "usize", "buffer"],
      result: "void",
    },
    leveldb_delete: { parameters: ["pointer", "pointer", "buffer", "usize", "buffer"], result: "void" },
    leveldb_compact_range: {
      parameters: ["pointer", "pointer", "usize", "pointer", "usize"],
      result: "void",
    },
    leveldb_close: { parameters: ["pointer"], result: "void" },
  });
}
