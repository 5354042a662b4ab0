import { basename } from "node:path";
import { CremaError, type CremaErrorOptions } from "../../base/error.ts";
import { locationOf } from "../../proto/text/location.ts";
import type { NetParameter } from "../../proto/messages.ts";
import { hashModule, sourceBytes } from "./hash_module.ts";
import { type HiddenImport, hiddenImports } from "./hidden_imports.ts";
import { type LockFile, lockKey } from "./lock_file.ts";
import { type ModuleCache, moduleGraph } from "./module_graph.ts";
import { resolveModule } from "./resolve_module.ts";

/** How to find the modules of a net. */
export interface LockOptions {
  /** Folders to search for modules named without a path, after the prototxt's own. */
  layerPath?: readonly string[] | undefined;
  /** Modules whose classes claim layer types: paths from the working directory, or URLs. */
  layers?: readonly string[] | undefined;
  /** How to use Deno's cache for modules by URL. */
  cache?: ModuleCache | undefined;
  /** Is told of each place that loads modules which can't be locked. */
  onHidden?: ((hidden: HiddenImport) => void) | undefined;
}

/** The modules that a net's script layers name, in any phase, with the places where they are named. */
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
 * The content of a lock file at `lock` for one net: every module that its script layers name, and everything
 * these import. Throws a CremaError for a module that can't be read.
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
    for (const each of graph.modules) {
      const key = lockKey(each, lock);
      if (modules[key] !== undefined) continue;
      modules[key] = await hashModule(each, place);
      const source = new TextDecoder().decode(await sourceBytes(each));
      for (const hidden of hiddenImports(each, source)) options.onHidden?.(hidden);
    }
    for (const [name, version] of graph.packages) packages[name] = version;
  }
  const imported = { modules: Object.keys(modules).sort(), packages: Object.keys(packages).sort() };
  return { version: 1, modules, packages, nets: { [basename(file)]: imported } };
}

/** Updates a lock file: `found` replaces what it has about the same nets; what no net imports is dropped. */
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

/** How a lock file differs from what was found for some nets, one sentence per difference. */
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
 * Whether a change of this version counts as a difference: for packages it does, under whatever name they are
 * imported. The runtime and Crema itself may change.
 */
export function isPinned(version: string): boolean {
  return version.startsWith("npm:") || version.startsWith("jsr:");
}
