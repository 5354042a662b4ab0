import { CremaError } from "../../base/error.ts";
import { isInstance } from "../../base/thrown.ts";
import { decode } from "../../proto/codec/binary.ts";
import type { Engine } from "../engine.ts";
import { HOST_LAYER_TYPES } from "./host_layer_types.ts";
import { LayerBlobs } from "./layer_blobs.ts";
import type { LiveLayer } from "./live_layer.ts";
import { missingTypeHint } from "./missing_type.ts";
import type { PlannedLayer } from "./plan_layers.ts";
import { threwError } from "./threw_error.ts";

/**
 * Makes the layer that the engine asks for with a serialized LayerParameter, and removes its plan from
 * `waiting`. Throws a CremaError for a type that is not planned in TypeScript, and when the layer's
 * constructor throws.
 */
export function makeLayer(engine: Engine, waiting: PlannedLayer[], layerParam: Uint8Array): LiveLayer {
  const { name = "", type = "" } = decode("LayerParameter", layerParam);
  const named = waiting.filter(({ param }) => (param.name ?? "") === name);
  const planned = named.find(({ param }) => param.type === type) ??
    named.find(({ make }) => make !== undefined);
  if (planned?.make === undefined) {
    const known = [...engine.layerTypes, ...HOST_LAYER_TYPES, ...planned?.otherTypes ?? []];
    throw new CremaError(`Expected a layer type that the engine '${engine.name}' has but found '${type}'`, {
      ...planned?.location,
      layer: name,
      hint: missingTypeHint(type, engine.name, known),
    });
  }
  waiting.splice(waiting.indexOf(planned), 1);
  try {
    const layer = planned.make(engine);
    return { planned, layer, bottoms: [], tops: [], blobs: new LayerBlobs(), proven: false };
  } catch (error) {
    if (isInstance(error, CremaError) && error.layer !== undefined) throw error;
    throw threwError("constructor", error, { ...planned.location, layer: planned.param.name });
  }
}
