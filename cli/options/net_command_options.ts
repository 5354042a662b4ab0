import { type Command, Option } from "commander";
import type { EngineOptions } from "../../net/mod.ts";
import type { ModuleCache } from "../../script/mod.ts";
import { collect, integer, list, positiveInteger } from "./option_values.ts";

/** The options of every command that runs a net. */
export interface NetCommandOptions {
  engine?: string | undefined;
  layerPath?: string[] | undefined;
  layers?: string[] | undefined;
  threads?: number | undefined;
  fuse?: boolean | undefined;
  winograd?: "never" | "auto" | "always" | undefined;
  recycle?: boolean | undefined;
  recompute?: boolean | undefined;
  level?: number | undefined;
  stage?: string[] | undefined;
  gpu?: string | undefined;
  reload?: boolean | undefined;
  cachedOnly?: boolean | undefined;
  set?: string[] | undefined;
}

/** Adds the options of {@link NetCommandOptions}. */
export function addNetOptions(command: Command): Command {
  return addStateOptions(
    addModuleOptions(addSetOption(command))
      .option(
        "--engine <engine>",
        "embedded, libcaffe, or the path of a library (default: $CREMA_ENGINE or embedded)",
      )
      .option("--threads <n>", "threads to compute with", positiveInteger)
      .option("--no-fuse", "compute layer by layer, as Caffe does")
      .addOption(
        new Option(
          "--winograd <where>",
          "where to compute convolutions by Winograd's algorithm (default: auto)",
        )
          .choices(["never", "auto", "always"]),
      )
      .addOption(
        new Option("--no-recycle", "keep the memory of every blob, as Caffe does").conflicts("recompute"),
      )
      .option("--recompute", "in backward, compute again what is cheap to compute: takes less memory")
      .option("--isolate", "run in a process of its own, whose crash is an error here"),
  )
    .addOption(new Option("--gpu <ids>", "accepted for Caffe's sake and ignored").hideHelp());
}

/** Adds `--set`, for every command that reads a net or a solver. */
export function addSetOption(command: Command): Command {
  return command.option(
    "--set <path=value>",
    "set a field as if it stood in the file: base_lr=0.01, net:conv1.num_output=32; may be repeated",
    collect,
  );
}

/** Adds the options for the net's state. */
export function addStateOptions(command: Command): Command {
  return command
    .option("--level <n>", "level of the net's state", integer)
    .option("--stage <stages>", "stages of the net's state, separated by commas", list);
}

/** Adds the options for the modules of script layers. */
export function addModuleOptions(command: Command): Command {
  return command
    .option("--layer-path <folder>", "folder to search for modules given by name; may be repeated", collect)
    .option("--layers <module>", "module whose classes claim layer types; may be repeated", collect)
    .option("--reload", "fetch modules by URL again")
    .addOption(
      new Option("--cached-only", "take modules by URL from Deno's cache only").conflicts("reload"),
    );
}

/** What `--reload` and `--cached-only` mean. */
export function moduleCache(
  { reload, cachedOnly }: Pick<NetCommandOptions, "reload" | "cachedOnly">,
): ModuleCache {
  return reload ? "reload" : cachedOnly ? "only" : "use";
}

/** The options of nets and solvers that these stand for, in a command that looks at no blob but inputs and outputs. */
export function engineOptions(options: NetCommandOptions): EngineOptions {
  const { engine, threads, layerPath, layers, level, stage, set, fuse, winograd, recycle, recompute } =
    options;
  // `fuse` and `recycle` are true unless --no-fuse and --no-recycle are given.
  const compute = { ...(fuse === false ? { fuse } : {}), winograd, recycle: recycle !== false, recompute };
  return {
    moduleCache: moduleCache(options),
    engine,
    threads,
    compute,
    layerPath,
    layers,
    level,
    stage,
    set,
  };
}
