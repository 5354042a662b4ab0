import { CremaError } from "./error.ts";

/** Writes a file, complete or not at all. Throws a CremaError that says what could not be written. */
export async function writeWhole(path: string, bytes: () => Uint8Array, what: string): Promise<void> {
  const partial = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    await Deno.writeFile(partial, bytes());
    await Deno.rename(partial, path);
  } catch (cause) {
    await Deno.remove(partial).catch(() => {}); // it may not be there
    if (cause instanceof CremaError) throw cause;
    throw new CremaError(`Expected to write the ${what} but found: ${(cause as Error).message}`, {
      file: path,
      cause,
    });
  }
}
