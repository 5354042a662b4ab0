export type { EngineOptions } from "./engine_options.ts";
export { type LayerView, Net, type NetOptions } from "./net.ts";
export { type CopyWeightsOptions, type WeightsMismatch, type WeightsReport } from "./weights_report.ts";
export { readWeights } from "./weights/read_weights.ts";
export { writeWeights } from "./weights/write_weights.ts";
export { parseRenames, readRenames } from "./weights/read_renames.ts";
export { type Rename, renameWeights } from "./weights/rename_weights.ts";
export {
  compareWeights,
  type ParameterDifference,
  type WeightsDifference,
} from "./weights/compare_weights.ts";
export { type WeightsStatistics, weightsStatistics } from "./weights/weights_statistics.ts";
export type { FloatType } from "../base/float_types.ts";
export type { NamedParameter, StoredParameter, Weights } from "./weights/stored_parameter.ts";
export type { NetHook } from "../ffi/mod.ts";
export type {
  BackwardOptions,
  ForwardAllOptions,
  ForwardBackwardAllOptions,
  ForwardOptions,
  NamedArrays,
  NamedValues,
  Values,
} from "./run_options.ts";
export { type BlobValues, features, stackBatches } from "./features.ts";
export type { PlanGroup } from "./net_plan.ts";
export { type Flops, layerFlops, netFlops, sumFlops } from "./summary/layer_flops.ts";
export { type ReceptiveField, receptiveFields } from "./summary/receptive_fields.ts";
export { replaceInputs } from "./summary/replace_inputs.ts";
export { type LayerSummary, type NetSummary, summarize } from "./summary/summarize.ts";
export { layerTypeList } from "./layer_type_list.ts";

// Prediction
export { Classifier, type ClassifierOptions, type PredictOptions } from "./predict/classifier.ts";
export {
  type Detection,
  Detector,
  type DetectWindowsOptions,
  type ImageWindow,
  type ImageWindows,
} from "./predict/detector.ts";
export type { ImageNetOptions } from "./predict/image_net.ts";
export { BatchQueue } from "./predict/batch_queue.ts";
export { type FoundObject, type ImageObjects, ObjectDetector } from "./predict/object_detector.ts";
export {
  PREPROCESS_FILE,
  preprocessFile,
  type Preprocessing,
  preprocessingOptions,
  preprocessingText,
  readPreprocessing,
} from "./predict/preprocessing.ts";
export { Predictor } from "./predict/predictor.ts";
export { ShapedNet } from "./predict/shaped_net.ts";
export { tuningFile } from "./tuning_file.ts";
