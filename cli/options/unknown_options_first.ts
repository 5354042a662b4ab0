import { type Command, CommanderError } from "commander";

/**
 * Has a command name an unknown option before a required one that is missing, which most likely is the one that was
 * misspelt: Commander looks for the required ones first. `twin` is a second instance of the command, which is used up.
 */
export function unknownOptionsFirst(command: Command, twin: Command, args: readonly string[]): void {
  if (!command.options.some(({ mandatory }) => mandatory) || !hasUnknown(twin, args)) return;
  for (const option of command.options) option.mandatory = false;
}

function hasUnknown(twin: Command, args: readonly string[]): boolean {
  twin.exitOverride().configureOutput({ writeErr: () => {}, outputError: () => {} });
  try {
    return twin.parseOptions([...args]).unknown.some((arg) => arg.startsWith("-"));
  } catch (error) {
    // A wrong value, which the command itself will tell.
    if (error instanceof CommanderError) return false;
    throw error;
  }
}
