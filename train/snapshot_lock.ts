import { CremaError } from "../base/mod.ts";
import { tryLock } from "../base/try_lock.ts";

/**
 * Keeps a snapshot prefix for one training: two with the same prefix would overwrite each other's snapshots and remove each
 * other's temporary files. The lock is the kernel's, on the file `<prefix>_iter.lock`, so it ends with the process,
 * however that ends.
 */
export class SnapshotLock implements Disposable {
  readonly #path: string;
  readonly #file: Deno.FsFile;

  private constructor(path: string, file: Deno.FsFile) {
    this.#path = path;
    this.#file = file;
  }

  /**
   * Takes the lock of a prefix whose folder exists. Throws a CremaError with the process id of the training that has it.
   * Where the file system knows no locks there is none to take, and the training goes on without.
   */
  static take(prefix: string): SnapshotLock {
    const path = `${prefix}_iter.lock`;
    while (true) {
      const file = Deno.openSync(path, { read: true, write: true, create: true });
      if (!tryLock(file, true)) {
        const owner = new TextDecoder().decode(readAll(file)).trim();
        file.close();
        throw new CremaError(
          `Expected snapshot_prefix "${prefix}" to be free but found another training that writes there` +
            (owner === "" ? "" : `, process ${owner}`),
          { hint: "Wait for it to end, or give this one another snapshot_prefix." },
        );
      }
      // The training before may have removed the file between our opening and our locking it.
      if (isAt(path, file)) {
        file.truncateSync();
        file.writeSync(new TextEncoder().encode(`${Deno.pid}\n`));
        return new SnapshotLock(path, file);
      }
      file.close();
    }
  }

  /** Gives the prefix free, and removes the file. */
  [Symbol.dispose](): void {
    try {
      Deno.removeSync(this.#path);
    } catch {
      // Closing releases the lock. A file that stays is harmless, and must not hide the error of a training.
    } finally {
      this.#file.close();
    }
  }
}

function isAt(path: string, file: Deno.FsFile): boolean {
  try {
    const [there, here] = [Deno.statSync(path), file.statSync()];
    return there.ino === here.ino && there.dev === here.dev;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function readAll(file: Deno.FsFile): Uint8Array {
  const bytes = new Uint8Array(32);
  return bytes.subarray(0, file.readSync(bytes) ?? 0);
}
