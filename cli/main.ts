/**
 * The crema command.
 *
 * @module
 */
import { Command, CommanderError } from "commander";
import { checkCommand } from "./check.ts";
import { classifyCommand } from "./classify.ts";
import { compileCommand } from "./compile.ts";
import { datasetCommand } from "./dataset.ts";
import { inspect } from "./inspect.ts";
import { layersCommand } from "./layers.ts";
import { lockCommand } from "./lock.ts";
import { newCommand } from "./new.ts";
import { normalizeArguments } from "./normalize_arguments.ts";
import { longOptionNames } from "./options.ts";
import { printError } from "./output.ts";
import { errorText } from "./report_error.ts";
import { testCommand } from "./test.ts";
import { timeCommand } from "./time.ts";
import { trainCommand } from "./train.ts";
import { addVersionOption } from "./version_text.ts";
import { enterUserFolder } from "./working_folder.ts";

/** Runs the command with its arguments. Returns the exit status: 0 for success alone. */
export async function main(args: readonly string[]): Promise<number> {
  const program = addVersionOption(new Command("crema"))
    .description("Train Caffe networks whose layers may be TypeScript modules.")
    .addHelpText(
      "after",
      "\nWith --inspect, --inspect-brk or --inspect-wait a debugger can be attached, as to Deno itself.",
    )
    .showSuggestionAfterError()
    .showHelpAfterError("(add --help for the options)")
    .addCommand(trainCommand())
    .addCommand(testCommand())
    .addCommand(timeCommand())
    .addCommand(classifyCommand())
    .addCommand(layersCommand())
    .addCommand(checkCommand())
    .addCommand(newCommand())
    .addCommand(lockCommand())
    .addCommand(compileCommand())
    .addCommand(datasetCommand());
  const known = longOptionNames(program);
  try {
    for (const command of [program, ...program.commands]) {
      command.exitOverride().copyInheritedSettings(program);
    }
    enterUserFolder();
    const inspected = await inspect(args);
    if (inspected !== undefined) return inspected;
    await program.parseAsync(normalizeArguments(args, known), { from: "user" });
    return 0;
  } catch (error) {
    // Commander has told about its own errors already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 1;
    printError(`${errorText(error)}\n`);
    return 1;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
