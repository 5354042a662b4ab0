import { CremaError, type CremaErrorOptions } from "../../base/error.ts";
import type { HostLayer } from "../../ffi/host/host_layer.ts";
import { LayerBlobs } from "../../ffi/host/layer_blobs.ts";
import { threwError } from "../../ffi/host/threw_error.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../../onnx/mod.ts";
import type { ParamSpec } from "../../proto/messages.ts";
import { Layer, type LayerContext } from "../../layers/layer.ts";
import type { LayerExample } from "../../layers/layer_example.ts";
import type { ParamSchema } from "./param_schema.ts";

/** A script layer: any object with these methods. It gets the context's properties, `Layer` or not. */
export type ScriptLayer = HostLayer & Partial<LayerContext>;

/** A class that a prototxt can name as a layer. */
export interface ScriptLayerClass {
  new (context: LayerContext): ScriptLayer;
  /** How many bottoms it takes, or the fewest and the most; by default any number. */
  readonly bottoms?: number | readonly [fewest: number, most: number] | undefined;
  /** How many tops it has, or the fewest and the most; by default any number. */
  readonly tops?: number | readonly [fewest: number, most: number] | undefined;
  /**
   * The schema of `param_str` and of the fields of the type's parameters, from zod or another Standard Schema
   * library; its output is `param`.
   */
  readonly params?: ParamSchema | undefined;
  /**
   * The field of `layer { … }` with the parameters of the layer's type, which the layer gets as `typeParam`:
   * "roi_pooling_param". By default the one whose message is called after the type.
   */
  readonly typeParam?: string | undefined;
  /** Fields of `layer { … }` that the class reads itself, from `layerParam`: ["loss_param"]. */
  readonly reads?: readonly string[] | undefined;
  /** Whether the first top is a loss: its loss_weight is 1 unless the prototxt sets one. */
  readonly isLoss?: boolean | undefined;
  /** Defaults of the prototxt's `param { … }`, one per learnable parameter, in order. */
  readonly param?: readonly ParamSpec[] | undefined;
  /** Uses for `checkLayer` to check the layer in. */
  readonly examples?: readonly LayerExample[] | undefined;
  /** The layer type that the class claims when `--layers` names its module. */
  readonly type?: string | undefined;
  /** More types that it claims with it: other names of the same layer. */
  readonly aliases?: readonly string[] | undefined;
  /**
   * The axis of the tops whose length only `forward` knows, such as how many boxes there are: 2 for a top (1, 1, D, 7).
   * In an ONNX model it has a name instead of a number.
   */
  readonly countedAxis?: number | undefined;
  /**
   * Adds to an ONNX graph what the layer's `forward` computes for inference, and returns the tops. `crema export` calls
   * it. Throws for parameters that ONNX can't say.
   */
  onnx?(graph: GraphBuilder, layer: OnnxLayer): readonly OnnxValue[];
}

/**
 * Makes a layer: checks its numbers of bottoms and tops and constructs it. An object that is no
 * {@link Layer} gets the context's properties that it lacks, as pycaffe sets `param_str` on any object.
 * Throws a CremaError with `place` when the class can't be a layer.
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
