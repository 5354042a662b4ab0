import type { Command } from "commander";
import { CremaError } from "crema";

/**
 * Runs a script's command with the arguments of the process. What its user can mend is printed as one line, with exit
 * status 1; a reader of its output that has ended, as in `| head`, ends it quietly.
 */
export async function runScript(command: Command): Promise<void> {
  try {
    await command.parseAsync(Deno.args, { from: "user" });
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) return;
    const isTheirs = error instanceof CremaError || error instanceof RangeError || isOfTheSystem(error);
    if (!isTheirs) throw error;
    await Deno.stderr.write(new TextEncoder().encode(`error: ${(error as Error).message}\n`));
    Deno.exitCode = 1;
  }
}

/** Whether the system could not do something, such as write to a full disk. */
function isOfTheSystem(error: unknown): boolean {
  return error instanceof Error && typeof (error as { code?: unknown }).code === "string" ||
    Object.values(Deno.errors).some((kind) => error instanceof kind);
}
