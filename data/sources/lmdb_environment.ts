import { CremaError } from "../../base/error.ts";
import { cString, lmdbLibrary, lmdbMessage, MDB_NOLOCK, MDB_NOTLS, MDB_RDONLY } from "./lmdb_library.ts";

const ACCESS_DENIED = 13, READ_ONLY_FILE_SYSTEM = 30;

/**
 * An LMDB opened for reading.
 *
 * LMDB forbids a process to open one environment twice: closing either of the two drops the file locks of both. So an
 * environment is opened once and counted, and a Worker, which has no part in the main thread's variables, gets its
 * address: environments opened with MDB_NOTLS can be read from any thread, each with a transaction of its own.
 * Whoever lends an environment to a Worker keeps it open until the Worker is done with it.
 */
export class LmdbEnvironment implements Disposable {
  static readonly #opened = new Map<string, { address: bigint; users: number }>();

  /** The folder. */
  readonly path: string;
  /** The MDB_env, for {@link LmdbEnvironment.borrow} in a Worker. */
  readonly address: bigint;
  readonly #key: string | undefined;
  #disposed = false;

  private constructor(path: string, address: bigint, key: string | undefined) {
    this.path = path;
    this.address = address;
    this.#key = key;
  }

  /** Opens the LMDB in the folder `path`, or uses it once more. Throws a CremaError when there is none. */
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

  /** The environment that another thread opened and keeps open; disposing it does nothing. */
  static borrow(path: string, address: bigint): LmdbEnvironment {
    return new LmdbEnvironment(path, address, undefined);
  }

  /** Closes the environment when nobody else uses it. */
  [Symbol.dispose](): void {
    if (this.#disposed || this.#key === undefined) return;
    this.#disposed = true;
    const present = LmdbEnvironment.#opened.get(this.#key)!;
    if (--present.users > 0) return;
    LmdbEnvironment.#opened.delete(this.#key);
    lmdbLibrary().mdb_env_close(present.address);
  }
}

/** What tells one LMDB from another, whatever the path to it: the file itself. */
function identify(path: string): string {
  try {
    const { dev, ino } = Deno.statSync(`${path}/data.mdb`);
    return `${dev}:${ino}`;
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound || cause instanceof Deno.errors.NotADirectory)) throw cause;
    throw new CremaError(`Expected an LMDB at '${path}' but found ${whatIsThere(path)}`, {
      hint: "A relative path is looked up from the current folder, then from the prototxt's.",
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
      // Readers of processes that were killed would fill the table of readers in the end.
      library.mdb_reader_check(address, new Int32Array(1));
      return address;
    }
    library.mdb_env_close(address);
    // Where the lock file cannot be written, nobody else here can write the data either.
    if (failure !== ACCESS_DENIED && failure !== READ_ONLY_FILE_SYSTEM) break;
  }
  throw new CremaError(`Expected an LMDB at '${path}' but found none that opens: ${lmdbMessage(failure)}`);
}

/** Reading past the end of a file that is mapped into memory would end the process. */
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
      hint: "The file is cut off: copy or make it again.",
    });
  }
}
