import { constants, gunzipSync } from "node:zlib";
import { CremaError } from "../../base/error.ts";
import { InputLimitError } from "../arrays/input_limits.ts";
import { counted } from "../../base/counted.ts";

/**
 * Unpacks a gzip file that was read from `path`. Throws a CremaError when it is damaged, and an InputLimitError as
 * soon as it makes more than `maxBytes`.
 */
export function gunzip(path: string, bytes: Uint8Array, maxBytes?: number): Uint8Array {
  try {
    return maxBytes === undefined ? gunzipSync(bytes) : gunzipSync(bytes, { maxOutputLength: maxBytes });
  } catch (cause) {
    if ((cause as { code?: string }).code === "ERR_BUFFER_TOO_LARGE" && maxBytes !== undefined) {
      throw new InputLimitError(
        `Expected a gzip file of at most ${counted(maxBytes, "byte")}, unpacked, but found more`,
        {
          file: path,
          cause,
        },
      );
    }
    throw new CremaError(`Expected a whole gzip file but found a damaged one (${(cause as Error).message})`, {
      file: path,
      cause,
    });
  }
}

/**
 * The first bytes that a gzip file makes, as many as its first kilobyte gives: enough for a header. Throws a
 * CremaError when that is damaged, or when a shorter file is cut.
 */
export function gunzipStart(path: string, bytes: Uint8Array): Uint8Array {
  try {
    // A kilobyte makes a megabyte at most.
    if (bytes.length <= 1024) return gunzipSync(bytes);
    return gunzipSync(bytes.subarray(0, 1024), { finishFlush: constants.Z_SYNC_FLUSH });
  } catch (cause) {
    throw new CremaError(`Expected a whole gzip file but found a damaged one (${(cause as Error).message})`, {
      file: path,
      cause,
    });
  }
}
