import { CremaError } from "./error.ts";

/**
 * Writes a file, complete or not at all; one that was there before keeps its mode. A link leads to the file that is
 * written. What is more than one array can hold comes as a stream. What is no file, such as a pipe or a device, gets the bytes directly. Throws a CremaError that says what
 * could not be written.
 */
export async function writeWhole(
  path: string,
  bytes: () => Uint8Array | ReadableStream<Uint8Array>,
  what: string,
): Promise<void> {
  if (path === "") throw new CremaError(`Expected the path of a file for the ${what} but found an empty one`);
  let partial: string | undefined;
  try {
    const { file, mode } = await destinationOf(path);
    if (file === undefined) return await Deno.writeFile(path, bytes());
    partial = `${file}.${crypto.randomUUID()}.tmp`;
    await Deno.writeFile(partial, bytes());
    if (mode !== undefined) await Deno.chmod(partial, mode);
    await Deno.rename(partial, file);
  } catch (cause) {
    if (partial !== undefined) await Deno.remove(partial).catch(() => {}); // it may not be there
    if (cause instanceof CremaError) throw cause;
    const lacksFolder = cause instanceof Deno.errors.NotFound;
    const found = lacksFolder ? " that its folder is not there" : `: ${(cause as Error).message}`;
    throw new CremaError(`Expected to write the ${what} but found${found}`, {
      file: path,
      hint: lacksFolder ? "Make the folder, or write elsewhere." : undefined,
      cause,
    });
  }
}

/**
 * The file to replace, where links end, and its mode; no file where there is something else. Throws a CremaError for a
 * folder, and for a path that can't be one.
 */
export async function destinationOf(path: string): Promise<{ file?: string; mode?: number }> {
  try {
    const file = await Deno.realPath(path), { isFile, isDirectory, mode } = await Deno.stat(file);
    if (isDirectory) throw new CremaError("Expected the path of a file but found a folder", { file: path });
    return isFile ? { file, ...mode === null ? {} : { mode: mode & 0o7777 } } : {};
  } catch (error) {
    if (error instanceof CremaError) throw error;
    if (!(error instanceof Deno.errors.NotFound)) {
      const { message } = error as Error;
      throw new CremaError(`Expected the path of a file but found: ${message}`, { file: path, cause: error });
    }
    // A link to what is not there yet is followed.
    const isLink = await Deno.lstat(path).then(({ isSymlink }) => isSymlink, () => false);
    return isLink ? {} : { file: path };
  }
}
