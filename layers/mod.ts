export { EuclideanLossLayer } from "./euclidean_loss.ts";
export { FocalLossLayer, type FocalLossParams } from "./focal_loss.ts";
export { Layer, type LayerContext } from "./layer.ts";
export type { LossOptions } from "./loss_labels.ts";
export type { ParamIssue, ParamResult, ParamSchema } from "./param_schema.ts";
export { type RegisteredLayer, type RegisteredLayers, registerLayers } from "./registered_layers.ts";
export type { ScriptLayer, ScriptLayerClass } from "./script_layer.ts";
export { type ScriptLayerOptions, ScriptLayerProvider } from "./script_layer_provider.ts";
export { SoftmaxLossLayer, type SoftmaxLossParams } from "./softmax_loss.ts";
