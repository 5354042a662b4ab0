import type { Command } from "commander";
import { inFile } from "../../base/error.ts";
import { readRenames, readWeights, renameWeights, type StoredParameter } from "../../net/mod.ts";
import { printError } from "../output/print.ts";

/** The option of commands that give parameters other names. */
export interface RenameOptions {
  rename?: string | undefined;
}

/** Adds `--rename`. */
export function addRenameOption(command: Command, whose: string): Command {
  return command.option(
    "--rename <file>",
    `give ${whose} other names: lines "old new", where * is any text and - leaves out; or JSON`,
  );
}

/** Reads weights, with the names that a file of renames gives them. Tensors that are no weights are told on stderr. */
export async function readRenamed(file: string, { rename }: RenameOptions = {}): Promise<StoredParameter[]> {
  const { parameters, leftOut } = await readWeights(file);
  const renames = rename === undefined ? [] : await readRenames(rename);
  const renamed = inFile(file, () => renameWeights(parameters, renames, leftOut.map(({ name }) => name)));
  const dropped = new Set(renames.filter(({ to }) => to === undefined).map(({ from }) => from));
  const told = leftOut.filter(({ name }) => !dropped.has(name));
  if (told.length > 0) {
    const names = told.map(({ name, type }) => `${name} (${type})`).join(", ");
    printError(`${file}: left out, since they hold no floats: ${names}\n`);
  }
  return renamed;
}
