import { existsSync, mkdirSync } from "node:fs";
import { basename, extname, join, resolve } from "node:path";
import { CremaError } from "../../base/mod.ts";

/** A folder for the files of a run. */
export interface RunFolder {
  /** Its path. */
  readonly path: string;
  /** The name of the run, as its snapshots begin. */
  readonly name: string;
}

/**
 * Makes the folder of a run: `runs/<name>`, or the path that is given. Without a name it is that of the images, with a
 * number if there is one already. Throws a CremaError when a folder that was named has files, or can't be made.
 */
export function makeRunFolder(images: string, out: string | undefined): RunFolder {
  const stem = basename(resolve(images), extname(images)).replaceAll(/[^\w.-]+/g, "_") || "images";
  const path = out === undefined ? freeName(join("runs", stem)) : /[/\\]/.test(out) ? out : join("runs", out);
  if (out !== undefined && isTaken(path)) {
    throw new CremaError("Expected a new folder for the run but found one with files", {
      file: path,
      hint: "Choose another name with --out, or remove it.",
    });
  }
  try {
    mkdirSync(path, { recursive: true });
  } catch (cause) {
    throw new CremaError(`Expected to make a folder for the run but found: ${(cause as Error).message}`, {
      file: path,
      cause,
    });
  }
  return { path, name: basename(resolve(path)) };
}

function freeName(path: string): string {
  for (let i = 1;; i++) {
    const name = i === 1 ? path : `${path}_${i}`;
    if (!isTaken(name)) return name;
  }
}

function isTaken(path: string): boolean {
  if (!existsSync(path)) return false;
  try {
    return Array.from(Deno.readDirSync(path)).length > 0;
  } catch {
    return true; // a file, or a folder that can't be read
  }
}
