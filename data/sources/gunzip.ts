import { gunzipSync } from "node:zlib";
import { CremaError } from "../../base/error.ts";

/** Unpacks a gzip file that was read from `path`. Throws a CremaError when it is damaged. */
export function gunzip(path: string, bytes: Uint8Array): Uint8Array {
  try {
    return gunzipSync(bytes);
  } catch (cause) {
    throw new CremaError(`Expected a whole gzip file but found a damaged one (${(cause as Error).message})`, {
      file: path,
      cause,
    });
  }
}
