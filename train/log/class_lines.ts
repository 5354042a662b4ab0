import type { ClassPrecision } from "../detection_scores.ts";
import { floatText } from "./float_text.ts";
import type { Severity } from "./glog_line.ts";

/** A line of a log. */
interface ClassLine {
  severity: Severity;
  text: string;
}

/**
 * The average precision of each class in the words of SSD's fork of Caffe, if `shown`, and a warning for each
 * class of which nothing was detected.
 *
 * ```ts
 * import { classLines } from "./class_lines.ts";
 * import assert from "node:assert/strict";
 *
 * const classes = [{ name: "eval", label: 1, value: 0.5 }, { name: "eval", label: 2 }];
 * assert.deepEqual(classLines(classes, true), [
 *   { severity: "I", text: "class1: 0.5" },
 *   { severity: "W", text: "Missing true_pos for label: 2" },
 * ]);
 * ```
 */
export function classLines(
  classes: readonly ClassPrecision[],
  shown: boolean,
): ClassLine[] {
  return classes.flatMap(({ label, value }): ClassLine[] => {
    if (value === undefined) return [{ severity: "W", text: `Missing true_pos for label: ${label}` }];
    return shown ? [{ severity: "I", text: `class${label}: ${floatText(value)}` }] : [];
  });
}
