/**
 * The crema command.
 *
 * @module
 */
import { Command } from "commander";
import { suspendWithTask } from "./suspend_with_task.ts";
import { COMMAND_DESCRIPTIONS } from "./command_descriptions.ts";
import { inspect } from "./debugging/inspect.ts";
import { ISOLATE, isolate } from "./isolation/isolate.ts";
import { enterUserFolder } from "./options/enter_user_folder.ts";
import { flagNames, longOptionNames } from "./options/long_option_names.ts";
import { normalizeArguments } from "./options/normalize_arguments.ts";
import { suggestValues } from "./options/suggest_values.ts";
import { unknownOptionsFirst } from "./options/unknown_options_first.ts";
import { addVersionOption } from "./options/version_option.ts";
import { exitStatus } from "./output/exit_status.ts";

/** The sub-commands, each loaded only when it is needed, which halves the start. */
export const COMMANDS: Record<string, () => Promise<Command>> = {
  train: async () => (await import("./train.ts")).trainCommand(),
  runs: async () => (await import("./runs.ts")).runsCommand(),
  ui: async () => (await import("./ui.ts")).uiCommand(),
  test: async () => (await import("./test.ts")).testCommand(),
  "find-lr": async () => (await import("./find_lr.ts")).findLrCommand(),
  time: async () => (await import("./time.ts")).timeCommand(),
  fit: async () => (await import("./fit.ts")).fitCommand(),
  classify: async () => (await import("./classify.ts")).classifyCommand(),
  detect: async () => (await import("./detect.ts")).detectCommand(),
  export: async () => (await import("./export.ts")).exportCommand(),
  features: async () => (await import("./features.ts")).featuresCommand(),
  layers: async () => (await import("./layers.ts")).layersCommand(),
  check: async () => (await import("./check.ts")).checkCommand(),
  new: async () => (await import("./new.ts")).newCommand(),
  lock: async () => (await import("./lock.ts")).lockCommand(),
  compile: async () => (await import("./compile.ts")).compileCommand(),
  dataset: async () => (await import("./dataset.ts")).datasetCommand(),
  summary: async () => (await import("./summary.ts")).summaryCommand(),
  draw: async () => (await import("./draw.ts")).drawCommand(),
  import: async () => (await import("./import.ts")).importCommand(),
  log: async () => (await import("./log.ts")).logCommand(),
  cache: async () => (await import("./cache.ts")).cacheCommand(),
  devices: async () => (await import("./devices.ts")).devicesCommand(),
  doctor: async () => (await import("./doctor.ts")).doctorCommand(),
  completions: async () => (await import("./completions.ts")).completionsCommand(wholeProgram),
  weights: async () => (await import("./weights.ts")).weightsCommand(),
  upgrade: async () => (await import("./upgrade.ts")).upgradeCommand(),
};

/** The command with all of its sub-commands. */
async function wholeProgram(): Promise<Command> {
  const program = addVersionOption(new Command("crema"));
  for (const load of Object.values(COMMANDS)) program.addCommand(await load());
  return program;
}

/** The sub-command that the arguments name; where they name none, all of them, by their descriptions, for the help. */
async function commandsFor(args: readonly string[]): Promise<Command[]> {
  if (/^(-v|--version)$/.test(args.join(" "))) return [];
  const [first, second] = args.filter((arg) => !arg.startsWith("-"));
  const name = first === "help" ? second : first;
  if (name !== undefined && Object.hasOwn(COMMANDS, name)) return [await COMMANDS[name]!()];
  return await Promise.all(
    Object.entries(COMMANDS).map(async ([each, load]) => {
      const description = COMMAND_DESCRIPTIONS[each];
      return description === undefined ? await load() : new Command(each).description(description);
    }),
  );
}

/** Gives a command and its sub-commands the program's way with errors. */
function inheritSettings(command: Command, program: Command): void {
  command.exitOverride().copyInheritedSettings(program);
  for (const each of command.commands) inheritSettings(each, program);
}

/** Runs the command with its arguments. Returns the exit status, 0 only for success. */
export async function main(args: readonly string[]): Promise<number> {
  const program = addVersionOption(new Command("crema"))
    .description("Train Caffe networks whose layers may be TypeScript modules.")
    .addHelpText(
      "after",
      "\nWith --inspect, --inspect-brk or --inspect-wait a debugger can attach, as to Deno itself.",
    )
    .enablePositionalOptions() // an option belongs to the sub-command that it follows
    .showSuggestionAfterError()
    .showHelpAfterError("(add --help for the options)");
  for (const command of await commandsFor(args)) program.addCommand(command);
  const known = longOptionNames(program);
  return await exitStatus(async () => {
    inheritSettings(program, program);
    for (const command of program.commands) suggestValues(command);
    enterUserFolder();
    const inspected = await inspect(args);
    if (inspected !== undefined) return inspected;
    const normal = normalizeArguments(args, known, flagNames(program));
    if (normal.includes(ISOLATE) && known.includes(ISOLATE.slice(2))) return await isolate(normal);
    const [command] = program.commands;
    if (program.commands.length === 1 && command !== undefined) {
      const own = normal.slice(normal.indexOf(command.name()) + 1);
      unknownOptionsFirst(command, await COMMANDS[command.name()]!(), own);
    }
    await program.parseAsync(normal, { from: "user" });
    return 0;
  });
}

if (import.meta.main) {
  suspendWithTask();
  Deno.exit(await main(Deno.args));
}
