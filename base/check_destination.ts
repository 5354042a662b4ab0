import { CremaError } from "./error.ts";
import { cannotWrite } from "./write_whole.ts";

/**
 * Throws the CremaError of `writeWhole`, before the work and not after it, if no file can be written at this path: it is
 * empty, a folder, or in a folder that is not there or takes no files.
 */
export function checkDestination(path: string, what: string): void {
  if (path === "") throw cannotWrite(undefined, path, what);
  let file = path;
  try {
    const { isFile, isDirectory } = Deno.statSync(path);
    if (isDirectory) throw new CremaError("Expected the path of a file but found a folder", { file: path });
    if (!isFile) return; // a pipe or a device takes what it is given
    file = Deno.realPathSync(path);
  } catch (cause) {
    if (cause instanceof CremaError) throw cause;
    if (!(cause instanceof Deno.errors.NotFound)) {
      const { message } = cause as Error;
      throw new CremaError(`Expected the path of a file but found: ${message}`, { file: path, cause });
    }
    if (isLink(path)) return; // followed when it is written
  }
  const probe = `${file}.${crypto.randomUUID()}.tmp`;
  try {
    Deno.writeFileSync(probe, new Uint8Array(), { createNew: true });
    Deno.removeSync(probe);
  } catch (cause) {
    throw cannotWrite(cause, path, what);
  }
}

function isLink(path: string): boolean {
  try {
    return Deno.lstatSync(path).isSymlink;
  } catch {
    return false;
  }
}
