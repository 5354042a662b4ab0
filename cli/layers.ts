import { Command } from "commander";
import { CremaError } from "../base/mod.ts";
import { Engine } from "../ffi/mod.ts";
import { HOST_LAYER_TYPES } from "../ffi/mod.ts";
import { type LibraryLayer, libraryLayers } from "./layer_pages/library_layers.ts";
import { layersShowCommand } from "./layers_show.ts";
import { refuseSubcommand } from "./options/refuse_subcommand.ts";
import { printOut } from "./output/print.ts";

interface ListOptions {
  engine?: string | undefined;
  json?: boolean | undefined;
}

/** `crema layers`: lists the layer types. */
export function layersCommand(): Command {
  return new Command("layers")
    .description("list the layer types of the engine and the library of TypeScript layers")
    .option(
      "--engine <engine>",
      "embedded, libcaffe, or the path of a library (default: $CREMA_ENGINE or embedded)",
    )
    .option("--json", "print one JSON object")
    .addCommand(layersShowCommand())
    // A name that is none of the sub-commands' comes here.
    .argument("[command]")
    .usage("[options] [command]")
    .action((found: string | undefined, options: ListOptions, command: Command) => {
      refuseSubcommand(found, command, `To read about a layer: crema layers show ${found}.`);
      const engine = Engine.open(options.engine);
      const scripts = libraryLayers();
      const listing = {
        engine: engine.name,
        version: engine.version,
        types: [...engine.layerTypes],
        host_types: HOST_LAYER_TYPES,
        scripts,
        runs: whereTypesRun(engine, scripts),
      };
      printOut(options.json ? `${JSON.stringify(listing)}\n` : listingText(listing));
    });
}

/** Where each type runs: the names of the engines that are built here, and "TypeScript". */
function whereTypesRun(
  chosen: Engine,
  scripts: readonly LibraryLayer[],
): Record<string, string[]> {
  const engines = ["embedded", "libcaffe"].flatMap((name) => {
    try {
      return [Engine.open(name)];
    } catch (error) {
      if (error instanceof CremaError) return []; // it is not built
      throw error;
    }
  });
  if (!engines.includes(chosen)) engines.push(chosen);
  const runs = new Map<string, string[]>();
  const add = (type: string, where: string) => {
    const places = runs.get(type) ?? [];
    if (!places.includes(where)) runs.set(type, [...places, where]);
  };
  for (const { name, layerTypes } of engines) for (const type of layerTypes) add(type, name);
  for (const type of HOST_LAYER_TYPES) add(type, "TypeScript");
  for (const { type, aliases } of scripts) for (const each of [type, ...aliases]) add(each, "TypeScript");
  return Object.fromEntries([...runs].sort(([a], [b]) => a < b ? -1 : 1));
}

function listingText(
  { engine, version, runs, scripts }: {
    engine: string;
    version: string;
    runs: Record<string, string[]>;
    scripts: LibraryLayer[];
  },
): string {
  const rows = scripts.map((
    { layer, type, aliases, module },
  ) => [[type, ...aliases].join(", "), layer, module]);
  const width = (column: number) => Math.max(...rows.map((row) => row[column]!.length));
  const typesWidth = Math.max(...Object.keys(runs).map(({ length }) => length));
  const [typeWidth, layerWidth] = [width(0), width(1)];
  return [
    `Layer types, and where each runs (the engine here is '${engine}', ${version}):`,
    ...Object.entries(runs).map(([type, places]) => `  ${type.padEnd(typesWidth)}  ${places.join(", ")}`),
    "",
    "Layer types made in TypeScript:",
    "  Data    records from a database, read ahead in a Worker",
    "  Python  a class ported from Python, for nets that name it: python_param { module layer param_str }",
    "  Script  any class: script_param { module layer param_str integrity }",
    "",
    "Layer types of Crema's library, each with its class and module, for engines that lack them:",
    ...rows.map(([type, layer, module]) =>
      `  ${type!.padEnd(typeWidth)}  ${layer!.padEnd(layerWidth)}  ${module}`
    ),
    "",
  ].join("\n");
}
