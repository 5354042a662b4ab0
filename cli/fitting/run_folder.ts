import { existsSync, mkdirSync, rmSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import { CremaError } from "../../base/mod.ts";
import { FIT_FOLDER, isPrepared, RUNS } from "../../train/mod.ts";
import { FIT_FILES } from "./fit_files.ts";

/** The file that is written last. */
const LAST_FILE = FIT_FILES.val;

/** A folder for the files of a fit, in the folder of its run. */
export interface FitFolder {
  /** The name of the run. */
  readonly run: string;
  /** The folder of all runs. */
  readonly runs: string;
  /** The folder for the files, which is there. */
  readonly path: string;
}

/**
 * Makes the folder of a fit, `runs/<name>/fit`, or that in the path of a run that is given. Without a name it is that of
 * the images, with a number if there is such a run already. Throws a CremaError when a run that was named is there, or the
 * folder can't be made.
 */
export function makeFitFolder(images: string, out: string | undefined): FitFolder {
  const stem = basename(resolve(images), extname(images)).replaceAll(/[^\w.-]+/g, "_") || "images";
  const run = out === undefined ? freeName(join(RUNS, stem)) : /[/\\]/.test(out) ? out : join(RUNS, out);
  if (out !== undefined && existsSync(run) && !isUnfinished(run)) {
    throw new CremaError("Expected a new run but found one", {
      file: run,
      hint: "Choose another name with --out, or remove it.",
    });
  }
  const path = join(run, FIT_FOLDER);
  try {
    mkdirSync(path, { recursive: true });
  } catch (cause) {
    throw new CremaError(`Expected to make a folder for the run but found: ${(cause as Error).message}`, {
      file: path,
      cause,
    });
  }
  return { run: basename(resolve(run)), runs: dirname(run), path };
}

/** Whether a fit has failed there, or was ended, before its files were complete. */
function isUnfinished(run: string): boolean {
  return isPrepared(run) && !existsSync(join(run, FIT_FOLDER, LAST_FILE));
}

/** Removes the folder of a fit that has failed, if nothing else is in the folder of its run. */
export function removeUnfinished({ runs, run }: FitFolder): void {
  const folder = join(runs, run);
  if (isUnfinished(folder)) rmSync(folder, { recursive: true });
}

function freeName(path: string): string {
  for (let i = 1;; i++) {
    const name = i === 1 ? path : `${path}_${i}`;
    if (!existsSync(name) || isUnfinished(name)) return name;
  }
}
