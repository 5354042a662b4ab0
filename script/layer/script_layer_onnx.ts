import { CremaError, type CremaErrorOptions } from "../../base/error.ts";
import type { HostLayer } from "../../ffi/host/host_layer.ts";
import { threwError } from "../../ffi/host/threw_error.ts";
import type { ExportedLayer, GraphBuilder, OnnxLayer, OnnxValue } from "../../onnx/mod.ts";
import type { LayerParameter } from "../../proto/messages.ts";
import { locationOf } from "../../proto/text/location.ts";
import type { ScriptLayer, ScriptLayerClass } from "./script_layer.ts";

/** What a class must have, as authors write it. */
const SIGNATURE = "static onnx(graph: GraphBuilder, layer: OnnxLayer<Params>): OnnxValue[]";

/** The class of a layer's object. */
export function classOf(object: HostLayer): ScriptLayerClass {
  return object.constructor as unknown as ScriptLayerClass;
}

/**
 * Whether a class says what its layers are in ONNX. A class that inherits `static onnx` but has a `forward` of its own does
 * not: what it inherits is another layer's.
 */
export function hasOnnx(scriptClass: ScriptLayerClass): boolean {
  const saying = ownerOf(scriptClass, (each) => Object.hasOwn(each, "onnx"));
  const computing = ownerOf(scriptClass, ({ prototype }) => Object.hasOwn(prototype, "forward"));
  return saying !== undefined && typeof scriptClass.onnx === "function" &&
    (computing === undefined || saying === computing || saying.prototype instanceof computing);
}

/**
 * Adds a layer in TypeScript to an ONNX graph, by its class's `static onnx`. Returns its tops. Throws a CremaError that names
 * layer and module when the class has none, when it throws, or when it returns another number of tops.
 */
export function scriptLayerOnnx(
  graph: GraphBuilder,
  object: ScriptLayer,
  { name, type, param: layerParam, bottoms, tops, blobs }: ExportedLayer,
): readonly OnnxValue[] {
  const scriptClass = classOf(object), place = { ...locationOf(layerParam), layer: name };
  if (!hasOnnx(scriptClass)) throw withoutOnnx(scriptClass, type, layerParam, place);
  const layer = {
    name,
    type,
    param: object.param,
    typeParam: object.typeParam,
    object,
    layerParam,
    bottoms,
    tops,
    blobs,
  } as unknown as OnnxLayer;
  let values: readonly OnnxValue[];
  try {
    values = scriptClass.onnx!(graph, layer);
  } catch (error) {
    if (error instanceof CremaError) throw error;
    throw threwError(`onnx of ${scriptClass.name}`, error, place);
  }
  if (!Array.isArray(values) || values.length < tops.length) {
    throw new CremaError(
      `Expected onnx of ${scriptClass.name} to return ${tops.length} value${
        tops.length === 1 ? "" : "s"
      }, its tops, but found ${Array.isArray(values) ? values.length : typeof values}`,
      place,
    );
  }
  return values;
}

function withoutOnnx(
  { name }: ScriptLayerClass,
  type: string,
  { script_param, python_param }: LayerParameter,
  place: CremaErrorOptions,
): CremaError {
  const module = (type === "Python" ? python_param : script_param)?.module;
  const where = module === undefined ? `type '${type}'` : `module '${module}'`;
  return new CremaError(
    `Expected class ${name} of ${where} to say what it is in ONNX but found no \`static onnx\` that belongs to its forward`,
    {
      ...place,
      hint: `Give the class \`${SIGNATURE}\`, which adds nodes and returns the tops (docs/script_layers.md).`,
    },
  );
}

type Constructor = { readonly prototype: object };

/** The first class in the chain of inheritance that has something of its own. */
function ownerOf(
  scriptClass: ScriptLayerClass,
  has: (each: Constructor) => boolean,
): (abstract new () => object) | undefined {
  let each: unknown = scriptClass;
  while (typeof each === "function" && each !== Function.prototype) {
    if (has(each as unknown as Constructor)) return each as unknown as abstract new () => object;
    each = Object.getPrototypeOf(each);
  }
  return undefined;
}
