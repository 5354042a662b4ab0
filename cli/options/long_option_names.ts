import type { Command } from "commander";

/** All long option names of a command and its sub-commands, without dashes. */
export function longOptionNames(command: Command): string[] {
  const own = command.options.map((option) => option.long?.replace(/^--/, "") ?? "").filter((name) =>
    name !== ""
  );
  return [...own, ...command.commands.flatMap(longOptionNames)];
}
