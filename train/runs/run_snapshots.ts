import { join } from "node:path";
import type { SnapshotFiles } from "../snapshot_files.ts";
import { writeSnapshotAs } from "../snapshot.ts";
import type { Trainable } from "../trainable.ts";

/** What the names of a run's own snapshots begin with: of its best test, and the last one. */
export function runSnapshotStems(folder: string): string[] {
  return ["best", "last"].map((name) => join(folder, name));
}

/** Writes `best.caffemodel` and `best.solverstate` of a run. Throws a CremaError when it can't. */
export function writeBest(solver: Trainable, folder: string): void {
  writeSnapshotAs(solver, join(folder, "best"));
}

/** Writes `last.caffemodel` and `last.solverstate` of a run that writes no snapshots. Throws a CremaError when it can't. */
export function writeLast(solver: Trainable, folder: string): void {
  writeSnapshotAs(solver, join(folder, "last"));
}

/**
 * Gives the files of a snapshot the names `last.caffemodel` and `last.solverstate` too: as links where the file system has
 * them, else as copies. Throws what the system throws.
 */
export function linkLast({ model, state }: SnapshotFiles, folder: string): void {
  const end = state.endsWith(".h5") ? ".h5" : "";
  linkAs(model, join(folder, `last.caffemodel${end}`));
  linkAs(state, join(folder, `last.solverstate${end}`));
}

function linkAs(from: string, to: string): void {
  const partial = `${to}.tmp-${Deno.pid}`;
  try {
    try {
      Deno.linkSync(from, partial);
    } catch {
      Deno.copyFileSync(from, partial);
    }
    Deno.renameSync(partial, to);
  } finally {
    try {
      // Renaming one link of a file to another leaves both.
      Deno.removeSync(partial);
    } catch {
      // It is where it belongs.
    }
  }
}
