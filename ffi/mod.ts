export { Blob } from "./blob.ts";
export { Engine, Status } from "./engine.ts";
export {
  type HostLayer,
  type HostLayerContext,
  type HostLayerFactory,
  type HostLayerProvider,
  planLayers,
  type PlannedLayer,
} from "./host_layer.ts";
export {
  type LearnableParam,
  type NetBytes,
  NetHandle,
  type NetHandleOptions,
  type NetLayer,
} from "./net_handle.ts";
export { SolverHandle } from "./solver_handle.ts";
