import { CremaError } from "../../../base/error.ts";
import { OutOfBytesError } from "./byte_reader.ts";

const HINT = "The file is damaged or truncated: copy it or make it again.";

/** An error about a file of a LevelDB. */
export function damagedFile(path: string, expected: string, found: string, cause?: unknown): CremaError {
  return new CremaError(`Expected ${expected} in '${path}' but found ${found}`, { hint: HINT, cause });
}

/** Runs `read`. When bytes were missing, throws a CremaError that names the file and `what` was read. */
export function readingFile<Result>(path: string, what: string, read: () => Result): Result {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof OutOfBytesError)) throw cause;
    throw damagedFile(path, what, "one that is damaged", cause);
  }
}
