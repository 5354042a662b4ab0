/**
 * Checks that modules import only in the direction that the design allows, and never in a circle.
 *
 * A folder imports from itself and from the folders before it in `OWN_FOLDERS`. The root's mod.ts may import from all of
 * them, and only cli/ and models/ from it; nothing imports from cli/. Tests, tools, benchmarks and examples stand outside: they import what they like, and nothing
 * imports from them.
 *
 * @module
 */

// deno-lint-ignore-file no-console -- a command speaks to its user

import { OWN_FOLDERS } from "../base/own_folders.ts";
import { type ModuleGraph, moduleGraph } from "./module_graph.ts";
import { root } from "./root.ts";
import { sourceFiles } from "./source_files.ts";

/**
 * The folders in the order in which they may import; the examples in models/ stand where train/ does, and
 * import what users import.
 */
const ranks = new Map<string, number>([
  ...OWN_FOLDERS.map((folder, rank) => [folder, rank] as const),
  ["models", OWN_FOLDERS.indexOf("train")],
]);
const outside = new Set(["tests", "tools", "bench", "docs", "examples"]);

/** The folder a path belongs to; "" for the root's own files. */
function folderOf(path: string): string {
  return path.includes("/") ? path.slice(0, path.indexOf("/")) : "";
}

/**
 * Lists every import that breaks the rules, as sentences.
 *
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * import { importFaults } from "./check_imports.ts";
 *
 * const graph = new Map([["proto/text.ts", new Set(["ffi/blob.ts"])], ["ffi/blob.ts", new Set<string>()]]);
 * deepEqual(importFaults(graph), ["proto/text.ts imports ffi/blob.ts, but proto/ may not import from ffi/"]);
 * ```
 */
export function importFaults(graph: ModuleGraph): string[] {
  const faults: string[] = [];
  for (const [from, imports] of graph) {
    for (const to of imports) {
      if (!mayImport(from, to)) {
        faults.push(
          `${from} imports ${to}, but ${folderOf(from)}/ may not import from ${folderOf(to) || to}${
            folderOf(to) ? "/" : ""
          }`,
        );
      }
    }
  }
  for (const circle of circles(graph)) faults.push(`circular import: ${circle.join(" → ")}`);
  return faults;
}

function mayImport(from: string, to: string): boolean {
  const source = folderOf(from);
  const target = folderOf(to);
  // deno.json is not a module: it holds the version.
  if (source === target || outside.has(source) || to === "deno.json") return true;
  if (outside.has(target) || target === "cli") return false;
  if (source === "") return true;
  if (target === "") return source === "cli" || source === "models";
  return (ranks.get(source) ?? -1) > (ranks.get(target) ?? Infinity);
}

/** The circular imports, found depth first: one for each module that closes one. */
function circles(graph: ModuleGraph): string[][] {
  const found: string[][] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (module: string) => {
    const at = path.indexOf(module);
    if (at >= 0) {
      found.push([...path.slice(at), module]);
      return;
    }
    if (done.has(module)) return;
    path.push(module);
    for (const next of graph.get(module) ?? []) visit(next);
    path.pop();
    done.add(module);
  };
  for (const module of graph.keys()) visit(module);
  return found;
}

/** Checks the repository; returns whether it is clean. */
export async function checkImports(): Promise<boolean> {
  const faults = importFaults(await moduleGraph(root, await sourceFiles(root, [".ts"])));
  for (const fault of faults) console.error(fault);
  return faults.length === 0;
}

if (import.meta.main && !await checkImports()) Deno.exit(1);
