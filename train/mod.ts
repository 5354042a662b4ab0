export * from "./events.ts";
export { HotReload, type HotReloadEvent, type HotReloadOptions } from "./hot_reload.ts";
export type { RejectedEvent, ReloadedEvent, RevertedEvent } from "./hot_reload.ts";
export {
  type BackwardOptions,
  type EngineOptions,
  type ForwardOptions,
  type LayerView,
  type NamedValues,
  Net,
  type NetOptions,
} from "./net.ts";
export { type TrainAction, TrainRequests } from "./requests.ts";
export { type Score, scoresByName } from "./score.ts";
export { listenForSignals, type SignalEffect, type SignalOptions } from "./signals.ts";
export { checkSnapshots, restoreSnapshot, snapshotPrefix, writeSnapshot } from "./snapshot.ts";
export { findNewestSnapshot, type SnapshotFiles, snapshotFiles } from "./snapshot_files.ts";
export { Solver, type SolverOptions } from "./solver.ts";
export { TestPass } from "./test_pass.ts";
export { train, type TrainOptions } from "./train.ts";
