import { CremaError } from "../../base/error.ts";
import { loadModule, type LoadOptions } from "../modules/load_module.ts";
import { resolveModule } from "../modules/resolve_module.ts";
import { claimedTypes, claimsType, layerClasses } from "./layer_classes.ts";
import type { ScriptLayerClass } from "./script_layer.ts";

/** A class that claims a layer type, and where it comes from. */
export interface RegisteredLayer {
  /** The class. */
  scriptClass: ScriptLayerClass;
  /** URL of its module. */
  module: string;
  /** The name under which the module exports it. */
  layer: string;
}

/** The classes that claim layer types, by type. */
export type RegisteredLayers = ReadonlyMap<string, RegisteredLayer>;

/**
 * Imports modules whose classes claim layer types with `static type = "FocalLoss"`, so that a prototxt can
 * say `type: "FocalLoss"`; `static aliases` are more types of one class. A module is a path from the working directory, a URL, or `crema/layers`, the
 * library. Throws a CremaError for a module that can't be loaded or claims nothing, and when two classes
 * claim one type.
 */
export async function registerLayers(
  modules: readonly string[],
  layerPath: readonly string[] = [],
  load: LoadOptions = {},
): Promise<RegisteredLayers> {
  const registered = new Map<string, RegisteredLayer>();
  for (const module of modules) {
    const url = resolveModule(module, { layerPath });
    const claims = layerClasses(await loadModule(url, load), claimsType);
    if (claims.size === 0) {
      throw new CremaError(`Expected a class with 'static type' in module '${module}' but found none`, {
        hint: `A class claims a layer type by 'static type = "MyLayer"'.`,
      });
    }
    for (const [layer, scriptClass] of claims) {
      const claim = { scriptClass, module: url, layer };
      for (const type of claimedTypes(scriptClass)) {
        const other = registered.get(type);
        if (other !== undefined && other.scriptClass !== claim.scriptClass) {
          throw new CremaError(
            `Expected layer type '${type}' to be claimed by one class but found ${other.layer} of ${other.module} ` +
              `and ${claim.layer} of ${claim.module}`,
          );
        }
        registered.set(type, claim);
      }
    }
  }
  return registered;
}
