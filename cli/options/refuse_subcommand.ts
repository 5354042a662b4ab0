import type { Command } from "commander";
import { CremaError, nearest } from "../../base/mod.ts";

/**
 * Throws a CremaError for an argument of a command with sub-commands that takes none itself: it must have been meant as the
 * name of one. `hint` is what else to say where none is near.
 */
export function refuseSubcommand(found: string | undefined, command: Command, hint?: string): void {
  if (found === undefined) return;
  const names = command.commands.map((each) => each.name());
  const near = nearest(found, names);
  throw new CremaError(
    `Expected a command of crema ${command.name()} (${names.join(", ")}) but found '${found}'`,
    { hint: near === undefined ? hint : `Did you mean '${near}'?` },
  );
}
