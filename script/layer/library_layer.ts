import { CremaError, type CremaErrorOptions } from "../../base/error.ts";
import { LIBRARY_TYPES } from "../../layers/library_types.ts";
import { loadModule } from "../modules/load_module.ts";
import { libraryUrl } from "../modules/resolve_module.ts";
import { claimedTypes, layerClasses } from "./layer_classes.ts";
import type { RegisteredLayer } from "./registered_layers.ts";

/**
 * The layer types of the library that an engine with these types lacks. A net that uses one gets the
 * library's class.
 */
export function missingTypes(engineTypes: readonly string[]): string[] {
  return Object.keys(LIBRARY_TYPES).filter((type) => !engineTypes.includes(type));
}

/**
 * The class of the library that claims a layer type of {@link LIBRARY_TYPES}; imports its module. Throws a
 * CremaError with `place` when the module can't be loaded.
 */
export async function libraryLayer(type: string, place: CremaErrorOptions): Promise<RegisteredLayer> {
  const module = libraryUrl(LIBRARY_TYPES[type]!);
  const claims = layerClasses(
    await loadModule(module, { place }),
    (value) => claimedTypes(value).includes(type),
  );
  const [found] = claims;
  if (found === undefined) {
    throw new CremaError(`Expected ${module} to have a layer of type '${type}' but found none`, place);
  }
  return { layer: found[0], scriptClass: found[1], module };
}
