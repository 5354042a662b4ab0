import { CremaError, type CremaErrorOptions } from "../../base/error.ts";
import type { HostLayer } from "../../ffi/host/host_layer.ts";
import { LayerBlobs } from "../../ffi/host/layer_blobs.ts";
import { threwError } from "../../ffi/host/threw_error.ts";
import type { ParamSpec } from "../../proto/messages.ts";
import { Layer, type LayerContext } from "../../layers/layer.ts";
import type { LayerExample } from "../../layers/layer_example.ts";
import type { ParamSchema } from "./param_schema.ts";

/** What any class needs to be a layer: these methods. The context's properties are set on what is not a `Layer`. */
export type ScriptLayer = HostLayer & Partial<LayerContext>;

/** A class that a prototxt can name. */
export interface ScriptLayerClass {
  new (context: LayerContext): ScriptLayer;
  /** How many bottoms it takes, or the fewest and the most; any number without this. */
  readonly bottoms?: number | readonly [fewest: number, most: number] | undefined;
  /** How many tops it gives, or the fewest and the most; any number without this. */
  readonly tops?: number | readonly [fewest: number, most: number] | undefined;
  /** What `param_str` must be: a zod schema, or any that follows the Standard Schema. Its output is the layer's `param`. */
  readonly params?: ParamSchema | undefined;
  /** Whether the first top is a loss: its loss_weight is 1 unless the prototxt gives one. */
  readonly isLoss?: boolean | undefined;
  /** Defaults of the prototxt's `param { … }`, one for each learnable parameter in order. */
  readonly param?: readonly ParamSpec[] | undefined;
  /** Uses to check the layer by: see `checkLayer`. */
  readonly examples?: readonly LayerExample[] | undefined;
  /** The layer type that the class claims when its module is given with `--layers`. */
  readonly type?: string | undefined;
}

/**
 * Makes a layer of a class: checks its number of bottoms and tops, constructs it, and, as pycaffe sets `param_str` on
 * any object, sets the context's properties on an object that is not a {@link Layer} and does not have them.
 * Throws a CremaError, `place` telling where, when the class cannot be a layer.
 */
export function makeScriptLayer(
  scriptClass: ScriptLayerClass,
  context: LayerContext,
  place: CremaErrorOptions,
): ScriptLayer {
  checkCount("bottom", scriptClass.bottoms, context.layerParam.bottom?.length ?? 0, scriptClass, place);
  checkCount("top", scriptClass.tops, context.layerParam.top?.length ?? 0, scriptClass, place);
  let layer: ScriptLayer;
  try {
    layer = new scriptClass(context);
  } catch (error) {
    throw threwError(`constructor of ${scriptClass.name}`, error, place);
  }
  for (const method of ["reshape", "forward"] as const) {
    if (typeof layer[method] !== "function") {
      throw new CremaError(
        `Expected class ${scriptClass.name} to have a method '${method}' but found ${typeof layer[method]}`,
        {
          ...place,
          hint:
            "A layer has the methods setup, reshape, forward and backward; only setup and backward can be left out.",
        },
      );
    }
  }
  if (layer instanceof Layer && !(layer.blobs instanceof LayerBlobs)) {
    throw new CremaError(
      `Expected 'blobs' of ${scriptClass.name} to be the layer's parameters but found a field of the class`,
      {
        ...place,
        hint: "Give the field another name. `this.blobs.add(shape, filler)` in setup adds a parameter.",
      },
    );
  }
  if (!(layer instanceof Layer) && Object.isExtensible(layer)) {
    for (const [key, value] of Object.entries(context)) {
      if (!(key in layer)) {
        Object.defineProperty(layer, key, { value, writable: true, enumerable: true, configurable: true });
      }
    }
  }
  return layer;
}

function checkCount(
  what: "bottom" | "top",
  wanted: ScriptLayerClass["bottoms"],
  found: number,
  { name }: { name: string },
  place: CremaErrorOptions,
): void {
  if (wanted === undefined) return;
  const [fewest, most] = typeof wanted === "number" ? [wanted, wanted] : wanted;
  if (found >= fewest && found <= most) return;
  const range = fewest === most ? `${fewest}` : `${fewest} to ${most}`;
  throw new CremaError(
    `Expected ${range} ${what}${range === "1" ? "" : "s"} for ${name} but found ${found}`,
    place,
  );
}
