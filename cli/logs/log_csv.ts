import type { LogRow } from "./parse_caffe_log.ts";
import { csvField } from "../../base/csv_field.ts";

/**
 * Rows of a log as parse_log.py writes them: NumIters, Seconds, LearningRate and the outputs, with numbers as Python
 * prints them and lines that end as on Windows. Outputs that a row lacks are empty.
 *
 * ```ts
 * import { logCsv } from "./log_csv.ts";
 * import assert from "node:assert/strict";
 *
 * const row = { iteration: 100, seconds: 1.5, learningRate: 0.00001, outputs: new Map([["loss", 2]]) };
 * assert.equal(logCsv([row]), "NumIters,Seconds,LearningRate,loss\r\n100.0,1.5,1e-05,2.0\r\n");
 * ```
 */
export function logCsv(rows: readonly LogRow[], delimiter = ","): string {
  const names = [...new Set(rows.flatMap(({ outputs }) => [...outputs.keys()]))];
  const lines = rows.map(({ iteration, seconds, learningRate, outputs }) => [
    ...[iteration, seconds, learningRate].map(pythonFloat),
    ...names.map((name) => outputs.has(name) ? pythonFloat(outputs.get(name)!) : ""),
  ]);
  return [
    ["NumIters", "Seconds", "LearningRate", ...names.map((name) => csvField(name, delimiter))],
    ...lines,
  ]
    .map((cells) => `${cells.join(delimiter)}\r\n`).join("");
}

/** A number as Python's repr writes a float. */
function pythonFloat(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value < 0 ? "-inf" : "inf";
  const [digits, exponent] = value.toExponential().split("e") as [string, string];
  const power = Number(exponent);
  if (value !== 0 && (power < -4 || power >= 16)) {
    return `${digits}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
  }
  // Below 1e-6, toString has an exponent, but those are above; from 1e21 on too.
  const plain = String(value);
  return plain.includes(".") ? plain : `${plain}.0`;
}
