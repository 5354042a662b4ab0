/**
 * The crema command.
 *
 * @module
 */
import { Command } from "commander";
import { inspect } from "./debugging/inspect.ts";
import { ISOLATE, isolate } from "./isolation/isolate.ts";
import { enterUserFolder } from "./options/enter_user_folder.ts";
import { longOptionNames } from "./options/long_option_names.ts";
import { normalizeArguments } from "./options/normalize_arguments.ts";
import { suggestValues } from "./options/suggest_values.ts";
import { unknownOptionsFirst } from "./options/unknown_options_first.ts";
import { addVersionOption } from "./options/version_option.ts";
import { exitStatus } from "./output/exit_status.ts";

/** The sub-commands, each loaded only when it is needed, which halves the start. */
const COMMANDS: Record<string, () => Promise<Command>> = {
  train: async () => (await import("./train.ts")).trainCommand(),
  runs: async () => (await import("./runs.ts")).runsCommand(),
  test: async () => (await import("./test.ts")).testCommand(),
  "find-lr": async () => (await import("./find_lr.ts")).findLrCommand(),
  time: async () => (await import("./time.ts")).timeCommand(),
  fit: async () => (await import("./fit.ts")).fitCommand(),
  classify: async () => (await import("./classify.ts")).classifyCommand(),
  layers: async () => (await import("./layers.ts")).layersCommand(),
  check: async () => (await import("./check.ts")).checkCommand(),
  new: async () => (await import("./new.ts")).newCommand(),
  lock: async () => (await import("./lock.ts")).lockCommand(),
  compile: async () => (await import("./compile.ts")).compileCommand(),
  dataset: async () => (await import("./dataset.ts")).datasetCommand(),
  upgrade: async () => (await import("./upgrade.ts")).upgradeCommand(),
};

/** The sub-command that the arguments name; where they name none, all of them, for the help. */
function commandsFor(args: readonly string[]): string[] {
  if (/^(-v|--version)$/.test(args.join(" "))) return [];
  const name = args.find((arg) => !arg.startsWith("-"));
  return name !== undefined && Object.hasOwn(COMMANDS, name) ? [name] : Object.keys(COMMANDS);
}

/** Runs the command with its arguments. Returns the exit status, 0 only for success. */
export async function main(args: readonly string[]): Promise<number> {
  const program = addVersionOption(new Command("crema"))
    .description("Train Caffe networks whose layers may be TypeScript modules.")
    .addHelpText(
      "after",
      "\nWith --inspect, --inspect-brk or --inspect-wait a debugger can attach, as to Deno itself.",
    )
    .showSuggestionAfterError()
    .showHelpAfterError("(add --help for the options)");
  const names = commandsFor(args);
  for (const name of names) program.addCommand(await COMMANDS[name]!());
  const known = longOptionNames(program);
  return await exitStatus(async () => {
    for (const command of [program, ...program.commands]) {
      command.exitOverride().copyInheritedSettings(program);
    }
    for (const command of program.commands) suggestValues(command);
    enterUserFolder();
    const inspected = await inspect(args);
    if (inspected !== undefined) return inspected;
    const normal = normalizeArguments(args, known);
    if (normal.includes(ISOLATE) && known.includes(ISOLATE.slice(2))) return await isolate(normal);
    const [command] = program.commands;
    if (names.length === 1 && command !== undefined) {
      const own = normal.slice(normal.indexOf(names[0]!) + 1);
      unknownOptionsFirst(command, await COMMANDS[names[0]!]!(), own);
    }
    await program.parseAsync(normal, { from: "user" });
    return 0;
  });
}

if (import.meta.main) Deno.exit(await main(Deno.args));
