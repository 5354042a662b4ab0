import config from "../../deno.json" with { type: "json" };
import { CremaError, type CremaErrorOptions } from "../../base/error.ts";
import { type DenoInfo, denoInfo, type InfoModule, remoteModules, unresolvedNames } from "./deno_info.ts";
import { isName, resolveName } from "./import_names.ts";
import { installedPackage } from "./installed_package.ts";
import { isOwn } from "./own_modules.ts";

/**
 * What to do about modules by URL: "use" what is in Deno's cache and fetch the rest, "reload" them all, or take them
 * from the cache "only".
 */
export type ModuleCache = "use" | "reload" | "only";

/** A module, and all that it imports by name, directly or not. */
export interface ModuleGraph {
  /** URL of the module, after redirects. */
  root: string;
  /** URLs of the modules, the root first; neither packages nor Crema's own modules. */
  modules: string[];
  /** Which of {@link modules} each of them imports. */
  imports: Map<string, string[]>;
  /** Packages, modules of the runtime and Crema itself, by the name in the source, with their version. */
  packages: Map<string, string>;
  /** What could not be read and why, by URL: a file that is missing, a syntax error. */
  faults: Map<string, string>;
}

/**
 * Reads what a module imports, with `deno info`, which fetches what is not in Deno's cache. Imports of types, which never
 * run, and of names that are made up at run time are not seen. Names without a path mean what they mean to the running
 * program. Throws a CremaError when `deno` can't be run, and with "only" when a module is not in the cache.
 */
export async function moduleGraph(
  url: string,
  options: { cache?: ModuleCache | undefined; place?: CremaErrorOptions | undefined } = {},
): Promise<ModuleGraph> {
  const { cache = "use", place = {} } = options;
  const empty = { root: url, modules: [], imports: new Map(), faults: new Map() };
  if (isOwn(url)) return { ...empty, packages: new Map([["crema", config.version]]) };
  const names: Record<string, string> = {};
  const reloaded = new Set<string>();
  let info: DenoInfo, more = false, again: string[] = [];
  do {
    info = await denoInfo(url, { names, reload: again, offline: cache === "only", place });
    const found = mappedNames(info).filter(([name]) => !(name in names));
    for (const [name, target] of found) names[name] = target;
    again = cache === "reload" ? remoteModules(info).filter((each) => !reloaded.has(each)) : [];
    for (const each of again) reloaded.add(each);
    more = found.length + again.length > 0;
  } while (more);
  const graph = readInfo(url, info);
  if (cache === "only") checkCached(graph, place);
  return graph;
}

/** Names that only the running program's import map knows, with what they mean there; Crema's own are left out. */
function mappedNames(info: DenoInfo): [name: string, target: string][] {
  return unresolvedNames(info).flatMap((name) => {
    const target = resolveName(name);
    return target === undefined || isOwn(target) ? [] : [[name, target]];
  });
}

function readInfo(url: string, { modules: given, redirects }: DenoInfo): ModuleGraph {
  const byUrl = new Map(given.map((module) => [module.specifier, module]));
  const landing = (from: string) => {
    for (let hops = 0; redirects[from] !== undefined && hops < 20; hops++) from = redirects[from]!;
    return from;
  };
  const root = landing(url);
  const graph: ModuleGraph = {
    root,
    modules: [root],
    imports: new Map(),
    packages: new Map(),
    faults: new Map(),
  };
  // The list grows while it is walked.
  for (const from of graph.modules) {
    const module = byUrl.get(from);
    if (module === undefined || module.error !== undefined) {
      graph.faults.set(from, module?.error ?? "it was not read");
    }
    const imports: string[] = [];
    for (const { specifier, code } of module?.dependencies ?? []) {
      if (code === undefined) continue; // types alone
      const to = landing(code.specifier ?? resolveName(specifier) ?? "");
      const installed = isName(specifier) ? installedPackage(to) : undefined;
      if (to === "") graph.faults.set(from, code.error ?? `it imports '${specifier}'`);
      else if (isOwn(to)) graph.packages.set("crema", config.version);
      else if (installed !== undefined) graph.packages.set(specifier, installed);
      else if (/^(?:https?|file|data|blob):/.test(to)) imports.push(to);
      else graph.packages.set(specifier, packageVersion(to, byUrl.get(to)));
    }
    graph.imports.set(from, [...new Set(imports)]);
    for (const to of imports) if (!graph.modules.includes(to)) graph.modules.push(to);
  }
  return graph;
}

function packageVersion(url: string, module: InfoModule | undefined): string {
  if (url.startsWith("node:")) return `deno@${Deno.version.deno}`;
  return module?.npmPackage === undefined ? url : `npm:${module.npmPackage}`;
}

function checkCached({ faults }: ModuleGraph, place: CremaErrorOptions): void {
  const missing = [...faults].filter(([url, fault]) =>
    /^https?:/.test(url) && !/syntax|could not be parsed/i.test(fault)
  );
  if (missing.length === 0) return;
  throw new CremaError(
    `Expected ${
      missing.map(([url]) => url).join(", ")
    } in Deno's cache, as --cached-only wants, but found nothing`,
    { ...place, hint: "Run once without --cached-only while the server can be reached." },
  );
}
