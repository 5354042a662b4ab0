/** How serious a line is: information, warning, error. */
export type Severity = "I" | "W" | "E";

/**
 * A log line in the form of Google's glog, which Caffe uses and log parsers read:
 * `I1122 22:08:04.628654  3771 solver.cpp:239] Iteration 100`. `place` is Caffe's source file and line.
 *
 * ```ts
 * import { glogLine } from "./glog_line.ts";
 * import assert from "node:assert/strict";
 *
 * const time = new Date(2018, 10, 22, 7, 8, 4, 628).getTime() + 0.654;
 * assert.equal(glogLine("I", "solver.cpp:239", "Hello", time, 42), "I1122 07:08:04.628654    42 solver.cpp:239] Hello");
 * ```
 */
export function glogLine(
  severity: Severity,
  place: string,
  message: string,
  time: number = performance.timeOrigin + performance.now(),
  pid: number = Deno.pid,
): string {
  const date = new Date(time);
  const two = (value: number) => String(value).padStart(2, "0");
  const micros = Math.floor((time - Math.floor(time)) * 1000 + 1e-3);
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
  const fraction = String(date.getMilliseconds()).padStart(3, "0") + String(micros).padStart(3, "0");
  const day = two(date.getMonth() + 1) + two(date.getDate());
  return `${severity}${day} ${clock}.${fraction} ${String(pid).padStart(5)} ${place}] ${message}`;
}
