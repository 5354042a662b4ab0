import type { HostLayerContext } from "../../ffi/host/host_layer.ts";
import { LayerRandom } from "../../ffi/host/layer_random.ts";
import type { HostLayerProvider, PreparedLayer } from "../../ffi/host/plan_layers.ts";
import { CremaError, type CremaErrorOptions } from "../../base/error.ts";
import { copyLocation, locationOf } from "../../proto/text/location.ts";
import type { LayerParameter, ScriptParameter } from "../../proto/messages.ts";
import type { LayerContext } from "../../layers/layer.ts";
import { loadModule, type LoadOptions } from "../modules/load_module.ts";
import { lockPath } from "../modules/lock_file.ts";
import type { ModuleCache } from "../modules/module_graph.ts";
import { ModuleLock } from "../modules/module_lock.ts";
import { exportedClass } from "./layer_classes.ts";
import { libraryLayer, missingTypes } from "./library_layer.ts";
import { readParam } from "./read_param.ts";
import type { RegisteredLayers } from "./registered_layers.ts";
import { resolveModule } from "../modules/resolve_module.ts";
import { makeScriptLayer, type ScriptLayerClass } from "./script_layer.ts";
import { checkFieldsRead, isPartOfParam, typeParamOf } from "./type_param.ts";

/** How to find script layers. */
export interface ScriptLayerOptions {
  /** Folders to search for modules named without a path, after the prototxt's own. */
  layerPath?: readonly string[] | undefined;
  /** Classes that claim layer types of their own. */
  registered?: RegisteredLayers | undefined;
  /**
   * The engine's own layer types. A registered class of such a type goes to the engine as type Script. Types
   * that are not among them come from the library, if it has them; without this, none does.
   */
  engineTypes?: readonly string[] | undefined;
  /** How to use Deno's cache for modules by URL. */
  cache?: ModuleCache | undefined;
}

/**
 * Makes layers of type Script, of type Python with a TypeScript module, of the types that classes claim, and
 * of those that the engine lacks and the library has, whose modules are imported only when a net needs them.
 */
export class ScriptLayerProvider implements HostLayerProvider {
  readonly #layerPath: readonly string[];
  readonly #registered: RegisteredLayers;
  readonly #engineTypes: readonly string[];
  readonly #fromLibrary: ReadonlySet<string>;
  readonly #cache: ModuleCache;
  readonly #locks = new Map<string, Promise<ModuleLock | undefined>>();

  /** Takes the folders of --layer-path and the classes of --layers. */
  constructor(options: ScriptLayerOptions = {}) {
    const { layerPath = [], registered = new Map(), engineTypes, cache = "use" } = options;
    this.#layerPath = layerPath;
    this.#registered = registered;
    this.#engineTypes = engineTypes ?? [];
    this.#fromLibrary = new Set(engineTypes && missingTypes(engineTypes));
    this.#cache = cache;
  }

