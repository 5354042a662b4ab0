import { CremaError, type CremaErrorOptions } from "../../base/error.ts";
import { hashModule } from "./hash_module.ts";
import { type LockFile, lockKey, lockPath, readLock } from "./lock_file.ts";
import { isPinned } from "./lock_net.ts";
import type { ModuleGraph } from "./module_graph.ts";
import { shownUrl } from "./shown_url.ts";

/** What a lock file lets run: asked before any code of a module does. */
export class ModuleLock {
  /** The lock file. */
  readonly path: string;
  readonly #lock: LockFile;

  /** Takes a lock file that was read. */
  constructor(path: string, lock: LockFile) {
    this.path = path;
    this.#lock = lock;
  }

  /** The lock file beside a prototxt; undefined when there is none. Throws a CremaError when it can't be read. */
  static async beside(prototxt: string): Promise<ModuleLock | undefined> {
    const path = lockPath(prototxt);
    const lock = await readLock(path);
    return lock === undefined ? undefined : new ModuleLock(path, lock);
  }

  /**
   * Checks a module and all that it imports. With `edited`, files are let through: somebody is at work on them. Throws a
   * CremaError that has both hashes.
   */
  async check(graph: ModuleGraph, place: CremaErrorOptions = {}, edited = false): Promise<void> {
    for (const url of graph.modules) {
      if (edited && url.startsWith("file:")) continue;
      const fault = graph.faults.get(url);
      if (fault !== undefined) {
        const why = fault.replaceAll(/\s*\n\s*/g, " ");
        throw new CremaError(`Expected a module at ${shownUrl(url)} but found: ${why}`, place);
      }
      await this.#checkModule(url, graph, place);
    }
    for (const [name, version] of graph.packages) {
      const locked = this.#lock.packages[name];
      if (!isPinned(version) || locked === version) continue;
      const found = locked === undefined ? `${version}, which is not in it` : version;
      throw new CremaError(
        `Expected ${locked ?? `only packages that ${this.path} has`} for '${name}' but found ${found}`,
        { ...place, hint: HINT },
      );
    }
  }

  async #checkModule(url: string, graph: ModuleGraph, place: CremaErrorOptions): Promise<void> {
    const locked = this.#lock.modules[lockKey(url, this.path)];
    const found = await hashModule(url, place);
    if (locked === found) return;
    const importer = [...graph.imports].find(([, imports]) => imports.includes(url))?.[0];
    const by = importer === undefined ? "" : `, which ${shownUrl(importer)} imports,`;
    if (locked === undefined) {
      throw new CremaError(
        `Expected ${shownUrl(url)}${by} in ${this.path} but found nothing about it; its hash is ${found}`,
        { ...place, hint: `Nothing of it was run. ${HINT}` },
      );
    }
    throw new CremaError(
      `Expected ${locked} of ${shownUrl(url)}${by} as in ${this.path} but found ${found}`,
      {
        ...place,
        hint: `It has changed; nothing of it was run. ${HINT}`,
      },
    );
  }
}

/** The lock files beside some prototxts, each once. Throws a CremaError when one can't be read. */
export async function locksBeside(prototxts: readonly string[]): Promise<ModuleLock[]> {
  const byPath = new Map(prototxts.map((prototxt) => [lockPath(prototxt), prototxt]));
  const locks = await Promise.all([...byPath.values()].map((prototxt) => ModuleLock.beside(prototxt)));
  return locks.filter((lock) => lock !== undefined);
}

const HINT = "Look at what changed; when you trust it, run `crema lock` again.";
