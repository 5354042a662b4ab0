import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import config from "../../deno.json" with { type: "json" };
import { OWN_FOLDERS } from "../../base/own_folders.ts";
import { CremaError, type CremaErrorOptions } from "../../base/error.ts";
import { installedPackage } from "./installed_package.ts";

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

/** What is used here of the output of `deno info --json`. */
interface DenoInfo {
  roots: string[];
  modules: InfoModule[];
  redirects: Record<string, string>;
}

interface InfoModule {
  specifier: string;
  error?: string | undefined;
  npmPackage?: string | undefined;
  dependencies?: { specifier: string; code?: { specifier?: string; error?: string } }[];
}

const ROOT = new URL("../../", import.meta.url).href;
const OWN = ["mod.ts", "mod.js", ...OWN_FOLDERS.map((folder) => `${folder}/`)];
/** Nobody listens there: who is sent to it as to a proxy fails at once instead of fetching. */
const NOWHERE = "http://127.0.0.1:1";

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
    info = await denoInfo(url, names, again, cache, place);
    const found = unresolvedNames(info).filter(([name]) => !(name in names));
    for (const [name, target] of found) names[name] = target;
    again = cache === "reload" ? remoteModules(info).filter((each) => !reloaded.has(each)) : [];
    for (const each of again) reloaded.add(each);
    more = found.length + again.length > 0;
  } while (more);
  const graph = readInfo(url, info);
  if (cache === "only") checkCached(graph, place);
  return graph;
}

/**
 * The names without a path that a module and its imports use, and `more`, with what they mean to the running program: an
 * import map for a `deno` that knows none. Throws as {@link moduleGraph} does.
 */
export async function unmappedNames(
  url: string,
  more: readonly string[],
  options: { cache?: ModuleCache | undefined; place?: CremaErrorOptions | undefined } = {},
): Promise<Record<string, string>> {
  const names: Record<string, string> = {};
  const add = (name: string) => {
    const target = resolveName(name);
    if (target !== undefined) names[name] = target;
  };
  for (const name of more) add(name);
  const info = await denoInfo(url, names, [], options.cache ?? "use", options.place ?? {});
  for (const { dependencies = [] } of info.modules) {
    for (const { specifier, code } of dependencies) if (code?.error !== undefined) add(specifier);
  }
  return names;
}

/** Whether a module is part of Crema, and goes by Crema's version. */
export function isOwn(url: string): boolean {
  return url.startsWith(ROOT) && OWN.some((part) => url.slice(ROOT.length).startsWith(part));
}

/** A module's URL for people: the path of a file, else the URL. */
export function shownUrl(url: string): string {
  return url.startsWith("file:") ? fileURLToPath(url) : url;
}

/**
 * Runs a sub-command of `deno` with the names of the running program, and returns what it prints. Throws a CremaError
 * with what it says when it fails.
 */
export async function runDeno(
  args: readonly string[],
  options: { names?: Record<string, string>; offline?: boolean; place?: CremaErrorOptions | undefined } = {},
): Promise<string> {
  const { names = {}, offline = false, place = {} } = options;
  const map = `data:application/json,${encodeURIComponent(JSON.stringify({ imports: names }))}`;
  const [command = "", ...rest] = args;
  try {
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [command, "--no-config", "--no-lock", `--import-map=${map}`, ...rest],
      // A deno.json where it runs would be read, whatever --no-config says, and make it panic. All URLs are absolute.
      cwd: "/",
      env: { NO_COLOR: "1", ...cacheFolder(), ...(offline ? noNetwork() : {}) },
      stdin: "null",
    }).output();
    if (success) return new TextDecoder().decode(stdout);
    const message = new TextDecoder().decode(stderr).replace(/^error: /, "").replace(
      /\n+Stack backtrace.*/s,
      "",
    );
    throw new CremaError(
      `Expected \`deno ${command}\` to read ${rest.at(-1)} but found: ${message.trim()}`,
      place,
    );
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotCapable)) throw cause;
    throw new CremaError(
      "Expected the permission to run deno, to see what a module imports, but found none",
      {
        ...place,
        cause,
        hint: "Run Deno with --allow-run, or -A.",
      },
    );
  }
}

async function denoInfo(
  url: string,
  names: Record<string, string>,
  reload: readonly string[],
  cache: ModuleCache,
  place: CremaErrorOptions,
): Promise<DenoInfo> {
  // Deno separates URLs by commas here; with one inside of a URL everything has to be fetched.
  const urls = reload.some((each) => each.includes(",")) ? "--reload" : `--reload=${reload.join(",")}`;
  const args = ["info", "--json", ...(reload.length === 0 ? [] : [urls]), url];
  return JSON.parse(await runDeno(args, { names, offline: cache === "only", place })) as DenoInfo;
}

/** A relative path of Deno's cache means one from the working directory of this process. */
function cacheFolder(): Record<string, string> {
  if (Deno.permissions.querySync({ name: "env", variable: "DENO_DIR" }).state !== "granted") return {};
  const path = Deno.env.get("DENO_DIR") ?? "";
  return path === "" ? {} : { DENO_DIR: resolve(path) };
}

function noNetwork(): Record<string, string> {
  const proxies = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];
  const all = [...proxies, ...proxies.map((name) => name.toLowerCase())].map((name) => [name, NOWHERE]);
  return { ...Object.fromEntries(all), NO_PROXY: "", no_proxy: "" };
}

/** Names without a path that only the running program's import map knows, and what they stand for there. */
function unresolvedNames(info: DenoInfo): [string, string][] {
  const names = info.modules.flatMap(({ dependencies = [] }) =>
    dependencies.filter(({ code }) => code?.error !== undefined).map(({ specifier }) => specifier)
  );
  return names.flatMap((name) => {
    const target = resolveName(name);
    return target === undefined || isOwn(target) ? [] : [[name, target]];
  });
}

/** Whether an import goes by a name of the import map, not by a path or URL. */
function isName(specifier: string): boolean {
  return !/^(?:[./]|[a-z][a-z0-9+.-]*:)/i.test(specifier);
}

function resolveName(name: string): string | undefined {
  try {
    const url = import.meta.resolve(name);
    // A package that the program has loaded is named by its place in Deno's cache.
    const [, cached, version] =
      /\/npm\/[^/]+\/((?:@[^/]+\/)?[^/]+)\/(\d+\.\d+\.\d+[^/_]*)[^/]*\//.exec(url) ?? [];
    return cached === undefined ? url : `npm:${cached}@${version}`;
  } catch {
    return undefined; // not in the import map: the import itself will fail, and say so
  }
}

/** URLs to fetch again: the modules, and those that only led to one. */
function remoteModules({ modules, redirects }: DenoInfo): string[] {
  const urls = [...Object.keys(redirects), ...modules.map(({ specifier }) => specifier)];
  return urls.filter((url) => /^https?:/.test(url));
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
