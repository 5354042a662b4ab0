import { CremaError, type CremaErrorOptions } from "../../base/error.ts";
import type { LayerParameter } from "../../proto/messages.ts";
import { locationOf } from "../../proto/text/location.ts";

/**
 * Throws a CremaError when a name of a layer has a NUL character, at which an engine's names, being C strings,
 * would end: two blobs could have the same one.
 */
export function checkNames(layer: LayerParameter, place: CremaErrorOptions): void {
  const check = (what: string, name: string | undefined, at?: CremaErrorOptions) => {
    if (name?.includes("\0") !== true) return;
    throw new CremaError(`Expected ${what} without NUL characters but found ${JSON.stringify(name)}`, {
      ...place,
      ...at,
    });
  };
  check("the name of a layer", layer.name, locationOf(layer, "name"));
  check("the type of a layer", layer.type, locationOf(layer, "type"));
  for (const field of ["bottom", "top"] as const) {
    for (const [i, name] of (layer[field] ?? []).entries()) {
      check(`the name of a ${field}`, name, locationOf(layer, field, i));
    }
  }
  for (const param of layer.param ?? []) {
    check("the name of a parameter", param.name, locationOf(param, "name"));
  }
}
