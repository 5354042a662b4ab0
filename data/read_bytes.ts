import { CremaError } from "../proto/error.ts";

/** Reads a file whole; `what` is expected there, "an image". Throws a CremaError when it can't be read. */
export async function readBytes(path: string, what: string): Promise<Uint8Array> {
  try {
    return await Deno.readFile(path);
  } catch (cause) {
    const found = cause instanceof Deno.errors.NotFound ? "no such file" : (cause as Error).message;
    throw new CremaError(`Expected ${what} but found ${found}`, { file: path, cause });
  }
}
