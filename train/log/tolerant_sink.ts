import { isSystemError } from "../../base/system_error.ts";
import type { LineSink } from "./caffe_log.ts";

/**
 * A sink that never fails, since training must not end for its log: a line that can't be written, as on a full disk, is
 * lost, and `onFirst` is told of the first. Each later line is tried anew.
 *
 * ```ts
 * import { tolerantSink } from "./tolerant_sink.ts";
 * import assert from "node:assert/strict";
 *
 * const full = Object.assign(new Error("No space left on device"), { code: "ENOSPC" });
 * const failures: string[] = [];
 * const sink = tolerantSink(() => { throw full; }, (error) => failures.push(error.message));
 * sink("one");
 * sink("two");
 * assert.deepEqual(failures, ["No space left on device"]);
 * ```
 */
export function tolerantSink(sink: LineSink, onFirst: (error: Error) => void): LineSink {
  let told = false;
  return (line) => {
    try {
      sink(line);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      if (told) return;
      told = true;
      onFirst(error);
    }
  };
}
