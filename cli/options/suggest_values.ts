import { type Command, InvalidArgumentError } from "commander";
import { nearest } from "../../base/mod.ts";

/** Has the options and arguments of a command that have choices suggest the nearest one for a wrong value. */
export function suggestValues(command: Command): void {
  for (const option of [...command.options, ...command.registeredArguments]) {
    const { argChoices } = option;
    if (argChoices !== undefined) option.argParser((value) => checkChoice(value, argChoices));
  }
  for (const inner of command.commands) suggestValues(inner);
}

function checkChoice(value: string, choices: readonly string[]): string {
  if (choices.includes(value)) return value;
  const near = nearest(value, choices);
  throw new InvalidArgumentError(
    `Allowed choices are ${choices.join(", ")}.${near === undefined ? "" : ` Did you mean ${near}?`}`,
  );
}
