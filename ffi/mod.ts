export { Blob } from "./blob.ts";
export { Engine, Status } from "./engine.ts";
export { type HostLayer, type HostLayerContext } from "./host/host_layer.ts";
export { HOST_LAYER_TYPES } from "./host/host_layer_types.ts";
export { LayerBlobs } from "./host/layer_blobs.ts";
export { LayerRandom, type LayerRandomOptions } from "./host/layer_random.ts";
export {
  type HostLayerProvider,
  type LayerSource,
  planLayers,
  type PlannedLayer,
  plannedNet,
  type PreparedLayer,
} from "./host/plan_layers.ts";
export {
  type LearnableParam,
  type NetBytes,
  NetHandle,
  type NetHandleOptions,
  type NetLayer,
} from "./net_handle.ts";
export { type NetHook, type NetHookMoment, NetHooks } from "./net_hooks.ts";
export * from "./ops/mod.ts";
export { type SignalWatch, type WatchedEffect, watchSignals } from "./signal_watch.ts";
export { SolverHandle } from "./solver_handle.ts";
