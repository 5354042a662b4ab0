import { Command, InvalidArgumentError, Option } from "commander";
import type { ModuleCache } from "../../script/mod.ts";

/** What the options that every net-running command has come to. */
export interface CommonOptions {
  engine?: string | undefined;
  layerPath?: string[] | undefined;
  layers?: string[] | undefined;
  threads?: number | undefined;
  level?: number | undefined;
  stage?: string[] | undefined;
  gpu?: string | undefined;
  reload?: boolean | undefined;
  cachedOnly?: boolean | undefined;
}

/** Adds the options that train, test and time share. */
export function addCommonOptions(command: Command): Command {
  return addStateOptions(
    addModuleOptions(command)
      .option(
        "--engine <engine>",
        "embedded, libcaffe, or the path of a library (default: $CREMA_ENGINE or embedded)",
      )
      .option("--threads <n>", "threads to compute with", positiveInteger),
  )
    .addOption(new Option("--gpu <ids>", "accepted for Caffe's sake and ignored").hideHelp());
}

/** Adds the options that say in what state a net is. */
export function addStateOptions(command: Command): Command {
  return command
    .option("--level <n>", "level of the net's state", integer)
    .option("--stage <stages>", "stages of the net's state, separated by commas", list);
}

/** Adds the options that say where the modules of script layers are. */
export function addModuleOptions(command: Command): Command {
  return command
    .option("--layer-path <folder>", "where modules of Python layers are sought; may be repeated", collect)
    .option("--layers <module>", "module whose classes claim layer types; may be repeated", collect)
    .option("--reload", "fetch modules by URL again")
    .addOption(
      new Option("--cached-only", "take modules by URL from Deno's cache alone").conflicts("reload"),
    );
}

/** What `--reload` and `--cached-only` mean. */
export function moduleCache(
  { reload, cachedOnly }: Pick<CommonOptions, "reload" | "cachedOnly">,
): ModuleCache {
  return reload ? "reload" : cachedOnly ? "only" : "use";
}

/** A whole number, as an option's value. */
export function integer(text: string): number {
  if (!/^-?\d+$/.test(text)) throw new InvalidArgumentError(`Expected a whole number but found '${text}'.`);
  return Number(text);
}

/** A whole number from 1 on, as an option's value. */
export function positiveInteger(text: string): number {
  const value = integer(text);
  if (value < 1) throw new InvalidArgumentError(`Expected a number from 1 on but found ${value}.`);
  return value;
}

/** Names separated by commas, as an option's value. */
export function list(text: string): string[] {
  return text.split(",").map((part) => part.trim()).filter((part) => part !== "");
}

/** Values of an option that may be repeated. */
export function collect(text: string, before: string[] = []): string[] {
  return [...before, text];
}

/** All long option names of a command and its sub-commands, without dashes. */
export function longOptionNames(command: Command): string[] {
  const own = command.options.map((option) => option.long?.replace(/^--/, "") ?? "").filter((name) =>
    name !== ""
  );
  return [...own, ...command.commands.flatMap(longOptionNames)];
}
