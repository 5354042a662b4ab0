export {
  type LearningRateSchedule,
  type SolveOptions,
  Solver,
  type SolverCallback,
  type SolverOptions,
} from "./solver.ts";
export type { Trainable, TrainProgress } from "./trainable.ts";
export { train, type TrainOptions } from "./train.ts";
export * from "./events.ts";
export {
  findLearningRate,
  type FindLearningRateOptions,
  type LearningRateTest,
} from "./find_learning_rate.ts";
export { type Score, scoresByName } from "./score.ts";
export { takeLayerWarnings } from "./layer_warnings.ts";
export { TestPass } from "./test_pass.ts";
export { AP_VERSIONS, type ApVersion } from "./average_precision.ts";
export type { ClassPrecision } from "./detection_scores.ts";
export type { DetectionScoring } from "./detection_scoring.ts";

// Requests and signals
export { type TrainAction, TrainRequests } from "./requests.ts";
export { listenForSignals, type SignalEffect, type SignalOptions } from "./signals.ts";

// Snapshots
export {
  checkSnapshots,
  newestSnapshotOf,
  restoreSnapshot,
  snapshotPrefix,
  writeSnapshot,
} from "./snapshot.ts";
export {
  findNewestSnapshot,
  type NewestSnapshotOptions,
  type SnapshotContent,
  type SnapshotFiles,
  snapshotFiles,
} from "./snapshot_files.ts";

// Runs
export { runSnapshotStems } from "./runs/run_snapshots.ts";
export { FIT_FOLDER, isPrepared, RUNS } from "./runs/run_folder.ts";
export { openRun, type Run, type RunOptions } from "./runs/run.ts";
export { findRun, listRuns, removeRun, type RunSummary } from "./runs/list_runs.ts";
export { type ComparedRun, compareRuns, type RunComparison } from "./runs/compare_runs.ts";
export { type MetricsRow, readMetrics } from "./runs/metrics_file.ts";
export { type HistoryPoint, readHistory } from "./runs/step_history.ts";
export { type BestTest, type RunRecord } from "./runs/run_record.ts";

// Hot reload
export {
  HotReload,
  type HotReloadEvent,
  type HotReloadOptions,
  type RejectedEvent,
  type ReloadedEvent,
  type RevertedEvent,
} from "./hot_reload.ts";
