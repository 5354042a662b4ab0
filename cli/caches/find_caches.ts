import { join } from "node:path";
import { findHome } from "../../compile/home.ts";
import { cacheFolders } from "./cache_folders.ts";

/** What Crema keeps to be faster the next time. */
export const CACHE_KINDS = {
  programs: "compiled programs, unpacked at their first start",
  tuning: "how to compute convolutions on this processor (--tune)",
  frames: "compressed parts of compiled programs (crema compile)",
} as const;

/** A kind of cache. */
export type CacheKind = keyof typeof CACHE_KINDS;

/** A folder or file that may be removed at any time: what needs it makes it again. */
export interface Cache {
  readonly kind: CacheKind;
  /** The folder or file. */
  readonly path: string;
  /** The bytes of all files in it. */
  readonly bytes: number;
  /** Whether a process runs from it, as far as this user can see; undefined where processes can't be seen. */
  readonly isRunning: boolean | undefined;
}

/** All caches of Crema's that this user has, by kind and path. */
export function findCaches(): Cache[] {
  const found: Cache[] = [], running = runningPrograms();
  const add = (kind: CacheKind, path: string) => {
    const isRunning = kind === "programs"
      ? running?.some((program) => program.startsWith(`${path}/`))
      : false;
    found.push({ kind, path, bytes: bytesOf(path), isRunning });
  };
  for (const folder of cacheFolders()) {
    for (const { name, isDirectory } of entriesOf(folder)) {
      // The launcher names what it unpacks after the program's hash; `.part` is what it was killed at.
      if (isDirectory && /^[0-9a-f]{32}(\.part)?$/.test(name)) add("programs", join(folder, name));
    }
    for (const { name, isFile } of entriesOf(join(folder, "tuning"))) {
      if (isFile && name.endsWith(".txt")) add("tuning", join(folder, "tuning", name));
    }
  }
  const { root, unpacked, isPackage } = findHome();
  const frames = join(root, "build/frames");
  if (unpacked === undefined && !isPackage && entriesOf(frames).length > 0) add("frames", frames);
  const kinds = Object.keys(CACHE_KINDS);
  return found.sort((a, b) =>
    kinds.indexOf(a.kind) - kinds.indexOf(b.kind) || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)
  );
}

/** What is in a folder; nothing where there is none, or where Deno or the system doesn't let it be read. */
function entriesOf(folder: string): Deno.DirEntry[] {
  const { NotFound, NotADirectory, PermissionDenied, NotCapable } = Deno.errors;
  try {
    return [...Deno.readDirSync(folder)];
  } catch (error) {
    if ([NotFound, NotADirectory, PermissionDenied, NotCapable].some((kind) => error instanceof kind)) {
      return [];
    }
    throw error;
  }
}

function bytesOf(path: string): number {
  const { isFile, isDirectory, size } = Deno.lstatSync(path);
  if (isFile) return size;
  if (!isDirectory) return 0;
  return entriesOf(path).reduce((sum, { name }) => sum + bytesOf(join(path, name)), 0);
}

/** The files of the programs that run now, but other users'; undefined where a compiled program may not look. */
function runningPrograms(): string[] | undefined {
  let processes: Deno.DirEntry[];
  try {
    processes = [...Deno.readDirSync("/proc")];
  } catch {
    return undefined;
  }
  return processes.filter(({ name }) => /^\d+$/.test(name)).flatMap(({ name }) => {
    try {
      return [Deno.readLinkSync(`/proc/${name}/exe`)];
    } catch {
      return []; // it has ended, or is another user's
    }
  });
}
