import { tmpdir } from "node:os";
import { environmentVariable } from "../../base/environment.ts";

/**
 * The folders in which Crema may keep what it can make again: `crema` in the user's cache, and those that a compiled program
 * takes where it can't write there (`compile/launcher/cache.cc` has the same list).
 */
export function cacheFolders(): string[] {
  // The XDG specification says to ignore relative paths.
  const absolute = (name: string) => {
    const value = environmentVariable(name);
    return value?.startsWith("/") ? [value] : [];
  };
  const user = Deno.uid();
  return [
    ...new Set([
      ...absolute("XDG_CACHE_HOME").map((folder) => `${folder}/crema`),
      ...absolute("HOME").map((folder) => `${folder}/.cache/crema`),
      ...[...absolute("TMPDIR"), "/var/tmp", tmpdir(), "/tmp", "/dev/shm"].map((folder) =>
        `${folder}/crema-${user}`
      ),
    ]),
  ];
}
