import { existsSync } from "node:fs";
import { join } from "node:path";
import { CremaError } from "../../base/mod.ts";
import { RunLock } from "./run_lock.ts";

/** The folder in which runs are, unless another is given. */
export const RUNS = "runs";

/** The folder of a run. Throws a CremaError for a name that can't be that of a folder. */
export function runFolder(name: string, runs: string = RUNS): string {
  if (name === "" || name === "." || name === ".." || /[/\\\0]/.test(name)) {
    throw new CremaError(`Expected the name of a run, without slashes, but found '${name}'`, {
      hint: "The folder of all runs is given apart: --runs-dir.",
    });
  }
  return join(runs, name);
}

/**
 * Makes the folder of a run, anew if a training was killed there before it began; with `resume`, one that is there is
 * taken. Returns its path and whether it is new. Throws a
 * CremaError when it is there, or can't be made.
 */
export function makeRunFolder(
  name: string,
  runs: string,
  resume: boolean,
): { folder: string; isNew: boolean } {
  const folder = runFolder(name, runs);
  try {
    Deno.mkdirSync(runs, { recursive: true });
    if (neverBegan(folder)) Deno.removeSync(folder, { recursive: true });
    Deno.mkdirSync(folder);
    Deno.mkdirSync(join(folder, "snapshots"));
    return { folder, isNew: true };
  } catch (cause) {
    if (!(cause instanceof Deno.errors.AlreadyExists)) {
      throw new CremaError(`Expected to make the folder of a run but found: ${(cause as Error).message}`, {
        file: folder,
        cause,
      });
    }
  }
  if (!resume && isPrepared(folder)) {
    Deno.mkdirSync(join(folder, "snapshots"), { recursive: true });
    return { folder, isNew: true };
  }
  if (!resume) {
    throw new CremaError(`Expected a new run but found that '${folder}' exists`, {
      hint: `Give another name, go on with --snapshot auto, or remove it: crema runs rm ${name}`,
    });
  }
  removeLeftovers(folder);
  if (!existsSync(join(folder, "snapshots"))) Deno.mkdirSync(join(folder, "snapshots"));
  return { folder, isNew: false };
}

/** What a writer that was killed has left. */
const TEMPORARY = /\.tmp-\d+$/;

/** The folder in the folder of a run that may be there before the run is: the files of `crema fit`. */
export const FIT_FOLDER = "fit";

/** Whether the folder of a run has only files of `crema fit` as yet, and what a training leaves that did not begin. */
export function isPrepared(folder: string): boolean {
  return existsSync(join(folder, FIT_FOLDER)) && !RunLock.isTaken(folder) && hasOnlyEarly(folder);
}

/** Removes what killed writers have left. */
function removeLeftovers(folder: string): void {
  for (const { name, isFile } of Deno.readDirSync(folder)) {
    if (isFile && TEMPORARY.test(name)) Deno.removeSync(join(folder, name));
  }
}

/** What a run writes before its training begins. */
const EARLY = [
  /^(args|environment)\.json$/,
  /^(solver|(train_|test_)?net(_\d+)?)\.prototxt$/,
  /^log\.txt$/,
  /^run\.lock$/,
];

/** Whether a folder has only what a run wrote that was killed before its training began. */
function neverBegan(folder: string): boolean {
  if (!existsSync(join(folder, "run.lock")) || RunLock.isTaken(folder)) return false;
  return !existsSync(join(folder, FIT_FOLDER)) && hasOnlyEarly(folder);
}

function hasOnlyEarly(folder: string): boolean {
  return [...Deno.readDirSync(folder)].every(({ name }) =>
    name === "snapshots"
      ? [...Deno.readDirSync(join(folder, name))].length === 0
      : name === FIT_FOLDER || EARLY.some((early) => early.test(name)) || TEMPORARY.test(name)
  );
}
