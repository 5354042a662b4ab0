import { CommanderError } from "commander";
import { errorText } from "./error_text.ts";
import { printError } from "./print.ts";

/** Runs a command and returns the status to exit with: what it returns, 0 without that, 1 for an error, which it prints. */
export async function exitStatus(run: () => Promise<number | void>): Promise<number> {
  try {
    return await run() ?? 0;
  } catch (error) {
    // Commander has told about its own errors already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 1;
    printError(`${errorText(error)}\n`);
    return 1;
  }
}
