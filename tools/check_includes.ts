/**
 * Checks that C++ includes only in the direction that the design allows: each engine includes from itself, from
 * engine/shared/ and ffi/crema.h, and never from the other engine; engine/shared/ includes neither.
 *
 * @module
 */

// deno-lint-ignore-file no-console -- a command speaks to its user

import { join } from "node:path";
import { root } from "./root.ts";
import { sourceFiles } from "./source_files.ts";

/** The folders that each folder may include from, besides itself. */
const allowed: Record<string, readonly string[]> = {
  "engine/shared": ["ffi"],
  "engine/embedded": ["engine/shared", "ffi"],
  "engine/libcaffe": ["engine/shared", "ffi"],
  "engine/tests": ["engine/shared", "engine/embedded", "ffi"],
  "ffi": [],
  "compile/launcher": [],
};

/** The folder of {@link allowed} that a path lies in; undefined for none. */
function folderOf(path: string): string | undefined {
  return Object.keys(allowed).find((folder) => path.startsWith(`${folder}/`));
}

/**
 * Lists every include that breaks the rules, as sentences. `sources` holds the text of each file by its path from the
 * root. Paths that are not in the repository (`caffe.pb.h`, `caffe/net.hpp`) may be included anywhere.
 *
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * import { includeFaults } from "./check_includes.ts";
 *
 * const sources = new Map([["engine/libcaffe/net.cc", '#include "engine/embedded/core/blob.h"\n']]);
 * deepEqual(includeFaults(sources), [
 *   "engine/libcaffe/net.cc includes engine/embedded/core/blob.h, but engine/libcaffe/ may not include from engine/embedded/",
 * ]);
 * ```
 */
export function includeFaults(sources: ReadonlyMap<string, string>): string[] {
  const faults: string[] = [];
  for (const [path, text] of sources) {
    const from = folderOf(path);
    if (from === undefined) {
      faults.push(`${path} lies in no folder that tools/check_includes.ts knows`);
      continue;
    }
    for (const [, included = ""] of text.matchAll(/^\s*#\s*include\s+"([^"]+)"/gm)) {
      const to = folderOf(included);
      if (to === undefined || to === from || allowed[from]!.includes(to)) continue;
      faults.push(`${path} includes ${included}, but ${from}/ may not include from ${to}/`);
    }
  }
  return faults;
}

/** Checks the repository; returns whether it is clean. */
export async function checkIncludes(): Promise<boolean> {
  const files = await sourceFiles(root, [".cc", ".h", ".inc"]);
  const texts = await Promise.all(files.map((file) => Deno.readTextFile(join(root, file))));
  const faults = includeFaults(new Map(files.map((file, i) => [file, texts[i]!])));
  for (const fault of faults) console.error(fault);
  return faults.length === 0;
}

if (import.meta.main && !await checkIncludes()) Deno.exit(1);
