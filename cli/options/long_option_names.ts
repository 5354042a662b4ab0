import type { Command } from "commander";

/** All long option names of a command and its sub-commands, without dashes. */
export function longOptionNames(command: Command): string[] {
  const own = command.options.map((option) => option.long?.replace(/^--/, "") ?? "").filter((name) =>
    name !== ""
  );
  return [...own, ...command.commands.flatMap(longOptionNames)];
}

/** The names of those that take no value in any command. */
export function flagNames(command: Command): Set<string> {
  const all = [command, ...command.commands].flatMap(({ options, commands }) => [
    ...options,
    ...commands.flatMap((each) => each.options),
  ]);
  const name = ({ long }: { long?: string | undefined }) => long?.replace(/^--/, "") ?? "";
  const valued = new Set(all.filter((option) => !option.isBoolean()).map(name));
  return new Set(all.filter((option) => option.isBoolean()).map(name).filter((each) => !valued.has(each)));
}
