import config from "../../deno.json" with { type: "json" };
import { CremaError, type CremaErrorOptions } from "../../base/error.ts";
import { type DenoInfo, denoInfo, type InfoModule, remoteModules, unresolvedNames } from "./deno_info.ts";
import { isName, resolveName } from "./import_names.ts";
import { installedPackage } from "./installed_package.ts";
import { isOwn } from "./own_modules.ts";

/**
 * How to use Deno's cache for modules by URL: "use" it and fetch what it lacks, "reload" everything, or take
 * modules from the cache "only".
 */
export type ModuleCache = "use" | "reload" | "only";

/** A module and everything it imports, directly or not. */
export interface ModuleGraph {
  /** URL of the module, after redirects. */
  root: string;
  /** URLs of the modules, the root first, without packages and Crema's own modules. */
  modules: string[];
  /** Which of {@link modules} each of them imports. */
  imports: Map<string, string[]>;
  /** Versions of packages, the runtime's modules and Crema itself, by the name in the source. */
  packages: Map<string, string>;
  /** Why a module could not be read, by URL: a missing file, a syntax error. */
  faults: Map<string, string>;
}

/**
 * Finds what a module imports, with `deno info`, which fetches what Deno's cache lacks. It does not see
 * imports of types, which never run, and imports whose names are computed at run time. Names without a path
 * mean what they mean in the running program. Throws a CremaError when `deno` can't be run, and with "only"
 * when a module is not in the cache.
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

/** Names that only the running program's import map knows, with their targets; without Crema's own. */
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
  // The loop adds to the list that it walks.
  for (const from of graph.modules) {
    const module = byUrl.get(from);
    if (module === undefined || module.error !== undefined) {
      graph.faults.set(from, module?.error ?? "it was not read");
    }
    const imports: string[] = [];
    for (const { specifier, code } of module?.dependencies ?? []) {
      if (code === undefined) continue; // imports types only
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
