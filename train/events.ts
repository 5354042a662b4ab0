import type { ClassPrecision } from "./detection_scores.ts";
import type { Score } from "./score.ts";
import type { SnapshotFiles } from "./snapshot_files.ts";

/** Training begins. */
export interface StartEvent {
  type: "start";
  /** Iterations done before: 0, or more after a snapshot. */
  iteration: number;
  /** The number of iterations at which training will end. */
  maxIteration: number;
  /** Name of the train net. */
  net: string;
  /** The solver's lr_policy. */
  learningRatePolicy: string;
}

/**
 * One iteration is done: forward, backward, update. Precedes the display and snapshot events of the
 * iteration.
 */
export interface StepEvent {
  type: "step";
  /** The iteration, from 0. */
  iteration: number;
  /** The loss of this iteration: the mean over iter_size batches. */
  loss: number;
  /** The mean loss of the last `average_loss` iterations. */
  smoothedLoss: number;
  /** The learning rate of this iteration. */
  learningRate: number;
}

/** The report that comes every `display` iterations. */
export interface DisplayEvent {
  type: "display";
  /** The iteration, from 0. */
  iteration: number;
  /** The mean loss of the last `average_loss` iterations. */
  loss: number;
  /** Outputs of the train net in this iteration. */
  scores: Score[];
  /** The outputs by name. */
  outputs: Record<string, number>;
  /** The learning rate of this iteration. Undefined in the final report, which has no update. */
  learningRate?: number | undefined;
  /** The L2 norm of all gradients, of the mean over iter_size batches; only with `display_gradient_norm`. */
  gradientNorm?: number | undefined;
  /** Iterations since the last report. */
  iterations: number;
  /** Seconds since the last report, tests included. */
  seconds: number;
  /** True for the report after the last iteration, which runs only forward. */
  final: boolean;
}

/** A test net is about to run. */
export interface TestStartEvent {
  type: "testStart";
  /** Updates done so far. */
  iteration: number;
  /** Index of the test net. */
  net: number;
}

/** A test net has run one batch. Its blobs hold the values of that batch until the loop over the events goes on. */
export interface TestBatchEvent {
  type: "testBatch";
  /** Updates done so far. */
  iteration: number;
  /** Index of the test net. */
  net: number;
  /** Index of the batch. */
  batch: number;
}

/** A test net has run `test_iter` batches. */
export interface TestEvent {
  type: "test";
  /** Updates done so far. */
  iteration: number;
  /** Index of the test net. */
  net: number;
  /** The mean loss, only with `test_compute_loss`. */
  loss?: number | undefined;
  /** The mean of each output over the batches; with `eval_type: "detection"`, its mean average precision. */
  scores: Score[];
  /** The means by name. */
  outputs: Record<string, number>;
  /** The average precision of each class, only with `eval_type: "detection"`. */
  classes?: ClassPrecision[] | undefined;
}

/** A test was interrupted by a request to stop. */
export interface TestInterruptedEvent {
  type: "testInterrupted";
  /** Updates done so far. */
  iteration: number;
  /** Index of the test net. */
  net: number;
}

/** A snapshot is complete on disk. */
export interface SnapshotEvent extends SnapshotFiles {
  type: "snapshot";
  /** True for the snapshot of the best score, `snapshot_best`. */
  best?: true | undefined;
}

/** A signal or a call requested a stop or a snapshot, which is about to happen. */
export interface RequestEvent {
  type: "request";
  /** Updates done so far. */
  iteration: number;
  /** The requested action. */
  action: "stop" | "snapshot";
}

/** With `debug_info`: the mean absolute value of a blob, after a layer's forward or backward. */
export interface DebugEvent {
  type: "debug";
  /** The iteration, from 0. */
  iteration: number;
  /** The pass that made the value. */
  pass: "forward" | "backward";
  /** Name of the layer. Undefined for an input of the net. */
  layer?: string | undefined;
  /** The role of the blob in the layer. */
  role: "input" | "top" | "bottom" | "param";
  /** Name of the blob. For a parameter: its `param` name, or its index. */
  blob: string;
  /** Mean absolute value of the data (forward) or of the diff (backward). */
  value: number;
}

/** With `debug_info`: norms over all parameters, after backward. */
export interface DebugNormsEvent {
  type: "debugNorms";
  /** The iteration, from 0. */
  iteration: number;
  /** L1 norms: sums of absolute values. */
  l1: { data: number; diff: number };
  /** L2 norms: square roots of the sums of squares. */
  l2: { data: number; diff: number };
}

/** Something the user should know. Training goes on. */
export interface WarningEvent {
  type: "warning";
  /** The iteration, from 0. */
  iteration: number;
  /** One or two sentences. */
  message: string;
}

/** Something worth knowing that is as it should be. */
export interface NoteEvent {
  type: "note";
  /** The iteration, from 0. */
  iteration: number;
  /** One sentence. */
  message: string;
}

/** Training has ended. */
export interface DoneEvent {
  type: "done";
  /** Updates done. */
  iteration: number;
  /** True if it stopped before the last iteration. */
  stoppedEarly: boolean;
  /** What stopped it: a request, tests without a better score, or the time limit. */
  reason?: "request" | "patience" | "time" | undefined;
  /** Wall-clock seconds since the start event. */
  seconds: number;
}

/** The events that {@linkcode train} yields. */
export type TrainEvent =
  | StartEvent
  | StepEvent
  | DisplayEvent
  | TestStartEvent
  | TestBatchEvent
  | TestEvent
  | TestInterruptedEvent
  | SnapshotEvent
  | RequestEvent
  | DebugEvent
  | DebugNormsEvent
  | WarningEvent
  | NoteEvent
  | DoneEvent;
