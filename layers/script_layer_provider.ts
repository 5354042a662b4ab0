import type { HostLayerContext, HostLayerFactory, HostLayerProvider } from "../ffi/host_layer.ts";
import { nearest } from "../proto/distance.ts";
import { CremaError, type CremaErrorOptions } from "../proto/error.ts";
import { locationOf } from "../proto/location.ts";
import type { LayerParameter, ScriptParameter } from "../proto/messages.ts";
import type { LayerContext } from "./layer.ts";
import { loadModule } from "./load_module.ts";
import { resolveModule } from "./resolve_module.ts";
import { makeScriptLayer, type ScriptLayerClass } from "./script_layer.ts";

/** How script layers are found. */
export interface ScriptLayerOptions {
  /** Folders to look in for modules named without a path, after the prototxt's own. */
  layerPath?: readonly string[];
}

/** Makes layers of type Script, and of type Python whose module is TypeScript. */
export class ScriptLayerProvider implements HostLayerProvider {
  readonly #layerPath: readonly string[];

  /** Takes the folders of --layer-path. */
  constructor(options: ScriptLayerOptions = {}) {
    this.#layerPath = options.layerPath ?? [];
  }

  /** Whether the layer's type is Script or Python. */
  claims(layer: LayerParameter): boolean {
    return layer.type === "Script" || layer.type === "Python";
  }

  /** Imports the layer's module and finds its class. Throws a CremaError that names the layer and its line. */
  async prepare(layer: LayerParameter, context: HostLayerContext): Promise<HostLayerFactory> {
    const place: CremaErrorOptions = {
      ...(locationOf(layer) ?? (context.file === undefined ? {} : { file: context.file })),
      ...(layer.name === undefined ? {} : { layer: layer.name }),
    };
    const field = layer.type === "Python" ? "python_param" : "script_param";
    const script: ScriptParameter | undefined = layer[field];
    if (script === undefined) {
      throw new CremaError(`Expected a layer of type ${layer.type} to have ${field} but found none`, place);
    }
    const url = resolveModule(script.module ?? "", { file: context.file, layerPath: this.#layerPath, place });
    const exports = await loadModule(url, { integrity: script.integrity, place });
    const scriptClass = findClass(exports, script.layer, script.module ?? "", place);
    const paramStr = script.param_str ?? "";
    const layerContext: LayerContext = {
      name: layer.name ?? "",
      type: layer.type ?? "",
      phase: context.phase,
      paramStr,
      param: parseParam(paramStr),
      layerParam: layer,
      ...(context.seed === undefined ? {} : { seed: context.seed }),
    };
    return () => makeScriptLayer(scriptClass, layerContext, place);
  }
}

/** The class that a module exports by a name, or its default export without one. */
function findClass(
  exports: Record<string, unknown>,
  name: string | undefined,
  module: string,
  place: CremaErrorOptions,
): ScriptLayerClass {
  const wanted = name === undefined || name === "" ? "default" : name;
  const names = Object.keys(exports);
  if (!Object.hasOwn(exports, wanted)) {
    const near = nearest(wanted, names);
    const found = names.length === 0 ? "no exports" : names.join(", ");
    const what = wanted === "default" ? "a default export" : `an exported class '${wanted}'`;
    throw new CremaError(`Expected ${what} in module '${module}' but found ${found}`, {
      ...place,
      hint: near === undefined ? undefined : `Did you mean '${near}'?`,
    });
  }
  const found = exports[wanted];
  if (typeof found !== "function" || typeof found.prototype !== "object") {
    const kind = typeof found === "function" ? "a function" : found === null ? "null" : typeof found;
    throw new CremaError(`Expected '${wanted}' of module '${module}' to be a class but found ${kind}`, place);
  }
  return found as ScriptLayerClass;
}

/** `param_str` as layers get it: parsed where it is JSON, else the text; an empty object without one. */
function parseParam(text: string): unknown {
  if (text.trim() === "") return {};
  try {
    return JSON.parse(text);
  } catch {
    return text; // other text reaches the layer as it is
  }
}
