export {
  type CheckableLayer,
  checkLayer,
  type CheckLayerOptions,
  type LayerReport,
} from "./check/check_layer.ts";
export type { OnnxResult, OnnxRuntime, OnnxSession } from "./check/onnx_runtime.ts";
export { LayerFinding, type LayerRule } from "./check/finding.ts";
export type { ParamIssue, ParamResult, ParamSchema } from "./layer/param_schema.ts";
export { type RegisteredLayer, type RegisteredLayers, registerLayers } from "./layer/registered_layers.ts";
export type { ScriptLayer, ScriptLayerClass } from "./layer/script_layer.ts";
export { type ScriptLayerOptions, ScriptLayerProvider } from "./layer/script_layer_provider.ts";
export {
  LOCK_NAME,
  type LockedNet,
  type LockFile,
  lockPath,
  readLock,
  writeLock,
} from "./modules/lock_file.ts";
export { type HiddenImport } from "./modules/hidden_imports.ts";
export { lockDifferences, lockNet, type LockOptions, mergeLocks } from "./modules/lock_net.ts";
export { ModuleEdits } from "./modules/module_edits.ts";
export { type ModuleCache, type ModuleGraph, moduleGraph } from "./modules/module_graph.ts";
export { asWritten } from "./modules/module_versions.ts";
export { resolveModule, type ResolveOptions } from "./modules/resolve_module.ts";
export { type JsonSchema, schemaText } from "./pages/json_schema.ts";
export { type LayerPage, type ModulePage, modulePage } from "./pages/layer_page.ts";
