import { CommanderError } from "commander";
import { errorText } from "./error_text.ts";
import { printError } from "./print.ts";

/** Runs a command. Returns its exit status: what it returns, or 0; 1 for an error, which is printed. */
export async function exitStatus(run: () => Promise<number | void>): Promise<number> {
  try {
    return await run() ?? 0;
  } catch (error) {
    // Commander has already printed its own errors.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 1;
    printError(`${errorText(error)}\n`);
    return 1;
  }
}
