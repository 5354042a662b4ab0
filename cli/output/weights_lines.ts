import { counted } from "../../base/counted.ts";
import type { WeightsReport } from "../../net/mod.ts";
import type { Severity } from "../../train/log/glog_line.ts";

/** A line about copied weights. */
export interface WeightsLine {
  /** "W" for a layer of the net that was not copied. */
  severity: Severity;
  text: string;
}

/**
 * What copying weights did: one line where every layer was copied and nothing was left over, else a table.
 *
 * ```ts
 * import { weightsLines } from "./weights_lines.ts";
 * import assert from "node:assert/strict";
 *
 * const report = { copied: ["conv1", "ip1"], notFound: ["ip2"], leftOut: [], mismatched: [] };
 * assert.deepEqual(weightsLines(report).map(({ text }) => text), [
 *   "Weights: 2 layers copied, 1 not found",
 *   "  copied      conv1, ip1",
 *   "  not found   ip2: keeps what its filler gave",
 * ]);
 * assert.equal(weightsLines({ ...report, notFound: [] })[0]!.text, "Weights: 2 layers copied");
 * ```
 */
export function weightsLines({ copied, notFound, leftOut, mismatched }: WeightsReport): WeightsLine[] {
  const counts = [
    `${counted(copied.length, "layer")} copied`,
    ...notFound.length > 0 ? [`${notFound.length} not found`] : [],
    ...leftOut.length > 0 ? [`${leftOut.length} left out`] : [],
    ...mismatched.length > 0 ? [`${mismatched.length} mismatched`] : [],
  ];
  const lines: WeightsLine[] = [{ severity: "I", text: `Weights: ${counts.join(", ")}` }];
  if (counts.length === 1) return lines;
  const row = (severity: Severity, what: string, text: string) =>
    void lines.push({ severity, text: `  ${what.padEnd(10)}  ${text}` });
  if (copied.length > 0) row("I", "copied", copied.join(", "));
  for (const name of notFound) row("W", "not found", `${name}: keeps what its filler gave`);
  for (const { layer, reason } of mismatched) {
    row("W", "mismatched", `${layer}: ${reason}; keeps what its filler gave`);
  }
  for (const name of leftOut) row("I", "left out", `${name}: the net has no such layer`);
  return lines;
}
