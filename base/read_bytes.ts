import { CremaError } from "./error.ts";
import { pathHint } from "./path_hint.ts";

/** Reads a whole file. `what` names it in errors: "an image". Throws a CremaError when it can't be read. */
export async function readBytes(path: string, what: string): Promise<Uint8Array> {
  try {
    return await Deno.readFile(path);
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    const found = cause instanceof Deno.errors.NotFound
      ? "no such file"
      : cause instanceof Deno.errors.IsADirectory || (cause as { code?: string }).code === "EISDIR"
      ? "a directory"
      : cause.message;
    throw new CremaError(`Expected ${what} but found ${found}`, {
      file: path,
      hint: cause instanceof Deno.errors.NotFound
        ? pathHint(path, `Paths are relative to ${Deno.cwd()}.`)
        : undefined,
      cause,
    });
  }
}
