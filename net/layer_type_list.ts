import { Engine } from "../ffi/engine.ts";
import { HOST_LAYER_TYPES } from "../ffi/host/host_layer_types.ts";
import { missingTypes } from "../script/layer/library_layer.ts";

/**
 * The layer types that a net may use, sorted: those of an engine (default: $CREMA_ENGINE, else the embedded
 * engine), those that TypeScript adds, and those of the library. Throws a CremaError when there is no such engine.
 *
 * ```ts
 * import { layerTypeList } from "./layer_type_list.ts";
 * import assert from "node:assert/strict";
 *
 * assert.ok(layerTypeList().includes("Convolution"));
 * assert.ok(layerTypeList().includes("FocalLoss"));
 * ```
 */
export function layerTypeList(engine?: Engine | string): string[] {
  const { layerTypes } = engine instanceof Engine ? engine : Engine.open(engine);
  return [...new Set([...layerTypes, ...HOST_LAYER_TYPES, ...missingTypes(layerTypes)])].sort();
}
