import { join } from "node:path";
import { CremaError } from "../../base/mod.ts";
import { tryLock } from "../../base/try_lock.ts";

/**
 * Keeps a run's folder for one training. The lock is the kernel's, on the file `run.lock`, so it ends with the process,
 * however that ends.
 */
export class RunLock implements Disposable {
  readonly #file: Deno.FsFile;

  private constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  /** Takes the lock of a run. Throws a CremaError when a training has it. */
  static take(folder: string): RunLock {
    const file = Deno.openSync(pathIn(folder), { read: true, write: true, create: true });
    if (tryLock(file, true)) return new RunLock(file);
    file.close();
    throw new CremaError(`Expected the run '${folder}' to be free but found that it is training`, {
      hint: "Wait for it to end, or give this training another name.",
    });
  }

  /** Whether a training has the lock of a run. Where the file system knows no locks, none has. */
  static isTaken(folder: string): boolean {
    let file: Deno.FsFile;
    try {
      file = Deno.openSync(pathIn(folder), { read: true });
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
    using _file = file;
    return !tryLock(file, false);
  }

  /** Gives the run free. */
  [Symbol.dispose](): void {
    this.#file.close();
  }
}

function pathIn(folder: string): string {
  return join(folder, "run.lock");
}
