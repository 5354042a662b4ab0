import { Command } from "commander";
import { CremaError, nearest } from "../base/mod.ts";
import { Engine } from "../ffi/mod.ts";
import { HOST_LAYER_TYPES } from "../ffi/mod.ts";
import { type LibraryLayer, libraryLayers } from "./layer_pages/library_layers.ts";
import { layersShowCommand } from "./layers_show.ts";
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
      checkSubcommand(found, command);
      const engine = Engine.open(options.engine);
      const listing = {
        engine: engine.name,
        version: engine.version,
        types: [...engine.layerTypes],
        host_types: HOST_LAYER_TYPES,
        scripts: libraryLayers(),
      };
      printOut(options.json ? `${JSON.stringify(listing)}\n` : listingText(listing));
    });
}

/** Throws a CremaError for an argument, which must have been meant as the name of a sub-command. */
function checkSubcommand(found: string | undefined, { commands }: Command): void {
  if (found === undefined) return;
  const names = commands.map((command) => command.name());
  const near = nearest(found, names);
  throw new CremaError(`Expected a command of crema layers (${names.join(", ")}) but found '${found}'`, {
    hint: near === undefined
      ? `To read about a layer: crema layers show ${found}.`
      : `Did you mean '${near}'?`,
  });
}

function listingText(
  { engine, version, types, scripts }: {
    engine: string;
    version: string;
    types: string[];
    scripts: LibraryLayer[];
  },
): string {
  const rows = scripts.map((
    { layer, type, aliases, module },
  ) => [[type, ...aliases].join(", "), layer, module]);
  const width = (column: number) => Math.max(...rows.map((row) => row[column]!.length));
  const [typeWidth, layerWidth] = [width(0), width(1)];
  return [
    `Layer types of the engine '${engine}' (${version}):`,
    ...types.map((type) => `  ${type}`),
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
