/**
 * `deno task onnx`: writes into docs/onnx.md which layer types can be exported.
 *
 * @module
 */

import { join } from "node:path";
import * as library from "../layers/mod.ts";
import { LAYER_EXPORTERS } from "../onnx/mod.ts";
import { root } from "./root.ts";

/** The page. */
export const ONNX_PAGE = join(root, "docs/onnx.md");

/** The layer types that can be exported: those with an exporter, and those of the library's classes with `static onnx`. Sorted. */
export function exportedTypes(): string[] {
  const ofLibrary = Object.values(library).flatMap((each): string[] => {
    if (typeof each !== "function" || !("onnx" in each)) return [];
    const { type, aliases = [] } = each as { type?: string; aliases?: readonly string[] };
    return type === undefined ? [] : [type, ...aliases];
  });
  return [...new Set([...Object.keys(LAYER_EXPORTERS), "Input", "Silence", ...ofLibrary])]
    .sort((a, b) => a.toLowerCase() < b.toLowerCase() ? -1 : 1);
}

/** A page with the list of types as it is to be. */
export function withExportedTypes(page: string): string {
  const lines: string[] = [""];
  for (const type of exportedTypes()) {
    const line = `${lines.at(-1)}${lines.at(-1) === "" ? "" : ", "}\`${type}\``;
    // A comma follows.
    if (line.length < 110) lines[lines.length - 1] = line;
    else {
      lines[lines.length - 1] += ",";
      lines.push(`\`${type}\``);
    }
  }
  return page.replace(
    /(<!-- exported types: begin [^\n]*-->\n)[^]*?(<!-- exported types: end -->)/,
    (_, begin: string, end: string) => `${begin}\n${lines.join("\n")}.\n\n${end}`,
  );
}

if (import.meta.main) {
  await Deno.writeTextFile(ONNX_PAGE, withExportedTypes(await Deno.readTextFile(ONNX_PAGE)));
}
