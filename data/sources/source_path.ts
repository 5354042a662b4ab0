import { existsSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";

/**
 * Finds a file that a prototxt names: a relative path is looked up from the current folder, as in Caffe, then
 * from the prototxt's. A path found in neither is returned unchanged.
 */
export function resolveSource(path: string, prototxt?: string): string {
  if (isAbsolute(path) || existsSync(path) || prototxt === undefined) return path;
  const beside = join(dirname(prototxt), path);
  return existsSync(beside) ? beside : path;
}
