import { existsSync } from "node:fs";
import { isAbsolute, join } from "node:path";

/** Where a list of files is, and where its files are. */
export interface FileList {
  /** The text file. */
  path: string;
  /** What is put before each path in it, as it is: a folder ends with "/". */
  root: string;
  /** A second folder for relative paths, after the current one: the prototxt's. */
  beside?: string | undefined;
}

/** A file that a list names. */
export interface ListedFile {
  /** Its path. */
  path: string;
  /** The line in the list, from 1. */
  line: number;
}

/**
 * Reads a file that a list names with `read`, which gets its path and a hint for the error when there is none. The list's
 * root is put before the path, as in Caffe. A relative path is looked up from the current folder, then from the prototxt's.
 */
export function readListed<Result>(
  path: string,
  { root, beside }: Omit<FileList, "path">,
  read: (path: string, hint: string | undefined) => Result,
): Result {
  const whole = `${root}${path}`;
  let found = whole;
  if (beside !== undefined && !isAbsolute(whole) && !existsSync(whole)) {
    const other = join(beside, whole);
    if (existsSync(other)) found = other;
  }
  const apart = root !== "" && !root.endsWith("/") && existsSync(`${root}/${path}`);
  return read(found, apart ? `root_folder is put before the path as it is: end it with '/'.` : undefined);
}
