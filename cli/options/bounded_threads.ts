import { printError } from "../output/print.ts";

let warned = false;

/**
 * A number of threads, no more than this process has processors: more of them only wait for each other. Warns once where
 * that is less than what was asked for.
 */
export function boundedThreads(
  asked: number | undefined,
  processors = navigator.hardwareConcurrency,
  warn = printError,
): number | undefined {
  if (asked === undefined || asked <= processors) return asked;
  if (!warned) {
    warn(
      `warning: --threads ${asked} is more than the ${processors} processors here: computing with ${processors}.\n`,
    );
  }
  warned = true;
  return processors;
}
