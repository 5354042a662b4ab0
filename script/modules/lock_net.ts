import { basename } from "node:path";
import { CremaError, type CremaErrorOptions } from "../../base/error.ts";
import { locationOf } from "../../proto/text/location.ts";
import type { NetParameter } from "../../proto/messages.ts";
import { hashModule } from "./hash_module.ts";
import { type LockFile, lockKey } from "./lock_file.ts";
import { type ModuleCache, moduleGraph } from "./module_graph.ts";
import { resolveModule } from "./resolve_module.ts";

/** How the modules of a net are found. */
export interface LockOptions {
  /** Folders to look in for modules named without a path, after the prototxt's own. */
  layerPath?: readonly string[] | undefined;
  /** Modules whose classes claim layer types: paths from the working directory, or URLs. */
  layers?: readonly string[] | undefined;
  /** Where modules by URL come from. */
  cache?: ModuleCache | undefined;
}

/** The modules that a net's script layers name, in all phases, with the places that name them. */
export function scriptModules(
  net: NetParameter,
  file: string,
  options: LockOptions = {},
): { url: string; place: CremaErrorOptions }[] {
  const { layerPath = [], layers = [] } = options;
  const registered = layers.map((module) => ({ url: resolveModule(module, { layerPath }), place: {} }));
  const named = (net.layer ?? []).flatMap((layer) => {
    const script = layer.type === "Python" ? layer.python_param : layer.script_param;
    if (script?.module === undefined) return [];
    const place = {
      ...(locationOf(layer) ?? { file }),
      layer: layer.name,
    };
    return [{ url: resolveModule(script.module, { file: place.file ?? file, layerPath, place }), place }];
  });
  return [...registered, ...named];
}

/**
 * What a lock file at `lock` has to say of one net: every module that its script layers name, and all that these
 * import. Throws a CremaError for a module that can't be read.
 */
export async function lockNet(
  net: NetParameter,
  file: string,
  lock: string,
  options: LockOptions = {},
): Promise<LockFile> {
  const modules: Record<string, string> = {}, packages: Record<string, string> = {};
  const seen = new Set<string>();
  for (const { url, place } of scriptModules(net, file, options)) {
    if (seen.has(url)) continue;
    seen.add(url);
    const graph = await moduleGraph(url, { cache: options.cache, place });
    for (const [fault, why] of graph.faults) {
      throw new CremaError(
        `Expected a module at ${fault} but found: ${why.replaceAll(/\s*\n\s*/g, " ")}`,
        place,
      );
    }
    for (const each of graph.modules) modules[lockKey(each, lock)] ??= await hashModule(each, place);
    for (const [name, version] of graph.packages) packages[name] = version;
  }
  const imported = { modules: Object.keys(modules).sort(), packages: Object.keys(packages).sort() };
  return { version: 1, modules, packages, nets: { [basename(file)]: imported } };
}

/** A lock file with what was found for some nets in place of what it had for them, and without what no net imports. */
export function mergeLocks(before: LockFile | undefined, found: LockFile): LockFile {
  const nets = { ...before?.nets, ...found.nets };
  const kept = Object.values(nets);
  const only = (all: Record<string, string>, used: Set<string>) =>
    Object.fromEntries(Object.entries(all).filter(([key]) => used.has(key)));
  return {
    version: 1,
    modules: only({ ...before?.modules, ...found.modules }, new Set(kept.flatMap(({ modules }) => modules))),
    packages: only(
      { ...before?.packages, ...found.packages },
      new Set(kept.flatMap(({ packages }) => packages)),
    ),
    nets,
  };
}

/** How what was found for some nets differs from a lock file, a sentence for each difference. */
export function lockDifferences(lock: LockFile, found: LockFile): string[] {
  const differences: string[] = [];
  for (const [key, hash] of Object.entries(found.modules).sort()) {
    const locked = lock.modules[key];
    if (locked === undefined) {
      differences.push(`Expected ${key} in the lock file but found none; it is ${hash}`);
    } else if (locked !== hash) differences.push(`Expected ${locked} of ${key} but found ${hash}`);
  }
  for (const [name, version] of Object.entries(found.packages).sort()) {
    const locked = lock.packages[name];
    if (locked === undefined || (isPinned(version) && locked !== version)) {
      differences.push(
        `Expected ${locked ?? `${name} in the lock file`} but found ${
          locked === undefined ? "none" : version
        }`,
      );
    }
  }
  for (const [net, { modules }] of Object.entries(found.nets)) {
    const gone = (lock.nets[net]?.modules ?? []).filter((key) => !modules.includes(key));
    differences.push(...gone.map((key) => `Expected ${net} to import ${key} but found that it does not`));
  }
  return differences;
}

/**
 * Whether another version than this one counts as a change: of packages it does, by whatever name they are imported. The
 * runtime and Crema itself may change.
 */
export function isPinned(version: string): boolean {
  return version.startsWith("npm:") || version.startsWith("jsr:");
}
