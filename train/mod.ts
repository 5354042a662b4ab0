export { Classifier, type ClassifierOptions, type PredictOptions } from "./classifier.ts";
export { type Detection, Detector, type ImageWindow, type ImageWindows } from "./detector.ts";
export * from "./events.ts";
export type { ImageNetOptions } from "./image_net.ts";
export type { NetHook } from "../ffi/mod.ts";
export { HotReload, type HotReloadEvent, type HotReloadOptions } from "./hot_reload.ts";
export type { RejectedEvent, ReloadedEvent, RevertedEvent } from "./hot_reload.ts";
export { HOST_LAYER_TYPES, layerTypeList } from "./layer_type_list.ts";
export { type EngineOptions, type LayerView, Net, type NetOptions } from "./net.ts";
export { Predictor } from "./predictor.ts";
export { type TrainAction, TrainRequests } from "./requests.ts";
export type {
  BackwardOptions,
  ForwardAllOptions,
  ForwardBackwardAllOptions,
  ForwardOptions,
  NamedArrays,
  NamedValues,
  Values,
} from "./run_options.ts";
export { type Score, scoresByName } from "./score.ts";
export { listenForSignals, type SignalEffect, type SignalOptions } from "./signals.ts";
export { checkSnapshots, restoreSnapshot, snapshotPrefix, writeSnapshot } from "./snapshot.ts";
export { findNewestSnapshot, type SnapshotFiles, snapshotFiles } from "./snapshot_files.ts";
export { type SolveOptions, Solver, type SolverCallback, type SolverOptions } from "./solver.ts";
export { TestPass } from "./test_pass.ts";
export { train, type TrainOptions } from "./train.ts";
export type { Trainable } from "./trainable.ts";
