import { CremaError } from "./error.ts";
import { pathHint } from "./path_hint.ts";

/**
 * Reads a whole file. `what` names what is expected there, such as "an image". Throws a CremaError when the file
 * cannot be read.
 */
export async function readBytes(path: string, what: string): Promise<Uint8Array> {
  try {
    return await Deno.readFile(path);
  } catch (cause) {
    throw unreadable(cause, path, what, () => `Paths are relative to ${Deno.cwd()}.`);
  }
}

/**
 * Reads a whole file, without a promise. `hint` says where a file that is missing is looked up. Throws a CremaError
 * as {@link readBytes} does.
 */
export function readBytesSync(path: string, what: string, hint?: string): Uint8Array<ArrayBuffer> {
  try {
    return Deno.readFileSync(path);
  } catch (cause) {
    throw unreadable(cause, path, what, () => hint);
  }
}

/** The error to throw for a file that cannot be read. */
function unreadable(cause: unknown, path: string, what: string, hint: () => string | undefined): unknown {
  if (!(cause instanceof Error)) return cause;
  const isMissing = cause instanceof Deno.errors.NotFound;
  const isDirectory = cause instanceof Deno.errors.IsADirectory ||
    (cause as { code?: string }).code === "EISDIR";
  const found = isMissing ? "no such file" : isDirectory ? "a directory" : cause.message;
  return new CremaError(`Expected ${what} but found ${found}`, {
    file: path,
    hint: isMissing ? pathHint(path, hint()) : undefined,
    cause,
  });
}
