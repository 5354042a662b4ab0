import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { CremaError } from "../../base/error.ts";
import { writeWhole } from "../../base/write_whole.ts";

/** The name of lock files; each is beside the prototxts that it covers. */
export const LOCK_NAME = "crema.lock";

/** What a net imports: keys of {@link LockFile.modules} and {@link LockFile.packages}. */
export interface LockedNet {
  /** Modules, which have hashes. */
  modules: string[];
  /** Packages, which have versions only. */
  packages: string[];
}

/** The content of a lock file. */
export interface LockFile {
  /** The version of this format. */
  version: 1;
  /** Hashes ("sha256-" and base64), by URL or by path relative to the lock file. */
  modules: Record<string, string>;
  /** Versions of what has no hash: npm packages, the runtime's modules, Crema itself. */
  packages: Record<string, string>;
  /** What each net imports, by the prototxt's name. */
  nets: Record<string, LockedNet>;
}

/** The lock file that belongs to a prototxt. */
export function lockPath(prototxt: string): string {
  return join(dirname(prototxt), LOCK_NAME);
}

/** A module's key in a lock file: its URL, or for a file its path relative to the lock file. */
export function lockKey(url: string, lock: string): string {
  if (!url.startsWith("file:")) return url;
  const path = relative(dirname(resolve(lock)), fileURLToPath(url)).split(sep).join("/");
  return path.startsWith("../") ? path : `./${path}`;
}

/** Reads a lock file; undefined when there is none. Throws a CremaError when the file is something else. */
export async function readLock(path: string): Promise<LockFile | undefined> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return undefined;
    throw error;
  }
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch (cause) {
    const hint = "Delete it and run `crema lock` again.";
    throw new CremaError("Expected a lock file in JSON but found other text", { file: path, cause, hint });
  }
  if (isLockFile(found)) return found;
  throw new CremaError("Expected a lock file of version 1 but found something else", {
    file: path,
    hint: "It may be of a newer Crema. Else delete it and run `crema lock` again.",
  });
}

/** Writes a lock file, complete or not at all. The same content gives the same bytes. Throws a CremaError. */
export async function writeLock(path: string, lock: LockFile): Promise<void> {
  const nets = Object.entries(lock.nets).map(([name, { modules, packages }]) =>
    [name, { modules: modules.toSorted(), packages: packages.toSorted() }] as const
  );
  const whole = {
    version: lock.version,
    modules: sorted(lock.modules),
    packages: sorted(lock.packages),
    nets: sorted(Object.fromEntries(nets)),
  };
  const text = `${JSON.stringify(whole, undefined, 2)}\n`;
  await writeWhole(path, () => new TextEncoder().encode(text), "lock file");
}

function sorted<Value>(record: Record<string, Value>): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => a < b ? -1 : 1));
}

function isLockFile(value: unknown): value is LockFile {
  const record = (part: unknown, entry: (each: unknown) => boolean) =>
    typeof part === "object" && part !== null && Object.values(part).every(entry);
  const text = (each: unknown) => typeof each === "string";
  const texts = (each: unknown) => Array.isArray(each) && each.every(text);
  if (!record(value, () => true)) return false;
  const { version, modules, packages, nets } = value as Record<string, unknown>;
  return version === 1 && record(modules, text) && record(packages, text) &&
    record(
      nets,
      (net) => record(net, texts) && "modules" in (net as object) && "packages" in (net as object),
    );
}