  /** Script, Python, and the types that classes claim. */
  get types(): readonly string[] {
    return ["Script", "Python", ...this.#registered.keys(), ...this.#fromLibrary];
  }

  /** Whether the layer's type is Script, Python, or one that a class claims. */
  claims({ type = "" }: LayerParameter): boolean {
    return type === "Script" || type === "Python" || this.#registered.has(type) ||
      this.#fromLibrary.has(type);
  }

  /**
   * Imports the layer's module, finds its class, and checks `param_str` and the parameters of its type. Throws
   * a CremaError that names the layer and its line.
   */
  async prepare(layer: LayerParameter, context: HostLayerContext): Promise<PreparedLayer> {
    const place: CremaErrorOptions = {
      ...(locationOf(layer) ?? { file: context.file }),
      layer: layer.name,
    };
    const { type = "" } = layer;
    const script = type === "Python" ? layer.python_param : layer.script_param;
    const claimed = this.#registered.get(type) ??
      (this.#fromLibrary.has(type) ? await libraryLayer(type, place) : undefined);
    const load = claimed === undefined
      ? await this.#named(layer, script, context.file, place)
      : { url: claimed.module, name: claimed.layer, options: await this.#loadOptions(context.file, place) };
    const prepareClass = async (scriptClass: ScriptLayerClass): Promise<PreparedLayer> => {
      const paramStr = script?.param_str ?? "";
      const own = typeParamOf(layer, scriptClass);
      checkFieldsRead(layer, scriptClass, own, place);
      const param = await readParam({
        text: paramStr,
        schema: scriptClass.params,
        python: type === "Python",
        className: scriptClass.name,
        place: paramPlace(script, place),
        typeParam: own !== undefined && isPartOfParam(own, scriptClass) ? own : undefined,
        placeOf: (field) => ({
          ...place,
          ...locationOf(layer, own!.field),
          ...locationOf(own!.given, field),
        }),
      });
      const layerContext: Omit<LayerContext, "engine" | "ops" | "random"> = {
        name: layer.name ?? "",
        type,
        phase: context.phase,
        paramStr,
        param,
        typeParam: own?.whole,
        layerParam: layer,
        shareInParallel: layer.python_param?.share_in_parallel ?? false,
        // absent where there is none, not undefined
        ...(context.seed !== undefined && { seed: context.seed }),
        ...(context.solverParam !== undefined && { solverParam: context.solverParam }),
      };
      return {
        make: (engine) => {
          const { name, phase, seed } = layerContext, { ops } = engine;
          const random = new LayerRandom({ seed, stream: `${name} ${phase}`, ops });
          return makeScriptLayer(scriptClass, { ...layerContext, random, engine, ops }, place);
        },
        param: this.#withDefaults(layer, scriptClass),
        fieldsChecked: true,
        source: {
          module: load.url,
          prepare: async () => await prepareClass(await loadClass({ ...load.options, edited: true })),
        },
      };
    };
    const loadClass = async (options: LoadOptions) =>
      exportedClass(await loadModule(load.url, options), load.name, script?.module ?? load.url, place);
    return await prepareClass(claimed?.scriptClass ?? await loadClass(load.options));
  }

  /** The module and the class that a layer names, and how to load them. */
  async #named(
    layer: LayerParameter,
    script: ScriptParameter | undefined,
    file: string | undefined,
    place: CremaErrorOptions,
  ): Promise<{ url: string; name: string | undefined; options: LoadOptions }> {
    if (script === undefined) {
      const field = layer.type === "Python" ? "python_param" : "script_param";
      throw new CremaError(`Expected a layer of type ${layer.type} to have ${field} but found none`, place);
    }
    const url = resolveModule(script.module ?? "", { file, layerPath: this.#layerPath, place });
    const options = { ...await this.#loadOptions(file, place), integrity: script.integrity };
    return { url, name: script.layer, options };
  }

  async #loadOptions(file: string | undefined, place: CremaErrorOptions): Promise<LoadOptions> {
    const lock = file === undefined ? undefined : await this.#lockBeside(file);
    return { locks: lock === undefined ? [] : [lock], cache: this.#cache, place };
  }

  #lockBeside(file: string): Promise<ModuleLock | undefined> {
    const path = lockPath(file);
    const known = this.#locks.get(path) ?? ModuleLock.beside(file);
    this.#locks.set(path, known);
    return known;
  }

  /** The layer as the engine gets it: with the class's defaults for loss_weight and param. */
  #withDefaults(layer: LayerParameter, { isLoss, param = [] }: ScriptLayerClass): LayerParameter {
    const changed: LayerParameter = { ...layer };
    const tops = layer.top?.length ?? 0;
    if (isLoss && (layer.loss_weight?.length ?? 0) === 0 && tops > 0) {
      changed.loss_weight = [1, ...new Array<number>(tops - 1).fill(0)];
    }
    if (param.length > 0) {
      const given = layer.param ?? [];
      const length = Math.max(param.length, given.length);
      changed.param = Array.from({ length }, (_, i) => ({ ...param[i], ...given[i] }));
    }
    if (this.#registered.has(layer.type ?? "") && this.#engineTypes.includes(layer.type ?? "")) {
      const { module, layer: name } = this.#registered.get(layer.type!)!;
      changed.type = "Script";
      changed.script_param = { ...layer.script_param, module, layer: name };
    }
    return copyLocation(layer, changed);
  }
}

/** The place of `param_str` itself, if known. */
function paramPlace(script: ScriptParameter | undefined, place: CremaErrorOptions): CremaErrorOptions {
  return { ...place, ...(script && locationOf(script, "param_str")) };
}
