import type { WeightsReport } from "../../net/mod.ts";
import { refuseMissing } from "../options/refuse_missing.ts";
import { printError } from "./print.ts";
import { weightsLines } from "./weights_lines.ts";

/**
 * Tells what weights did to a net, for a command whose answer goes to standard output: what is as it should be needs no
 * word. Throws a CremaError as {@link refuseMissing} does.
 */
export function acceptWeights(report: WeightsReport, options: Parameters<typeof refuseMissing>[1]): void {
  const lines = weightsLines(report);
  if (lines.length > 1) printError(lines.map(({ text }) => `${text}\n`).join(""));
  refuseMissing(report, options);
}
