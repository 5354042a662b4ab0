import { Command } from "commander";
import { Engine } from "../ffi/mod.ts";
import * as library from "../layers/mod.ts";
import { printOut } from "./output.ts";

/** A TypeScript layer that comes with Crema. */
export interface LibraryLayer {
  /** The exported class: `script_param { layer }`. */
  layer: string;
  /** Its file in the checkout. */
  module: string;
}

/** Types that TypeScript brings, whatever the engine. */
const HOST_TYPES = ["Data", "Python", "Script"];

/** `crema layers`: lists the layer types. */
export function layersCommand(): Command {
  return new Command("layers")
    .description("list the layer types of the engine and the library of TypeScript layers")
    .option(
      "--engine <engine>",
      "embedded, libcaffe, or the path of a library (default: $CREMA_ENGINE or embedded)",
    )
    .option("--json", "print one JSON object")
    .action((options: { engine?: string; json?: boolean }) => {
      const engine = Engine.open(options.engine);
      const listing = {
        engine: engine.name,
        version: engine.version,
        types: [...engine.layerTypes],
        host_types: HOST_TYPES,
        scripts: libraryLayers(),
      };
      printOut(options.json ? `${JSON.stringify(listing)}\n` : listingText(listing));
    });
}

/**
 * The library's layers, by name: the classes that layers/mod.ts exports, each in the file of its name.
 *
 * ```ts
 * import { libraryLayers } from "./layers.ts";
 * import assert from "node:assert/strict";
 *
 * const found = libraryLayers().find(({ layer }) => layer === "SoftmaxLossLayer");
 * assert.equal(found?.module, "layers/softmax_loss.ts");
 * ```
 */
export function libraryLayers(): LibraryLayer[] {
  return Object.entries(library)
    .filter(([name, value]) => typeof value === "function" && name.endsWith("Layer") && name !== "Layer")
    .map(([layer]) => ({ layer, module: `layers/${snakeCase(layer.slice(0, -"Layer".length))}.ts` }))
    .sort((a, b) => a.layer < b.layer ? -1 : 1);
}

function snakeCase(name: string): string {
  return name.replace(/(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, "_").toLowerCase();
}

function listingText(
  { engine, version, types, scripts }: {
    engine: string;
    version: string;
    types: string[];
    scripts: LibraryLayer[];
  },
): string {
  const width = Math.max(...scripts.map(({ layer }) => layer.length));
  return [
    `Layer types of the engine '${engine}' (${version}):`,
    ...types.map((type) => `  ${type}`),
    "",
    "Layer types that live in TypeScript:",
    "  Data    records from a database, read ahead in a Worker",
    "  Python  a Python layer's net with the layer ported: python_param { module layer param_str }",
    "  Script  any class: script_param { module layer param_str integrity }",
    "",
    "Script layers that come with Crema:",
    ...scripts.map(({ layer, module }) => `  ${layer.padEnd(width)}  ${module}`),
    "",
  ].join("\n");
}
