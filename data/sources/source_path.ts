import { existsSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";

/**
 * Where a file of a prototxt is: a relative path is looked up from the current folder, as Caffe does, and then from the
 * prototxt's. What is in neither place comes back as it was given.
 */
export function resolveSource(path: string, prototxt?: string): string {
  if (isAbsolute(path) || existsSync(path) || prototxt === undefined) return path;
  const beside = join(dirname(prototxt), path);
  return existsSync(beside) ? beside : path;
}
