import { CremaError } from "../../base/error.ts";
import { pathHint } from "../../base/path_hint.ts";
import { cString, lmdbLibrary, lmdbMessage, MDB_NOLOCK, MDB_NOTLS, MDB_RDONLY } from "./lmdb_library.ts";

const ACCESS_DENIED = 13, READ_ONLY_FILE_SYSTEM = 30;

/**
 * An LMDB opened for reading.
 *
 * LMDB forbids a process to open the same environment twice: closing one of the two drops the file locks of
 * both. So each environment is opened once and its users are counted. A Worker does not share the main
 * thread's variables, so it gets the environment's address: with MDB_NOTLS, any thread may read an
 * environment, each with its own transaction. Whoever lends an environment to a Worker must keep it open
 * until the Worker is done with it.
 */
export class LmdbEnvironment implements Disposable {
  static readonly #opened = new Map<string, { address: bigint; users: number }>();

  /** The folder. */
  readonly path: string;
  /** Address of the MDB_env, for {@link LmdbEnvironment.borrow} in a Worker. */
  readonly address: bigint;
  readonly #key: string | undefined;
  #disposed = false;

  private constructor(path: string, address: bigint, key: string | undefined) {
    this.path = path;
    this.address = address;
    this.#key = key;
  }

  /**
   * Opens the LMDB in the folder `path`, or shares it if it is open. Throws a CremaError when there is none.
   */
  static open(path: string): LmdbEnvironment {
    const key = identify(path);
    const present = this.#opened.get(key);
    if (present !== undefined) {
      present.users++;
      return new LmdbEnvironment(path, present.address, key);
    }
    const address = openEnvironment(path);
    this.#opened.set(key, { address, users: 1 });
    return new LmdbEnvironment(path, address, key);
  }

  /** Uses an environment that another thread keeps open. Disposing it does nothing. */
  static borrow(path: string, address: bigint): LmdbEnvironment {
    return new LmdbEnvironment(path, address, undefined);
  }

  /** Closes the environment once it has no more users. */
  [Symbol.dispose](): void {
    if (this.#disposed || this.#key === undefined) return;
    this.#disposed = true;
    const present = LmdbEnvironment.#opened.get(this.#key)!;
    if (--present.users > 0) return;
    LmdbEnvironment.#opened.delete(this.#key);
    lmdbLibrary().mdb_env_close(present.address);
  }
}

/** Identifies an LMDB by its data file, whatever the path to it. */
function identify(path: string): string {
  try {
    const { dev, ino } = Deno.statSync(`${path}/data.mdb`);
    return `${dev}:${ino}`;
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound || cause instanceof Deno.errors.NotADirectory)) throw cause;
    throw new CremaError(`Expected an LMDB at '${path}' but found ${whatIsThere(path)}`, {
      hint: pathHint(path, "A relative path is looked up from the current folder, then from the prototxt's."),
      cause,
    });
  }
}

function whatIsThere(path: string): string {
  const exists = (name: string) => {
    try {
      return Deno.statSync(name);
    } catch {
      return undefined;
    }
  };
  if (exists(`${path}/CURRENT`) !== undefined) return "a LevelDB";
  const there = exists(path);
  if (there === undefined) return "nothing";
  return there.isDirectory ? "a folder without data.mdb" : "a file";
}

function openEnvironment(path: string): bigint {
  const library = lmdbLibrary();
  let failure = 0;
  for (const flags of [MDB_RDONLY | MDB_NOTLS, MDB_RDONLY | MDB_NOTLS | MDB_NOLOCK]) {
    const result = new BigUint64Array(1);
    failure = library.mdb_env_create(result);
    if (failure !== 0) break;
    const address = result[0]!;
    failure = library.mdb_env_open(address, cString(path), flags, 0o664);
    if (failure === 0) {
      try {
        checkLength(path, address);
      } catch (error) {
        library.mdb_env_close(address);
        throw error;
      }
      // Frees the reader slots of processes that were killed, which would eventually fill the table.
      library.mdb_reader_check(address, new Int32Array(1));
      return address;
    }
    library.mdb_env_close(address);
    // If the lock file cannot be written, nobody else here can write the data either.
    if (failure !== ACCESS_DENIED && failure !== READ_ONLY_FILE_SYSTEM) break;
  }
  throw new CremaError(`Expected an LMDB at '${path}' but found none that opens: ${lmdbMessage(failure)}`);
}

/** Checks that the file is complete: reading a memory map past the end of its file would kill the process. */
function checkLength(path: string, address: bigint): void {
  const library = lmdbLibrary();
  const info = new BigUint64Array(5); // void* address; size_t mapsize, last_pgno, last_txnid; unsigned readers[2]
  const stat = new BigUint64Array(5); // unsigned psize, depth; size_t pages[3]; size_t entries
  library.mdb_env_info(address, info);
  library.mdb_env_stat(address, stat);
  const pageSize = Number(stat[0]! & 0xffffffffn);
  const expected = (Number(info[2]!) + 1) * pageSize;
  const { size } = Deno.statSync(`${path}/data.mdb`);
  if (size < expected) {
    throw new CremaError(`Expected '${path}/data.mdb' to have ${expected} bytes but found ${size}`, {
      hint: "The file is truncated: copy it or make it again.",
    });
  }
}
