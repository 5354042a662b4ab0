import { DataLayerProvider } from "../data/data_layer_provider.ts";
import { type ComputeOptions, Engine } from "../ffi/engine.ts";
import type { HostLayerProvider } from "../ffi/host/plan_layers.ts";
import type { NetState } from "../proto/messages.ts";
import { registerLayers } from "../script/layer/registered_layers.ts";
import { ScriptLayerProvider } from "../script/layer/script_layer_provider.ts";
import type { ModuleCache } from "../script/modules/module_graph.ts";
import { locksBeside } from "../script/modules/module_lock.ts";
import { readTuning, writeTuning } from "./tuning_file.ts";

/** Options of nets and solvers alike. */
export interface EngineOptions {
  /** An engine, or its name or library. Default: $CREMA_ENGINE, else the embedded engine. */
  engine?: Engine | string | undefined;
  /**
   * Number of threads to compute with. It belongs to the engine, so it counts for all nets of this thread.
   */
  threads?: number | undefined;
  /** How the engine computes, where it has a choice. What is left out is as `Engine.compute` said. */
  compute?: ComputeOptions | undefined;
  /** Folders to search for the modules of script layers. */
  layerPath?: readonly string[] | undefined;
  /**
   * Modules (paths from the working directory, URLs, `crema/layers`) whose classes claim layer types by
   * `static type`.
   */
  layers?: readonly string[] | undefined;
  /**
   * For modules by URL: "use" Deno's cache (the default), "reload" everything, or take them "only" from the
   * cache.
   */
  moduleCache?: ModuleCache | undefined;
  /** Level of the net's state, for layers with `min_level` or `max_level`. */
  level?: number | undefined;
  /** Stages of the net's state, for layers with `stage` or `not_stage`. */
  stage?: readonly string[] | undefined;
  /**
   * Fields to set as if they stood in the prototxt: `conv1.num_output=32` of a net; `base_lr=0.01`, or
   * `net:conv1.num_output=32`, of a solver. See `setField` for paths and values.
   */
  set?: readonly string[] | undefined;
}

/**
 * Opens the engine that the options ask for and sets its number of threads. If it tunes, it takes what was found before.
 */
export async function openEngine({ engine: given, threads, compute }: EngineOptions): Promise<Engine> {
  const engine = given instanceof Engine ? given : Engine.open(given);
  if (threads !== undefined) engine.threads = threads;
  if (engine.computing(compute).tune !== "off") await readTuning(engine);
  return engine;
}

/** Keeps what was found by tuning while a net or a solver of these options was made. */
export async function keepTuning(engine: Engine, { compute }: EngineOptions): Promise<void> {
  if (engine.computing(compute).tune !== "off") await writeTuning(engine);
}

/**
 * The providers of TypeScript layers for nets of these prototxts. The lock files beside the prototxts apply.
 */
export async function layerProviders(
  engine: Engine,
  { layerPath = [], layers = [], moduleCache: cache = "use" }: EngineOptions,
  files: readonly string[],
): Promise<HostLayerProvider[]> {
  const locks = layers.length === 0 ? [] : await locksBeside(files);
  const registered = await registerLayers(layers, layerPath, { locks, cache });
  const { layerTypes: engineTypes } = engine;
  return [
    new ScriptLayerProvider({ layerPath, registered, engineTypes, cache }),
    new DataLayerProvider(engine),
  ];
}

/** The part of a NetState that the options set: level and stages, where given. */
export function stateOf({ level, stage }: EngineOptions): NetState {
  return {
    ...(level === undefined ? {} : { level }),
    ...(stage === undefined ? {} : { stage: [...stage] }),
  };
}
