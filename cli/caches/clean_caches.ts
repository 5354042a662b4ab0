import { tryLock } from "../../base/try_lock.ts";
import type { Cache } from "./find_caches.ts";

/** What became of each cache: removed, or why not. */
export interface CleanedCache {
  readonly cache: Cache;
  /** Undefined where it was removed. */
  readonly kept?: string;
}

/** Removes caches, but none from which a process runs, or may run, and none that a program unpacks to now. */
export function cleanCaches(caches: readonly Cache[]): CleanedCache[] {
  return caches.map((cache) => {
    const kept = cache.isRunning === undefined
      ? "whether a program runs from it can't be seen from a compiled crema: remove it by hand"
      : cache.isRunning
      ? "a program runs from it"
      : removed(cache);
    return kept === undefined ? { cache } : { cache, kept };
  });
}

function removed({ kind, path }: Cache): string | undefined {
  if (kind !== "programs") return gone(path);
  // The launcher locks this file while it unpacks.
  const lock = `${path.replace(/\.part$/, "")}.lock`;
  try {
    using file = Deno.openSync(lock, { read: true, write: true, create: true, mode: 0o600 });
    if (!tryLock(file, true)) return "a program is being unpacked to it";
    const kept = gone(path);
    if (kept === undefined) Deno.removeSync(lock);
    return kept;
  } catch (error) {
    return (error as Error).message;
  }
}

function gone(path: string): string | undefined {
  try {
    Deno.removeSync(path, { recursive: true });
    return undefined;
  } catch (error) {
    return error instanceof Deno.errors.NotFound ? undefined : (error as Error).message;
  }
}
