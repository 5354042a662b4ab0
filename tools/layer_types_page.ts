/**
 * Writes docs/layer_types.md: which layer types run where. Needs both engines: `deno run -A tools/layer_types_page.ts`
 *
 * @module
 */

// deno-lint-ignore-file no-console -- a command speaks to its user

import { join } from "node:path";
import { libraryLayers } from "../cli/layer_pages/library_layers.ts";
import { Engine, HOST_LAYER_TYPES } from "../ffi/mod.ts";
import { root } from "./root.ts";

/** The page. */
export const PAGE = "docs/layer_types.md";

/** Where layer types run. */
export interface TypePlaces {
  embedded: Iterable<string>;
  libcaffe: Iterable<string>;
  /** The types that read and write data, which run in TypeScript in front of either engine. */
  host: Iterable<string>;
  /** The library's types, each with the module that it is in. */
  library: ReadonlyMap<string, string>;
}

/** The text of the page. */
export function layerTypesPage({ embedded, libcaffe, host, library }: TypePlaces): string {
  const [own, caffe, data] = [new Set(embedded), new Set(libcaffe), new Set(host)];
  const types = [...new Set([...own, ...caffe, ...data, ...library.keys()])].sort();
  const yes = (is: boolean) => is ? "yes" : "";
  const rows = types.map((type) => {
    const module = library.get(type);
    const script = data.has(type) ? "yes" : module === undefined ? "" : `\`${module}\``;
    return [`\`${type}\``, yes(own.has(type)), yes(caffe.has(type)), script];
  });
  const head = ["Type", "embedded", "libcaffe", "TypeScript"];
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(" | ")} |\n`;
  return `# Which layer types run where

The engine \`embedded\` is Crema's own, \`libcaffe\` is Caffe itself ([Engines](engines.md)). What is in TypeScript
runs in front of either: data layers, which say "yes", and [the library](layers.md), whose module is named. A
type of both an engine and the library is computed by the engine, unless \`--layers crema/layers\` says
otherwise. \`crema layers\` prints this table for the engines that are built; a type that is nowhere can be
[a layer of your own](script_layers.md).

${own.size} types are in \`embedded\`, ${caffe.size} in \`libcaffe\`, ${
    [...library.keys()].filter((type) => !own.has(type)).length
  } only in the library.

${line(head)}${line(widths.map((width) => "-".repeat(width)))}${rows.map(line).join("")}`;
}

/** The types that a page says an engine has. */
export function typesOnPage(page: string, engine: "embedded" | "libcaffe"): string[] {
  const column = engine === "embedded" ? 2 : 3;
  return page.split("\n").filter((line) => line.startsWith("| `"))
    .map((line) => line.split("|").map((cell) => cell.trim()))
    .filter((cells) => cells[column] === "yes").map((cells) => cells[1]!.replaceAll("`", ""));
}

/** Where the types of this checkout run; those of libcaffe are given. */
export function typePlaces(libcaffe: Iterable<string>): TypePlaces {
  const library = libraryLayers().flatMap(({ type, aliases, module }) =>
    [type, ...aliases].map((each) => [each, module] as const)
  );
  return {
    embedded: Engine.open("embedded").layerTypes,
    libcaffe,
    host: HOST_LAYER_TYPES,
    library: new Map(library),
  };
}

if (import.meta.main) {
  const page = layerTypesPage(typePlaces(Engine.open("libcaffe").layerTypes));
  Deno.writeTextFileSync(join(root, PAGE), page);
  console.log(`wrote ${join(root, PAGE)}`);
}
